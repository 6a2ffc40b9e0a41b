//! The command as operators and scripts meet it: the binary itself, its exit codes, its words.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails the test")]

mod check;
mod conform;
mod described;
mod emit;
mod key;
mod providers;
mod readme;
mod registration;
mod serve;
mod sign;
mod sign_all;
mod try_out;
mod usage;
mod vectors;

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a run ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The binary in a folder, without any variable that would change what it does.
fn doorbell(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorbell"));
    command.args(words).current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn run(folder: &Path, words: &[&str]) -> Ended {
    ended(&mut doorbell(folder, words), b"")
}

fn run_with(folder: &Path, variable: (&str, impl AsRef<OsStr>), words: &[&str]) -> Ended {
    ended(doorbell(folder, words).env(variable.0, variable.1), b"")
}

fn ended(command: &mut Command, stdin: &[u8]) -> Ended {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let _not_read = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A folder with a config in it.
fn folder_with(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("doorbell.toml"), config).unwrap();
    folder
}
