//! The binary: its flags, its exit codes, its log.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const CONFIG: &str = "[source.github]\nprovider = \"github\"\nsecret = \"env://A_SECRET\"\n\
    [destination.out]\nkind = \"discard\"\ndangerously_discard = true\n[[route]]\nto = [\"out\"]\n";

fn entrypoint(config: Option<&str>, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorbell-cloud-run"));
    command.args(words).env_clear().envs(config.map(|text| ("DOORBELL_CONFIG_TOML", text))).stderr(Stdio::piped());
    command
}

#[test]
fn what_is_wrong_is_64_and_one_line_of_the_log_each() {
    let broken = CONFIG.replace("github\"", "githb\"").replace("discard\"", "discrad\"");
    for (config, words, lines) in [
        (None, &[][..], 1),
        (None, &["--help"], 1),
        (None, &["--config", "/no/such/file"], 1),
        (Some(broken.as_str()), &["--listen", "127.0.0.1:0"], 2),
    ] {
        let output = entrypoint(config, words).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let entries: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((output.status.code(), entries.len()), (Some(64), lines), "{text}");
        assert!(entries.iter().all(|entry| entry["severity"] == "ERROR"), "{text}");
    }
}

/// Killed if the test does not end it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped_already = self.0.wait();
    }
}

#[test]
fn it_listens_says_so_and_ends_on_sigterm() {
    let child = entrypoint(Some(CONFIG), &["--listen=127.0.0.1:0"]).env("A_SECRET", "s").spawn().unwrap();
    let mut child = Running(child);
    let mut log = BufReader::new(child.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on 127.0.0.1:") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0);
    }
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["sources"], "github /github");
    assert!(Command::new("kill").args(["-TERM", &child.0.id().to_string()]).status().unwrap().success());
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("everything in flight was answered"), "{rest}");
}
