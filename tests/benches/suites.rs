//! Public test suites against the libraries that conditions and extracted values rest on (`tests/real/suites.py` fetches them):
//! `suites jsonpath FILE` reads the suite of RFC 9535, `suites cel FILE` the conformance tests of CEL as a list. What differs
//! is printed, a name a line.

#![expect(clippy::unwrap_used, reason = "a suite that cannot be read says where")]
#![expect(clippy::print_stdout, reason = "its answer")]

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cel::objects::Key;
use cel::{Context, Program, Value as Cel};
use serde_json::Value;
use serde_json_path::JsonPath;

fn main() {
    let words: Vec<String> = std::env::args().filter(|word| !word.starts_with("--")).collect();
    let [_, suite, file] = words.as_slice() else { panic!("suites jsonpath|cel FILE") };
    let tests: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let (tests, passes): (&Value, fn(&Value) -> bool) = match suite.as_str() {
        "jsonpath" => (tests.get("tests").unwrap_or(&tests), jsonpath),
        "cel" => (&tests, cel),
        suite => panic!("{suite}: not known"),
    };
    let text = |test: &Value, member: &str| test[member].as_str().unwrap_or_default().to_owned();
    let mut count = 0;
    for test in tests.as_array().unwrap() {
        count += 1;
        if !passes(test) {
            println!("{}\t{}", text(test, "suite"), text(test, "name"));
        }
    }
    println!("{count} tests");
}

fn jsonpath(test: &Value) -> bool {
    let path = JsonPath::parse(test["selector"].as_str().unwrap());
    let Ok(path) = path else { return test["invalid_selector"] == true };
    let found: Value = path.query(&test["document"]).all().into_iter().cloned().collect();
    match (test.get("result"), test.get("results")) {
        (Some(result), _) => found == *result,
        (None, Some(results)) => results.as_array().unwrap().contains(&found),
        (None, None) => false,
    }
}

/// Whether an expression comes to the value or the error that is wanted. `None` of ours for a wanted value: it needs a type of
/// protocol buffers.
fn cel(test: &Value) -> bool {
    let wants_error = test.get("evalError").is_some();
    let Ok(program) = Program::compile(test["expr"].as_str().unwrap()) else { return wants_error };
    let mut context = Context::default();
    for (name, bound) in test["bindings"].as_object().into_iter().flatten() {
        let Some(value) = value(&bound["value"]) else { return false };
        context.add_variable_from_value(name.clone(), value);
    }
    match program.execute(&context) {
        Ok(_) if wants_error => false,
        Ok(found) => match test.get("value").or_else(|| test["typedResult"].get("result")) {
            Some(wanted) => value(wanted).is_some_and(|wanted| wanted == found),
            // A test that names no value wants true.
            None => found == Cel::Bool(true),
        },
        Err(_) => wants_error,
    }
}

/// A value as the suite writes it.
fn value(written: &Value) -> Option<Cel> {
    let (kind, it) = written.as_object()?.iter().next()?;
    let text = it.as_str();
    Some(match kind.as_str() {
        "nullValue" => Cel::Null,
        "boolValue" => Cel::Bool(it.as_bool()?),
        "int64Value" => Cel::Int(text?.parse().ok()?),
        "uint64Value" => Cel::UInt(text?.parse().ok()?),
        "doubleValue" => Cel::Float(it.as_f64().or_else(|| text?.replace("Infinity", "inf").parse().ok())?),
        "stringValue" => Cel::from(text?.to_owned()),
        "bytesValue" => Cel::Bytes(STANDARD.decode(text?).ok()?.into()),
        "listValue" => {
            let items = it.get("values").and_then(Value::as_array).into_iter().flatten().map(value);
            Cel::List(items.collect::<Option<Vec<_>>>()?.into())
        }
        "mapValue" => {
            let entries = it.get("entries").and_then(Value::as_array).into_iter().flatten();
            let entries = entries.map(|entry| Some((key(value(&entry["key"])?)?, value(&entry["value"])?)));
            Cel::from(entries.collect::<Option<HashMap<Key, Cel>>>()?)
        }
        _ => return None,
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is a key")]
fn key(value: Cel) -> Option<Key> {
    Some(match value {
        Cel::Bool(key) => Key::Bool(key),
        Cel::Int(key) => Key::Int(key),
        Cel::UInt(key) => Key::Uint(key),
        Cel::String(key) => Key::String(key),
        _ => return None,
    })
}
