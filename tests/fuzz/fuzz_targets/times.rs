//! Times as text: what is read and written again is read as the same moment. Years that have no such form, which an offset
//! may lead to, are written as the epoch.
#![no_main]

use doorbell_core::Timestamp;
use libfuzzer_sys::fuzz_target;

const EPOCH: &str = "1970-01-01T00:00:00Z";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(moment) = Timestamp::parse_rfc3339(text) {
        let written = moment.rfc3339();
        assert!(written == EPOCH || Timestamp::parse_rfc3339(&written) == Some(moment), "{text}: {written}");
    }
    if let Some(moment) = Timestamp::parse_http_date(text) {
        assert_eq!(Timestamp::parse_http_date(&moment.http_date()), Some(moment));
    }
});
