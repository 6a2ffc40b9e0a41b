//! Templates of destinations: what is read is filled with values that are not read again.
#![no_main]

#[path = "../../../handler/adapters/src/template.rs"]
mod template;

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use template::Template;

const KNOWN: &[&str] = &["source", "type", "id"];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Template::parse(text, KNOWN) {
        Ok(template) => {
            // What stands for itself is filled with itself: only doubled braces get shorter.
            let same = template.fill(|name| Cow::Owned(format!("{{{name}}}")));
            let doubled = text.matches("{{").count().max(text.matches("}}").count());
            assert!(same.len() <= text.len() && text.len() <= same.len() + 2 * doubled + 2);
            let mut places = 0;
            let filled = template.fill(|_| {
                places += 1;
                Cow::Borrowed("{type}}{")
            });
            assert_eq!(filled.matches("{type}}{").count(), places);
        }
        Err(problem) => assert!(!problem.is_empty()),
    }
});
