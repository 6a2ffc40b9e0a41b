//! `doorbell serve` with `doorbell send` at its door.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Ended, doorbell, ended, folder_with, run, run_with};

const BODY: &str = include_str!("../../../../infra/examples/github-push.json");

/// A running server; killed if the test does not stop it.
pub(super) struct Serving {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pub(super) url: String,
}

impl Serving {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut child = command.args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut serving = Self { child, stderr, url: String::new() };
        let line = serving.line_with("listening on ");
        let line: Value = serde_json::from_str(&line).unwrap();
        let sources = line.pointer("/sources").and_then(Value::as_str).unwrap();
        let urls = sources.split(", ").filter_map(|source| source.split_once(' '));
        serving.url = urls.map(|(_, url)| url).next().unwrap().to_owned();
        serving
    }

    /// The next line of stderr with this text in it.
    pub(super) fn line_with(&mut self, text: &str) -> String {
        let mut line = String::new();
        while self.stderr.read_line(&mut line).unwrap() > 0 {
            if line.contains(text) {
                return line;
            }
            line.clear();
        }
        panic!("no line with {text:?}");
    }

    /// SIGTERM, and the exit code.
    pub(super) fn stop(&mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

fn send(folder: &Path, secret: &str, more: &[&str]) -> Ended {
    let words = [&["send", "github", "-", "--secret", "env://DOORBELL_SECRET"][..], more].concat();
    ended(doorbell(folder, &words).env("DOORBELL_SECRET", secret), BODY.as_bytes())
}

fn journal(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_example_runs_at_once_and_the_line_it_prints_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let examples = folder.path().join("infra/examples");
    std::fs::create_dir_all(&examples).unwrap();
    std::fs::write(examples.join("github-push.json"), BODY).unwrap();
    let mut serving = Serving::start(&mut doorbell(folder.path(), &["serve"]));
    let line = serving.line_with("  DOORBELL_SECRET=");
    assert!(
        line.contains(" cargo run --bin doorbell -- send github infra/examples/github-push.json --type push --to ")
    );
    let pasted = line.replace("cargo run --bin doorbell --", env!("CARGO_BIN_EXE_doorbell"));
    let sent = ended(Command::new("sh").args(["-c", &pasted]).current_dir(folder.path()), b"");
    assert_eq!((sent.code, sent.stdout.get(..5)), (0, Some("200  ")), "{}", sent.stderr);

    let events = journal(folder.path());
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["type"], &events[0]["trust"]), (&"push".into(), &"verified".into()));
    assert_eq!(STANDARD.decode(events[0]["data_base64"].as_str().unwrap()).unwrap(), BODY.as_bytes());
    assert_eq!(serving.stop(), Some(0));
    serving.line_with("everything in flight was answered");
}

#[test]
fn a_secret_of_ones_own_is_used_and_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(doorbell(folder.path(), &["serve"]).env("DOORBELL_SECRET", "hunter2"));
    // Without the example's file the line makes its own body.
    let line = serving.line_with("send github - ");
    assert!(!line.contains("hunter2"), "{line}");
    assert_eq!(send(folder.path(), "hunter2", &["--to", &serving.url]).code, 0);

    let refused = send(folder.path(), "wrong", &["--to", &serving.url, "--json"]);
    let delivery = &refused.json()["deliveries"][0];
    assert_eq!((refused.code, &delivery["status"], &delivery["reply"]), (1, &401.into(), &"unauthorized".into()));
    let logged = serving.line_with("bad-signature");
    assert!(logged.contains(delivery["doorbell_id"].as_str().unwrap()) && !logged.contains("hunter2"), "{logged}");
}

#[test]
fn a_twin_is_one_event_and_repeats_are_many() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(doorbell(folder.path(), &["serve"]).env("DOORBELL_SECRET", "s"));
    let twins = send(folder.path(), "s", &["--to", &serving.url, "--twin"]);
    assert_eq!((twins.code, twins.stdout.lines().count(), journal(folder.path()).len()), (0, 2, 1));
    let repeats = send(folder.path(), "s", &["--to", &serving.url, "--repeat", "3"]);
    assert_eq!((repeats.code, repeats.stdout.lines().count(), journal(folder.path()).len()), (0, 3, 4));
    let same = send(folder.path(), "s", &["--to", &serving.url, "--repeat", "3", "--id", "same"]);
    assert_eq!((same.code, journal(folder.path()).len()), (0, 5));
}

#[test]
fn a_source_of_the_config_sends_to_its_own_door() {
    let config = "[source.github]\nprovider = \"stripe\"\nsecret = \"env://A_SECRET\"\npath = \"/in/stripe\"\n\
        [destination.journal]\nkind = \"journal\"\npath = \"events.jsonl\"\n[[route]]\nto = [\"journal\"]\n";
    let folder = folder_with(config);
    let secret = ("A_SECRET", "whsec_x");
    let mut command = doorbell(folder.path(), &["serve", "--config", "doorbell.toml"]);
    let serving = Serving::start(command.env(secret.0, secret.1));
    assert!(serving.url.ends_with("/in/stripe"), "{}", serving.url);
    std::fs::write(folder.path().join("event.json"), r#"{"id": "evt_1", "type": "charge.paid", "created": 1}"#)
        .unwrap();
    let words = ["send", "-", "event.json", "--source", "github", "--config", "doorbell.toml", "--to", &serving.url];
    // The id is signed and in the body: the second is the first once more.
    for _ in 0..2 {
        assert_eq!(run_with(folder.path(), secret, &words).code, 0);
    }
    let events = journal(folder.path());
    assert_eq!((events.len(), &events[0]["id"], &events[0]["type"]), (1, &"evt_1".into(), &"charge.paid".into()));
}

#[test]
fn a_broken_config_binds_nothing() {
    let folder = folder_with("[source.github]\nprovider = \"github\"\n");
    // The port is taken: who tried to bind would end with 69.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(folder.path(), &["serve", "--config", "doorbell.toml", "--listen", &address]);
    assert_eq!(ended.code, 64);
    assert!(ended.stderr.contains("doorbell.toml:1:9: source \"github\" has no secret; add "), "{}", ended.stderr);
}

#[test]
fn the_journal_of_another_process_is_64() {
    let folder = tempfile::tempdir().unwrap();
    let _serving = Serving::start(&mut doorbell(folder.path(), &["serve"]));
    let second = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 64);
    assert!(
        second.stderr.starts_with("(embedded example):") && second.stderr.contains("events.jsonl"),
        "{}",
        second.stderr
    );
}

#[test]
fn a_script_reads_where_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = doorbell(folder.path(), &["serve", "--json"]);
    let mut serving = Serving::start(command.stdout(Stdio::piped()));
    serving.line_with("DOORBELL_SECRET=");
    assert_eq!(serving.stop(), Some(0));
    let document: Value = serde_json::from_reader(serving.child.stdout.take().unwrap()).unwrap();
    assert_eq!(
        (&document["config"], &document["sources"][0]["url"]),
        (&"(embedded example)".into(), &serving.url.clone().into())
    );
}

#[test]
fn ctrl_c_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(&mut doorbell(folder.path(), &["serve"]));
    std::thread::sleep(Duration::from_millis(50));
    assert!(Command::new("kill").args(["-INT", &serving.child.id().to_string()]).status().unwrap().success());
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}
