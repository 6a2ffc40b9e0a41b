//! The JSON Schema of the config, out of the same tables the reader walks. What is not built yet is left out, so that an
//! editor marks it as the reader would.

use serde_json::{Map, Value, json};

use super::grammar::{Form, ROOT};
use super::secret_ref::FORMS;
use super::{Key, Registry, Shape, Status, units};

/// The schema of every config that this registry can run (draft 2020-12).
pub fn json_schema(registry: &Registry) -> Value {
    let mut schema = table(ROOT, registry);
    if let Some(root) = schema.as_object_mut() {
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".to_owned(), json!("doorbell.toml"));
    }
    schema
}

fn table(keys: &[Key], registry: &Registry) -> Value {
    let chosen = |key: &Key| if let Shape::Kind(family) = key.shape { Some((*key, family)) } else { None };
    let Some((chosen, family)) = keys.iter().find_map(chosen) else { return object(keys, registry) };
    let of_kind = |(index, kind): (usize, &super::Kind)| {
        let all: Vec<Key> = keys.iter().copied().chain(kind.own_keys()).collect();
        let mut schema = object(&all, registry);
        if let Some(choice) = schema.pointer_mut(&format!("/properties/{}", chosen.name)) {
            *choice = json!({ "const": kind.name, "description": kind.doc });
        }
        // A table that leaves an optional choice out is of the first kind.
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut)
            && index > 0
            && !chosen.required
        {
            required.push(json!(chosen.name));
        }
        schema
    };
    let kinds = registry.kinds(family).iter().enumerate().filter(|(_, kind)| kind.built).map(of_kind);
    json!({ "anyOf": kinds.collect::<Vec<_>>() })
}

fn object(keys: &[Key], registry: &Registry) -> Value {
    let built = || keys.iter().filter(|key| key.status == Status::Built);
    let property = |key: &Key| {
        let mut schema = shape(&key.shape, registry);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), json!(key.doc));
        }
        (key.name.to_owned(), schema)
    };
    json!({
        "type": "object",
        "properties": built().map(property).collect::<Map<_, _>>(),
        "required": built().filter(|key| key.required).map(|key| key.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn shape(shape_of: &Shape, registry: &Registry) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match shape_of {
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Bytes { min, max } => json!({
            "anyOf": [{ "type": "integer", "minimum": min, "maximum": max }, text(&amount(units::SIZES))],
        }),
        Shape::Duration { .. } => text(&amount(units::TIMES)),
        Shape::Forms { forms, also } => {
            let of_form = |form: &Form| object(&form.own().chain(also.iter().copied()).collect::<Vec<_>>(), registry);
            json!({ "anyOf": forms.iter().map(of_form).collect::<Vec<_>>() })
        }
        Shape::Extract(keys) => {
            json!({ "anyOf": [text("^(\\$|/|re:.|header:.|query:.|path:.)"), table(keys, registry)] })
        }
        Shape::Header => text("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
        Shape::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Kind(family) => json!({ "enum": registry.built(*family).collect::<Vec<_>>() }),
        Shape::List(entry) => json!({ "type": "array", "minItems": 1, "items": shape(entry, registry) }),
        Shape::Locate => text("^(header:.|json:/|form:.|query:.)"),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": shape(value, registry) }),
        Shape::Named(keys) => json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$" },
            "additionalProperties": table(keys, registry),
        }),
        Shape::Net => text("^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::OneOfOr(words, keys) => json!({ "anyOf": [{ "enum": words }, table(keys, registry)] }),
        Shape::OneOrMore(entry) => json!({
            "anyOf": [shape(entry, registry), shape(&Shape::List(entry), registry)],
        }),
        Shape::Part | Shape::Text => json!({ "type": "string", "minLength": 1 }),
        Shape::Path => text("^/[^?#]*$"),
        Shape::Provider => json!({ "enum": registry.provider_names() }),
        Shape::Rate => text("^[0-9]+/(s|m|h)$"),
        Shape::Secret => {
            let known =
                FORMS.iter().map(|(scheme, _)| *scheme).filter(|scheme| registry.secret_schemes.contains(scheme));
            text(&format!("^({})://.", known.collect::<Vec<_>>().join("|")))
        }
        Shape::Split => json!({ "anyOf": [{ "type": "boolean" }, text("^(/.*)?$")] }),
        Shape::Table(keys) => table(keys, registry),
        Shape::Url => text("^https?://."),
    }
}

fn amount(units: &[(&str, u64)]) -> String {
    format!("^[0-9]+({})$", units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::REGISTRY;
    use super::*;

    #[track_caller]
    fn at(pointer: &str) -> Value {
        json_schema(&REGISTRY).pointer(pointer).cloned().unwrap_or_default()
    }

    /// Every object of the schema.
    fn objects(schema: &Value) -> Vec<&Map<String, Value>> {
        let inner = match schema {
            Value::Object(map) => map.values().collect(),
            Value::Array(list) => list.iter().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        schema.as_object().into_iter().chain(inner.into_iter().flat_map(objects)).collect()
    }

    #[test]
    fn no_table_takes_unknown_keys() {
        let schema = json_schema(&REGISTRY);
        let tables: Vec<_> = objects(&schema).into_iter().filter(|object| object.contains_key("properties")).collect();
        assert_eq!(
            tables.len(),
            22,
            "root, dedupe, source, six forms of verify and of and, limits, route, extract, respond and three kinds of destination"
        );
        assert!(tables.iter().all(|table| table.get("additionalProperties") == Some(&json!(false))));
    }

    #[test]
    fn what_is_not_built_is_left_out() {
        assert_eq!(at("/properties/source/additionalProperties/properties/version"), Value::Null);
        assert_eq!(at("/properties/route/items/required"), json!(["to"]));
        let kinds = at("/properties/destination/additionalProperties/anyOf");
        let names: Vec<_> = kinds.as_array().unwrap().iter().map(|kind| &kind["properties"]["kind"]["const"]).collect();
        assert_eq!(names, ["journal", "stdout", "discard"]);
    }

    #[test]
    fn a_kind_brings_its_own_keys_and_its_danger() {
        let kinds = "/properties/destination/additionalProperties/anyOf";
        assert_eq!(at(&format!("{kinds}/0/required")), json!(["kind", "path"]));
        assert_eq!(at(&format!("{kinds}/0/properties/path/description")), json!("the file"));
        assert_eq!(at(&format!("{kinds}/1/properties/dangerously_stdout/type")), json!("boolean"));
    }

    #[test]
    fn choices_come_from_the_registry() {
        let source = "/properties/source/additionalProperties/properties";
        assert_eq!(at(&format!("{source}/provider/enum")), json!(REGISTRY.provider_names()));
        assert_eq!(at(&format!("{source}/secret/anyOf/0/pattern")), json!("^(env|file)://."));
    }
}
