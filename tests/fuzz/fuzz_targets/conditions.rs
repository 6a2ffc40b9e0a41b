//! Conditions: any text is one or has flaws, each within it; judging an event by one ends, and what is told of it at a glance is
//! what the engine says.
#![no_main]

use std::sync::{Arc, LazyLock};

use doorbell_core::Event;
use doorbell_core::condition::{Asked, Condition, Undecided};
use doorbell_core::extract::{Extract, Place};
use doorbell_core::locate::Locate;
use doorbell_core::provider::Facts;
use doorbell_core::route::{Decision, Route, Routes, decide};
use doorbell_core::source::Source;
use doorbell_fuzz::{chain, head};
use libfuzzer_sys::fuzz_target;

const BODY: &[u8] = br#"{"type":"push","id":"e1","ref":"main","size":3,"big":18446744073709551615,"rate":0.5,"none":null,
    "is":true,"items":[{"sku":"a","tags":["x","y"],"n":1},{"sku":"b","tags":[],"n":-2}],"of":{"type":"push","text":"gr\u00fc\u00df"}}"#;

static EXTRACTS: LazyLock<Arc<[Extract]>> = LazyLock::new(|| {
    let [name, attribute, from] = ["sku"; 3].map(str::to_owned);
    let place = Place::parse("$.items[0].sku", "sku").expect("a place");
    Arc::new([Extract { name, attribute, from, place, form: None, default: None, required: false }])
});

fn look(event: &Event, source: &Source, condition: &Condition) {
    let run = condition.holds(&Asked::new(event), &EXTRACTS);
    let decided = decide(event, &source.events, None, &source.routes);
    let agree = match &run {
        Ok(true) => matches!(decided, Ok(Decision::HandOff(_))),
        Ok(false) => matches!(decided, Ok(Decision::Ignore(_))),
        // What is told at a glance costs nothing.
        Err(Undecided::Failed("it takes too much work for one event")) => true,
        Err(_) => decided.is_err(),
    };
    assert!(agree, "{run:?}, and {decided:?}");
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let condition = match Condition::parse(text, &["sku"]) {
        Ok(condition) => condition,
        Err(flaws) => {
            assert!(!flaws.is_empty());
            assert!(flaws.iter().all(|flaw| flaw.at <= text.chars().count() && !flaw.what.is_empty()), "{flaws:?}");
            return;
        }
    };
    let condition = Arc::new(condition);
    let route = Route { when: Some(Arc::clone(&condition)), extract: Arc::clone(&EXTRACTS), ..chain::route() };
    let at = |pointer: &'static str| vec![Locate::Json(pointer.into())].into();
    let facts = Facts { id: at("/id"), kind: at("/type"), ..Facts::default() };
    let source = Source { facts, routes: Routes::new(vec![route]), ..chain::source("conditions") };
    let head = head("x-kind", b"a push", b"a=1&b=x&b=y").expect("a head");
    let receiver = chain::watched(source, move |event, source| look(event, source, &condition));
    chain::ring(&receiver, head, BODY);
});
