//! A panic's words may quote a body; the log tells its place only. Alone in its file: the hook is the process's.

use std::sync::Arc;
use std::sync::mpsc::channel;

use conformance::clock::ManualClock;
use doorbell_adapters::log::{Format, Log};
use doorbell_core::Timestamp;

#[test]
fn a_panic_tells_its_place_and_nothing_else() {
    let (sender, lines) = channel();
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(0)));
    Log::read_by(Format::CloudLogging { project: None }, sender).panics(clock);
    let panicked = std::thread::spawn(|| panic!("the body was {}", "SECRET-MARKER")).join();
    let _default_again = std::panic::take_hook();
    assert!(panicked.is_err());
    let line = lines.try_recv().unwrap();
    assert!(line.contains("\"severity\":\"ERROR\",\"message\":\"panicked at tests/tests/panics.rs:"), "{line}");
    assert!(!line.contains("SECRET-MARKER"), "{line}");
}
