//! Every kind of destination, behind the chain.

use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_adapters::dedupe::memory::Memory;
use doorbell_adapters::destination::ADAPTERS;
use doorbell_adapters::destination::discard::Discard;
use doorbell_adapters::destination::journal::Journal;
use doorbell_adapters::destination::stdout::Stdout;
use doorbell_core::Destination;
use doorbell_core::destination::Durability;
use futures_util::future::join_all;
use http::StatusCode;

use crate::chain::{receiver, ring};

/// What a terminal would show, or a pipe that nobody reads.
#[derive(Clone, Default)]
struct Screen {
    shown: Arc<Mutex<Vec<u8>>>,
    writes: Arc<Mutex<usize>>,
    broken: bool,
}

impl io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        *self.writes.lock().unwrap() += 1;
        self.shown.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn post(destination: impl Destination + 'static, bodies: &[Vec<u8>]) -> Vec<StatusCode> {
    let receiver = receiver(Arc::new(Memory::new()), Arc::new(destination));
    join_all(bodies.iter().map(|body| ring(&receiver, Bytes::from(body.clone())))).await
}

/// Bodies that a text format would spoil.
fn bodies() -> Vec<Vec<u8>> {
    vec![Vec::new(), b"{\"a\":\"line\\n\"}\n".to_vec(), (0..=255).collect(), vec![b'x'; 100_000]]
}

/// The bodies that the lines hold, sorted.
fn kept(lines: &[u8]) -> Vec<Vec<u8>> {
    assert!(lines.ends_with(b"\n"));
    let record = |line: &[u8]| {
        let record: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(record["specversion"], "1.0");
        STANDARD.decode(record["data_base64"].as_str().unwrap()).unwrap()
    };
    let mut kept: Vec<_> = lines.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n').map(record).collect();
    kept.sort();
    kept
}

fn sorted(mut bodies: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    bodies.sort();
    bodies
}

#[tokio::test]
async fn the_journal_keeps_bodies_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let answers = post(Journal::open(&path, None).unwrap(), &bodies()).await;
    assert_eq!(answers, [StatusCode::OK; 4]);
    assert_eq!(kept(&std::fs::read(&path).unwrap()), sorted(bodies()));
}

#[tokio::test]
async fn a_journal_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let _journal = Journal::open(&path, None).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
}

#[tokio::test]
async fn standard_output_gets_one_write_an_event() {
    let screen = Screen::default();
    let answers = post(Stdout::to(screen.clone()), &bodies()).await;
    assert_eq!(answers, [StatusCode::OK; 4]);
    assert_eq!(kept(&screen.shown.lock().unwrap()), sorted(bodies()));
    assert_eq!(*screen.writes.lock().unwrap(), 4);
}

#[tokio::test]
async fn a_closed_standard_output_is_no_receipt() {
    let screen = Screen { broken: true, ..Screen::default() };
    assert_eq!(post(Stdout::to(screen), &[b"body".to_vec()]).await, [StatusCode::SERVICE_UNAVAILABLE]);
}

#[tokio::test]
async fn discard_takes_everything() {
    assert_eq!(post(Discard, &bodies()).await, [StatusCode::OK; 4]);
}

#[test]
fn a_receipt_is_worth_what_its_kind_says() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("events.jsonl"), None).unwrap();
    let opened: [(&str, &dyn Destination); 3] =
        [("journal", &journal), ("stdout", &Stdout::new()), ("discard", &Discard)];
    for (name, destination) in opened {
        let adapter = ADAPTERS.iter().find(|adapter| adapter.kind.name == name).unwrap();
        assert_eq!(destination.durability(), adapter.kind.durability, "{name}");
        assert_eq!(adapter.kind.danger.is_some(), adapter.kind.durability == Durability::None, "{name}");
    }
}
