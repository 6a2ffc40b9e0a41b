//! `--key`: the private half stays with its owner, the public half is what a source takes.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Ended, doorbell, ended, run};

const BODY: &str = r#"{"type":1,"id":"7"}"#;

fn sign(folder: &Path, provider: &str, more: &[&str]) -> Ended {
    ended(&mut doorbell(folder, &[&["sign", provider, "-"], more].concat()), BODY.as_bytes())
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_key_is_made_once_for_its_owner_alone_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let first = sign(folder.path(), "discord", &["--key", "k.pem"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let beside = std::path::absolute(folder.path().join("k.pem.pub")).unwrap();
    assert!(first.stderr.contains(&format!("secret = \"file://{}\"", beside.display())), "{}", first.stderr);
    let (private, public) = (read(folder.path(), "k.pem"), read(folder.path(), "k.pem.pub"));
    assert_eq!(std::fs::metadata(folder.path().join("k.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(public.trim().len() == 64 && public.trim().bytes().all(|byte| byte.is_ascii_hexdigit()), "{public}");

    let again = sign(folder.path(), "telnyx", &["--key", "k.pem"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    let by_reference = format!("file://{}", folder.path().join("k.pem").display());
    assert_eq!(sign(folder.path(), "discord", &["--secret", &by_reference]).code, 0);
    assert_eq!((read(folder.path(), "k.pem"), read(folder.path(), "k.pem.pub")), (private.clone(), public));
    let lines: Vec<&str> = private.lines().filter(|line| !line.starts_with("-----")).collect();
    for said in [&first, &again] {
        let said = format!("{}{}", said.stdout, said.stderr);
        assert!(lines.iter().all(|line| !said.contains(line)), "the private half was printed");
    }
}

#[test]
fn the_public_half_has_the_form_that_the_provider_takes() {
    let folder = tempfile::tempdir().unwrap();
    for (provider, form) in [
        ("sendgrid", "-----BEGIN PUBLIC KEY-----\n"),
        ("wise", "-----BEGIN PUBLIC KEY-----\n"),
        ("plaid", "{\"keys\":[{\"alg\":\"ES256\","),
        ("saleor", "{\"keys\":[{\"alg\":\"RS256\","),
    ] {
        let key = format!("{provider}.pem");
        assert_eq!(sign(folder.path(), provider, &["--key", &key]).code, 0, "{provider}");
        assert!(read(folder.path(), &format!("{key}.pub")).starts_with(form), "{provider}");
        let once = sign(folder.path(), provider, &[]);
        assert!(once.stderr.contains(form.trim_end()), "{provider}: {}", once.stderr);
        assert!(!once.stderr.contains("PRIVATE"), "{provider}");
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(sign(folder.path(), "plaid", &["--key", "k.pem"]).code, 0);
    let held = read(folder.path(), "k.pem.pub");
    let other_form = sign(folder.path(), "sendgrid", &["--key", "k.pem"]);
    assert!(other_form.code == 64 && other_form.stderr.contains("another file with --key"), "{}", other_form.stderr);
    assert_eq!(read(folder.path(), "k.pem.pub"), held);

    std::fs::write(folder.path().join("mine"), "not a key").unwrap();
    for provider in ["discord", "sendgrid", "truelayer"] {
        let refused = sign(folder.path(), provider, &["--key", "mine"]);
        assert!(refused.code == 64 && refused.stderr.contains("PKCS#8 in PEM"), "{}", refused.stderr);
    }
    let other_kind = sign(folder.path(), "discord", &["--key", "k.pem"]);
    assert!(other_kind.code == 64 && other_kind.stderr.contains("an Ed25519 private key"), "{}", other_kind.stderr);
    assert_eq!(read(folder.path(), "mine"), "not a key");
    assert!(!folder.path().join("mine.pub").exists());
}

#[test]
fn a_key_for_a_secret_and_a_secret_for_a_key_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for (words, told) in [
        (&["sign", "github", "-", "--key", "k.pem"][..], "github has no private key; add --secret env://NAME"),
        (&["sign", "discord", "-", "--secret", "env://PATH"], "write --secret file:///path of its PEM, or --key FILE"),
        (&["sign", "discord", "-", "--secret", "file:///no/such/key"], "/no/such/key is not there; --key"),
        (&["sign", "aws-sqs", "-"], "cannot sign as aws-sqs: only the platform invokes"),
        (&["sign", "google-pubsub", "-"], "google-pubsub signs its audience; add --value audience=TEXT"),
        (&["sign", "aws-sns", "-"], "aws-sns signs its arn; add --value arn=TEXT"),
        (&["sign", "aws-sns", "-", "--value", "arn=arn:aws:sns:eu-west-1:1:t"], "aws-sns needs /Message of the body"),
    ] {
        let ended = run(folder.path(), words);
        assert!(ended.code == 64 && ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
        assert!(!folder.path().join("k.pem").exists());
    }
}

#[test]
fn evidence_in_the_body_is_written_there() {
    let folder = tempfile::tempdir().unwrap();
    let mailgun = |body: &str, more: &[&str]| {
        let words = [&["sign", "mailgun", "-", "--secret", "env://KEY", "--at", "1795000000"], more].concat();
        ended(doorbell(folder.path(), &words).env("KEY", "key"), body.as_bytes())
    };
    let body = r#"{"event-data":{"id":"x"},"signature":{"timestamp":"1","token":"t"}}"#;
    let refused = mailgun(body, &[]);
    let told = "doorbell: mailgun has its evidence in the body; add --signed-body FILE, and send that\n";
    assert_eq!((refused.code, refused.stderr.as_str()), (64, told));
    assert_eq!(mailgun(body, &["--signed-body", "signed"]).code, 0);
    // HMAC-SHA256("key", "1795000000" + "t"), by Python's hmac.
    let tag = "f8abd2167182a38a7475dcb584652423f960cfae20d8abac26a6cda68caeafdc";
    let signed = format!(
        r#"{{"event-data":{{"id":"x"}},"signature":{{"timestamp":"1795000000","token":"t","signature":"{tag}"}}}}"#
    );
    assert_eq!(read(folder.path(), "signed"), signed);
    assert_eq!(mailgun("timestamp=1&token=t&x=%20", &["--signed-body", "signed"]).code, 0);
    assert_eq!(read(folder.path(), "signed"), format!("token=t&x=%20&timestamp=1795000000&signature={tag}"));
    let nowhere = mailgun("[]", &["--signed-body", "signed"]);
    assert!(nowhere.code == 64 && nowhere.stderr.contains("mailgun needs /signature/timestamp"), "{}", nowhere.stderr);
}
