//! Exit codes and refusals.

use std::net::TcpListener;
use std::process::Stdio;

use serde_json::json;

use super::{doorbell, ended, run, run_with};

#[test]
fn scripts_read_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    for (words, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["send", "--help"], 0),
        (&["providers"], 0),
        (&["providers", "github"], 0),
        (&["check"], 0),
        (&["check", "--strict"], 1),
        (&[], 64),
        (&["ring"], 64),
        (&["check", "--target", "moon"], 64),
        (&["check", "--config", "no-such-file.toml"], 64),
        (&["providers", "nobody"], 64),
        (&["serve", "--listen", "8080"], 64),
        (&["serve", "--config", "no-such-file.toml"], 64),
        (&["sign", "github", "-"], 64),
        (&["sign", "-", "-"], 64),
        (&["sign", "github", "no-such-file.json", "--secret", "env://PATH"], 64),
        (&["sign", "github", "-", "--secret", "env://NOT_SET"], 64),
        (&["sign", "github", "-", "--secret", "env://PATH", "--mode", "sha1"], 64),
        (&["sign", "github", "-", "--secret", "env://PATH", "--header", "no colon"], 64),
        (&["sign", "stripe", "-", "--secret", "env://PATH", "--type", "charge.paid"], 64),
        (&["sign", "stripe", "-", "--source", "github"], 64),
        (&["sign", "github", "-", "--source", "nobody"], 64),
        (&["send", "github", "-", "--secret", "env://PATH"], 64),
        (&["send", "github", "-", "--secret", "env://PATH", "--to", "localhost"], 64),
        (&["send", "github", "-", "--secret", "env://PATH", "--to", "http://127.0.0.1:1/", "--repeat", "0"], 64),
    ] {
        let ended = run(folder.path(), words);
        assert_eq!(ended.code, code, "{words:?}: {}", ended.stderr);
        assert_eq!(code == 64, !ended.stderr.is_empty(), "{words:?}");
    }
}

#[test]
fn nobody_there_is_69() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}/github");
    let words = ["send", "github", "-", "--secret", "env://PATH", "--to", &url];
    let ended = run(folder.path(), &words);
    assert_eq!(ended.code, 69);
    assert!(ended.stderr.starts_with(&format!("doorbell: {url}: ")), "{}", ended.stderr);

    let document = run(folder.path(), &[&words[..], &["--json"]].concat());
    assert_eq!(
        (document.code, &document.json()["ok"], &document.json()["deliveries"]),
        (69, &json!(false), &json!([]))
    );
}

#[test]
fn a_taken_port_is_69_and_a_wrong_one_64() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(refused.code, 69);
    let start = format!("doorbell: cannot listen on {address}: ");
    assert!(refused.stderr.starts_with(&start) && refused.stderr.contains("; "), "{}", refused.stderr);

    let wrong = run_with(folder.path(), ("PORT", "http"), &["serve"]);
    assert_eq!(
        (wrong.code, wrong.stderr.as_str()),
        (64, "doorbell: PORT is http, which is no port; set a number up to 65535\n")
    );
}

#[test]
fn a_secret_given_instead_of_a_reference_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["sign", "stripe", "-", "--secret", "whsec_hunter2"][..],
        &["sign", "stripe", "-", "--secret", "whsec_hunter2", "--json"],
        &["sign", "stripe", "-", "--secret", "env://PATH", "--header", "authorization: hunter2\u{7f}"],
    ] {
        let ended = run(folder.path(), words);
        assert_eq!(ended.code, 64);
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("hunter2"), "{words:?}");
    }
}

#[test]
fn a_script_gets_its_refusal_as_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["sign", "github", "-", "--json"]);
    assert_eq!(ended.code, 64);
    let error = "no secret to sign with; add --secret env://NAME, or --source NAME";
    assert_eq!((ended.json(), ended.stderr.as_str()), (json!({ "error": error }), ""));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        doorbell(folder.path(), &["providers"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["providers"][..], &["providers", "slack"], &["check"]] {
        let ended = ended(&mut doorbell(folder.path(), words), b"");
        assert!(!ended.stdout.contains('\u{1b}'), "{words:?}");
    }
}
