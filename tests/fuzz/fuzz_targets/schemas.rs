//! Schemas: any text is one or says why it is none; what the chain refuses by one is what it says of the body's value, its place in
//! printable ASCII.
//!
//! Input: the schema to the first line end, the body.
#![no_main]

use doorbell_core::Event;
use doorbell_core::route::{Indecision, Refusal, decide};
use doorbell_core::schema::Schema;
use doorbell_core::source::Source;
use doorbell_core::view::Kind;
use doorbell_fuzz::{chain, head, line};
use libfuzzer_sys::fuzz_target;

fn look(event: &Event, source: &Source) {
    let schema = source.schema.as_ref().expect("the source has one");
    let view = event.view().ok().filter(|view| matches!(view.kind(), Kind::Json | Kind::Form));
    match (view.map(|view| schema.check(view.value())), decide(event, &source.events, Some(schema), &source.routes)) {
        (Some(Ok(())), Ok(_)) | (None, Err(Indecision::Refused(Refusal::Malformed | Refusal::Unsupported))) => {}
        (Some(Err(said)), Err(Indecision::Refused(Refusal::Unfit(told)))) => {
            assert_eq!(said, told);
            assert!(told.name.len() <= 128 && told.name.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{told}");
        }
        (said, decided) => panic!("{said:?}, and {decided:?}"),
    }
}

fuzz_target!(|data: &[u8]| {
    let (schema, body) = line(data);
    match Schema::parse(schema) {
        Ok(schema) => {
            let source = Source { schema: Some(schema), ..chain::source("schemas") };
            chain::ring(&chain::watched(source, look), head("x-id", b"1", b"").expect("a head"), body);
        }
        Err(problem) => assert!(!problem.is_empty()),
    }
});
