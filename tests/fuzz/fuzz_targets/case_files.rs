//! Case files, as `doorbell conform` reads them. The module is taken by itself: the rest of the command, with all vendors'
//! clients, would have to be instrumented with it.
#![no_main]
#![expect(dead_code, reason = "the reader's fields are used by the command")]

#[path = "../../../handler/cli/src/conform/case.rs"]
mod case;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(cases) = serde_json::from_slice::<Vec<case::Case>>(data) else { return };
    for case in cases {
        assert!(case.expect.reasons().iter().all(|reason| data.len() > reason.len()));
    }
});
