//! Extracted values: any text is a place or says why it is none; a value is of the form that was asked for, a JSON path finds the
//! same in one pass and in the tree, whoever read the body before, and what a regular expression finds is in the body.
//!
//! Input: the place to the first line end, then a delivery as `written` has it.
#![no_main]

use doorbell_core::Event;
use doorbell_core::extract::{Extract, Form, Place};
use doorbell_fuzz::{chain, line, written};
use libfuzzer_sys::fuzz_target;

fn extract(place: &Place, form: Option<Form>) -> Extract {
    let [name, attribute, from] = ["v"; 3].map(str::to_owned);
    Extract { name, attribute, from, place: place.clone(), form, default: None, required: false }
}

fn look(event: &Event, place: &Place) {
    let found = extract(place, None).find(event);
    let is_read = event.view().is_ok();
    assert_eq!(found, extract(place, None).find(event), "it depends on who read the body before");
    if let Place::Json { path, is_one, .. } = place
        && is_read
    {
        let in_the_tree = Place::Json { path: path.clone(), is_one: *is_one, pointer: None };
        assert_eq!(found, extract(&in_the_tree, None).find(event));
    }
    if let (Place::Text(..), Ok(Some(text))) = (place, &found) {
        let body = std::str::from_utf8(event.body()).expect("a text was found");
        assert!(body.contains(text.as_str().expect("a text")), "{text} is not in the body");
    }
    for form in [Form::String, Form::Integer, Form::Number, Form::Boolean] {
        let Ok(Some(value)) = extract(place, Some(form)).find(event) else { continue };
        let is_of_form = match form {
            Form::String => value.is_string(),
            Form::Integer => value.is_i64() || value.is_u64(),
            Form::Number => value.is_number(),
            Form::Boolean => value.is_boolean(),
        };
        assert!(is_of_form, "{value} is no {form:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let (text, rest) = line(data);
    let Ok(text) = std::str::from_utf8(text) else { return };
    match Place::parse(text, "v") {
        Ok(place) => {
            let Some((mut head, body)) = written(rest) else { return };
            head.path = "/hooks".to_owned();
            let receiver = chain::watched(chain::source("extracts"), move |event, _| look(event, &place));
            chain::ring(&receiver, head, body);
        }
        Err(problem) => assert!(!problem.is_empty()),
    }
});
