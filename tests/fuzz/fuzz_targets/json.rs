//! The picked fields of a document are those that a parser of the whole document finds.
#![no_main]

use doorbell_core::pick;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const POINTERS: &[&str] = &["/id", "/a", "/a/0", "/a/1/b", "/data/object/id", "/"];

fuzz_target!(|data: &[u8]| {
    let picked = pick::json(data, POINTERS);
    assert_eq!(picked.len(), POINTERS.len());
    let has_id = pick::has_member(data, "id");
    let Ok(document) = serde_json::from_slice::<Value>(data) else { return };
    assert_eq!(has_id, document.as_object().is_some_and(|object| object.contains_key("id")));
    for (pointer, picked) in POINTERS.iter().zip(picked) {
        let found = match document.pointer(pointer) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Bool(value)) => Some(value.to_string()),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Some(number.to_string()),
            _ => None,
        };
        assert_eq!(picked, found, "{pointer}");
    }
});
