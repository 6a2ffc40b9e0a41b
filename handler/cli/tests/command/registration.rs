//! A key that comes with the handshake, through the real door: kept once, for good, and only where one is awaited.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use super::serve::Serving;
use super::{Ended, doorbell, ended, folder_with, run};

const BODY: &str = r#"{"events":[]}"#;

/// A config whose sources wait for their keys in `keys/`.
fn config(folder: &Path, provider: &str) -> PathBuf {
    let key = folder.join("keys").join(provider);
    let text = format!(
        "[source.{provider}]\nprovider = \"{provider}\"\nsecret = \"file://{}\"\n\n[destination.journal]\nkind = \
         \"journal\"\npath = \"events.jsonl\"\n\n[[route]]\nto = [\"journal\"]\n",
        key.display()
    );
    std::fs::write(folder.join("doorbell.toml"), text).unwrap();
    key
}

fn serving(folder: &Path) -> Serving {
    Serving::start(&mut doorbell(folder, &["serve", "--config", "doorbell.toml"]))
}

/// The status and the key that came back, of a registration.
fn register(url: &str, provider: &str, key: &str) -> (u16, Option<String>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = match provider {
        "asana" => client.post(url).header("x-hook-secret", key).body("{}"),
        _ => client.post(url).body(format!(r#"{{"verification_token":"{key}"}}"#)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(request.send()).unwrap();
    let echoed = answer.headers().get("x-hook-secret").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), echoed)
}

/// A delivery, signed with what the file holds.
fn deliver(folder: &Path, provider: &str, key: &Path, url: &str) -> Ended {
    let secret = format!("file://{}", key.display());
    let words = ["send", provider, "-", "--secret", &secret, "--to", url];
    ended(&mut doorbell(folder, &words), BODY.as_bytes())
}

#[test]
fn the_first_key_is_kept_counts_at_once_and_outlives_the_process() {
    for (provider, ours) in [("asana", "b1174708c84f"), ("notion", "secret_YAF5")] {
        let folder = folder_with("");
        let key = config(folder.path(), provider);
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        let mut running = serving(folder.path());
        let echoed = |text: &str| (provider == "asana").then(|| text.to_owned());

        let body = folder.path().join("other");
        std::fs::write(&body, "of-a-stranger").unwrap();
        assert!(deliver(folder.path(), provider, &body, &running.url).stdout.starts_with("503"), "{provider}");

        assert_eq!(register(&running.url, provider, ours), (200, echoed(ours)));
        assert_eq!(std::fs::read_to_string(&key).unwrap(), ours);
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        // At once, though keys were looked for a moment ago.
        let delivered = deliver(folder.path(), provider, &key, &running.url);
        assert!(delivered.stdout.starts_with("200"), "{provider}: {}", delivered.stdout);

        // The sender did not hear of it, and asks again; a stranger has another.
        assert_eq!(register(&running.url, provider, ours), (200, echoed(ours)));
        assert_eq!(register(&running.url, provider, "of-a-stranger"), (403, None));
        running.line_with("no-registration");
        assert_eq!(running.stop(), Some(0));

        let mut again = serving(folder.path());
        assert_eq!(register(&again.url, provider, "of-a-stranger"), (403, None));
        again.line_with("no-registration");
        assert_eq!(std::fs::read_to_string(&key).unwrap(), ours);
        assert!(deliver(folder.path(), provider, &body, &again.url).stdout.starts_with("401"), "{provider}");
        assert!(deliver(folder.path(), provider, &key, &again.url).stdout.starts_with("200"), "{provider}");
        let left: Vec<_> = std::fs::read_dir(folder.path().join("keys")).unwrap().collect();
        assert_eq!(left.len(), 1, "what was written on the way is gone: {left:?}");
    }
}

#[test]
fn of_many_at_once_in_two_processes_one_is_kept() {
    let folder = folder_with("");
    let key = config(folder.path(), "asana");
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    let first = serving(folder.path());
    // The journal is one process's.
    let text = std::fs::read_to_string(folder.path().join("doorbell.toml")).unwrap();
    std::fs::write(folder.path().join("doorbell.toml"), text.replace("events.jsonl", "others.jsonl")).unwrap();
    let second = serving(folder.path());
    let (count, barrier) = (8, Barrier::new(8));
    let answers: Vec<(u16, Option<String>)> = std::thread::scope(|scope| {
        let ring = |number: usize| {
            let (url, barrier) = (if number.is_multiple_of(2) { &first.url } else { &second.url }, &barrier);
            scope.spawn(move || {
                barrier.wait();
                register(url, "asana", &format!("key-of-{number}"))
            })
        };
        let all: Vec<_> = (0..count).map(ring).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let taken: Vec<&String> = answers.iter().filter_map(|(_, echoed)| echoed.as_ref()).collect();
    assert_eq!(taken, [&std::fs::read_to_string(&key).unwrap()]);
    let refused = answers.iter().filter(|(status, echoed)| (*status, echoed) == (403, &None)).count();
    assert_eq!(refused, count - 1, "{answers:?}");
}

#[test]
fn what_cannot_be_kept_is_not_answered() {
    let folder = folder_with("");
    let key = config(folder.path(), "asana");
    let mut running = serving(folder.path());
    assert_eq!(register(&running.url, "asana", "b1174708c84f"), (503, None), "its folder is not there");
    let line = running.line_with("key-not-kept");
    assert!(line.contains("its folder must be there, and writable") && !line.contains("b1174708c84f"), "{line}");
    // A place that is taken by what is no key.
    std::fs::create_dir_all(&key).unwrap();
    assert_eq!(register(&running.url, "asana", "b1174708c84f"), (503, None));
}

#[test]
fn check_says_how_to_begin() {
    let folder = folder_with("");
    let key = config(folder.path(), "notion");
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    let said = |online: bool| {
        let words = ["check", "--config", "doorbell.toml", "--online"];
        run(folder.path(), if online { &words } else { &words[..3] })
    };
    let place = format!("file://{}", key.display());
    let awaited = format!("the first key that comes is kept in {place}, and until then deliveries are answered 503");
    for online in [false, true] {
        let ended = said(online);
        assert!(ended.code == 0 && ended.stdout.contains(&awaited), "{}{}", ended.stdout, ended.stderr);
    }
    let mut running = serving(folder.path());
    assert_eq!(register(&running.url, "notion", "secret_YAF5").0, 200);
    assert_eq!(running.stop(), Some(0));
    assert!(said(true).stdout.contains(&format!("in {place}; without that file the next registration's key")));
}

#[test]
fn check_says_how_a_store_in_a_cloud_is_made_ready() {
    let arn = "aws-sm://arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/asana-AbCdEf";
    let aws = "run `aws secretsmanager create-secret --name prod/asana`, and ";
    let google = "run `gcloud secrets create asana --project=demo --replication-policy=automatic`, and ";
    for (secret, make) in [
        ("aws-sm://prod/asana", Some(aws)),
        (arn, Some(aws)),
        ("ssm:///prod/asana", Some("")),
        ("gcp-sm://demo/asana@1", Some(google)),
        // None of these can tell a first key from a later one.
        ("gcp-sm://demo/asana", None),
        ("gcp-sm://demo/asana@2", None),
        ("aws-sm://prod/all#asana", None),
        ("env://ASANA", None),
    ] {
        let folder = folder_with("");
        let key = config(folder.path(), "asana");
        let path = folder.path().join("doorbell.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&format!("file://{}", key.display()), secret)).unwrap();
        let said = run(folder.path(), &["check", "--config", "doorbell.toml"]).stdout;
        let row = make.map_or("set by hand; name one place that is empty".to_owned(), |make| {
            format!("the first one is kept in {secret}, if none is there: {make}register this URL at Asana; until then")
        });
        assert!(said.contains(&format!("  key       {row}")), "{secret}: {said}");
    }
}
