//! JSON Schemas as sources demand them: `tests/real/schema_suite.py` compares what they say with the official suite.
//!
//! Reads one JSON object a line, `{"schema": ..., "instances": [...]}`, and writes one: `{"problem": "..."}` of a schema that is
//! refused, else `{"valid": [...]}`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on says where"
)]

use doorbell_core::schema::Schema;
use serde_json::{Value, json};

fn main() {
    for line in std::io::stdin().lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let said = match Schema::parse(asked["schema"].to_string().as_bytes()) {
            Err(problem) => json!({ "problem": problem }),
            Ok(schema) => {
                let instances = asked["instances"].as_array().unwrap();
                json!({ "valid": instances.iter().map(|instance| schema.check(instance).is_ok()).collect::<Vec<_>>() })
            }
        };
        println!("{said}");
    }
}
