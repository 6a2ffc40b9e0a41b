//! Keys that a handshake delivers, kept in the stores of AWS: once, for good, and only where one is awaited.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_adapters::aws::service::{SECRETS_MANAGER, SSM};
use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::secret::aws::Stores;
use doorbell_adapters::startup::{Found, Platform, assemble};
use doorbell_core::delivery::Door;
use doorbell_core::receiver::Admission;
use doorbell_core::record::Record;
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::Signer;
use doorbell_core::{DeliveryId, Head, Peer, Receiver, Timestamp};
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use crate::moto::{Moto, aws};
use crate::service::{Service, Turn, say};

/// What came of a request: the status, and the guard or the fault.
type Came = (u16, Option<&'static str>);

const TAKEN: Came = (200, None);
const REFUSED: Came = (403, Some("no-registration"));
const UNKEPT: Came = (503, Some("key-not-kept"));
const CLOSED: Came = (503, Some("secrets-missing"));

/// A process with one source, whose key is to come to this place.
struct Process {
    receiver: Receiver,
    found: Found,
    /// What the start said.
    said: String,
}

impl Process {
    async fn start(url: &str, secret: &str) -> Self {
        let text = format!(
            "[source.bell]\nprovider = \"asana\"\nack_within = \"60s\"\nsecret = \"{secret}\"\n[[route]]\nto = [\"out\"]\n\
             [destination.out]\nkind = \"discard\"\ndangerously_discard = true\n"
        );
        let found = Found { text, origin: "test".to_owned(), folder: PathBuf::new() };
        let (config, clock) = (found.parse().unwrap(), Arc::new(SystemClock::start()));
        let vault = Arc::new(Vault::with_aws(Stores::new(aws(url), None)));
        let assembled = assemble(&found, &config, Platform::Lambda, clock, vault).await.unwrap();
        let said = assembled.notices.iter().map(|notice| format!("{notice}\n")).collect();
        Self { receiver: assembled.receiver, found, said }
    }

    async fn ring(&self, head: Head, body: &'static [u8]) -> Record {
        let answer = match self.receiver.admit(head) {
            Admission::Admitted(admitted) => self.receiver.receive(*admitted, Bytes::from_static(body)).await,
            Admission::Answered(answer) => *answer,
        };
        answer.record.unwrap()
    }

    async fn registering(&self, key: &str) -> Record {
        let mut head = head();
        head.headers.insert("x-hook-secret", HeaderValue::from_str(key).unwrap());
        self.ring(head, b"{}").await
    }

    async fn register(&self, key: &str) -> Came {
        came(&self.registering(key).await)
    }

    /// A delivery that is signed with this key.
    async fn deliver(&self, key: &str) -> Came {
        const BODY: &[u8] = br#"{"events":[]}"#;
        let scheme = self.found.parse().unwrap().sources[0].scheme();
        let secret = LiveSecret { version: SecretVersion::new("test"), secret: Secret::new(key).unwrap() };
        let (keys, mut head) = (scheme.keyring(vec![secret]).unwrap(), head());
        scheme.sign(&mut head, BODY, Signer::Shared(&keys), Timestamp::from_unix_seconds(0)).unwrap();
        came(&self.ring(head, BODY).await)
    }
}

fn head() -> Head {
    let door = Door {
        id: DeliveryId::new("test"),
        peer: Peer::Socket(None),
        received_at: Timestamp::from_unix_seconds(0),
        remaining: None,
        age: Duration::ZERO,
    };
    Head { method: Method::POST, path: "/bell".into(), query: None, headers: HeaderMap::new(), door }
}

fn came(record: &Record) -> Came {
    (record.status, record.guard)
}

async fn create(moto: &Moto, name: &str) {
    moto.call(SECRETS_MANAGER, "CreateSecret", &json!({ "Name": name })).await;
}

/// What the store has there.
async fn held(moto: &Moto, secret: &str) -> Value {
    match secret.split_once("://").unwrap() {
        ("ssm", path) => {
            let input = json!({ "Name": path, "WithDecryption": true });
            let found = moto.call(SSM, "GetParameter", &input).await["Parameter"].clone();
            assert_eq!(found["Type"], "SecureString");
            found["Value"].clone()
        }
        (_, id) => {
            moto.call(SECRETS_MANAGER, "GetSecretValue", &json!({ "SecretId": id })).await["SecretString"].clone()
        }
    }
}

#[tokio::test]
async fn the_first_key_is_kept_counts_at_once_and_outlives_the_process() {
    let Some(moto) = Moto::shared().await else { return };
    create(&moto, "first").await;
    for secret in ["aws-sm://first", "ssm:///first"] {
        let process = Process::start(&moto.url(), secret).await;
        assert!(process.said.contains(&format!("the first key that comes is kept in {secret}\n")), "{}", process.said);
        assert_eq!(process.deliver("of-a-stranger").await, CLOSED);

        assert_eq!(process.register("b1174708c84f").await, TAKEN);
        assert_eq!(held(&moto, secret).await, "b1174708c84f");
        assert_eq!(process.deliver("b1174708c84f").await, TAKEN, "at once, though keys were looked for a moment ago");
        assert_eq!(process.deliver("of-a-stranger").await.0, 401);

        // The sender did not hear of it, and asks again; a stranger has another.
        for process in [process, Process::start(&moto.url(), secret).await] {
            assert_eq!(process.register("b1174708c84f").await, TAKEN);
            assert_eq!(process.register("of-a-stranger").await, REFUSED);
            assert_eq!(process.deliver("b1174708c84f").await, TAKEN);
        }
        assert_eq!(held(&moto, secret).await, "b1174708c84f");
    }
}

#[tokio::test]
async fn of_many_at_once_in_two_processes_one_is_kept() {
    let Some(moto) = Moto::shared().await else { return };
    create(&moto, "many").await;
    for secret in ["aws-sm://many", "ssm:///many/of/them"] {
        let processes = [Process::start(&moto.url(), secret).await, Process::start(&moto.url(), secret).await];
        let keys: Vec<String> = (0..16).map(|number| format!("key-of-{number}")).collect();
        let all = keys.iter().enumerate().map(|(number, key)| processes[number % 2].register(key));
        let came = join_all(all).await;
        let kept: Vec<usize> = (0..keys.len()).filter(|number| came[*number] == TAKEN).collect();
        assert_eq!(
            kept.iter().map(|number| &keys[*number]).collect::<Vec<_>>(),
            [held(&moto, secret).await.as_str().unwrap()]
        );
        assert_eq!(came.iter().filter(|came| **came == REFUSED).count(), 15, "{came:?}");
        assert_eq!(processes[kept[0] % 2].deliver(&keys[kept[0]]).await, TAKEN);
    }
}

#[tokio::test]
async fn a_key_that_was_put_there_by_hand_is_nobodys_to_replace() {
    let Some(moto) = Moto::shared().await else { return };
    create(&moto, "by-hand").await;
    let process = Process::start(&moto.url(), "aws-sm://by-hand").await;
    let input = json!({ "SecretId": "by-hand", "SecretString": "ours" });
    moto.call(SECRETS_MANAGER, "PutSecretValue", &input).await;
    assert_eq!(process.register("of-a-stranger").await, REFUSED);
    assert_eq!(process.register("ours").await, TAKEN);
    assert_eq!(held(&moto, "aws-sm://by-hand").await, "ours");
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_not_made_and_the_log_says_how_to() {
    let Some(moto) = Moto::shared().await else { return };
    let process = Process::start(&moto.url(), "aws-sm://none").await;
    assert!(process.said.contains("is closed and answers 503: aws-sm://none does not exist"), "{}", process.said);
    let record = process.registering("b1174708c84f").await;
    let fault = record.fault.as_ref().unwrap().to_string();
    assert_eq!(came(&record), UNKEPT);
    assert!(fault.ends_with("there is no such secret; run `aws secretsmanager create-secret --name none`"), "{fault}");
    create(&moto, "none").await;
    assert_eq!(process.register("b1174708c84f").await, TAKEN);
    assert_eq!(process.deliver("b1174708c84f").await, TAKEN);
}

/// What a store says of what is not there.
fn missing() -> Turn {
    Turn::Say("400 Bad Request\r\n", r#"{"__type":"ResourceNotFoundException","Message":"nothing"}"#.to_owned())
}

/// A process whose secret was made without a value; what the store says to the first put.
async fn putting(turns: &[Turn]) -> (Process, Service) {
    // The start asks for the value; then for it and the one before, and whether the secret is there.
    let described = Turn::Say("200 OK\r\n", "{}".to_owned());
    let service = Service::start(&[missing(), missing(), missing(), described, missing(), missing()]).await;
    service.then(turns);
    let process = Process::start(&format!("http://{}", service.address), "aws-sm://scripted").await;
    assert!(process.said.contains("the first key that comes is kept in aws-sm://scripted"), "{}", process.said);
    (process, service)
}

fn puts(service: &Service) -> Vec<Value> {
    let is_put = |target: Option<&str>| target == Some("secretsmanager.PutSecretValue");
    let puts = service.requests().into_iter().filter(|request| is_put(request.header("x-amz-target")));
    puts.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn a_put_that_was_not_answered_is_the_same_put_again() {
    let (process, service) = putting(&[Turn::Close, Turn::Say("200 OK\r\n", "{}".to_owned())]).await;
    assert_eq!(process.register("b1174708c84f").await, TAKEN);
    let puts = puts(&service);
    assert_eq!(puts.len(), 2);
    assert_eq!(puts[0], puts[1]);
    assert_eq!((&puts[0]["SecretId"], &puts[0]["SecretString"]), (&json!("scripted"), &json!("b1174708c84f")));
    // AWS takes 32 to 64 characters.
    assert!((32..=64).contains(&puts[0]["ClientRequestToken"].as_str().unwrap().len()));
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_answered() {
    let denied = r#"{"__type":"AccessDeniedException","Message":"User: me is not authorized to perform: it"}"#;
    let down = say("500 Internal Server Error\r\n");
    for (turns, words) in [
        (vec![down.clone(), down.clone(), down], "keep the key in aws-sm://scripted: an error without a name (500)"),
        (
            vec![Turn::Say("400 Bad Request\r\n", denied.to_owned())],
            "Action: [secretsmanager:DescribeSecret, secretsmanager:PutSecretValue]",
        ),
    ] {
        let (process, service) = putting(&turns).await;
        let record = process.registering("b1174708c84f").await;
        assert_eq!(came(&record), UNKEPT);
        let fault = record.fault.as_ref().unwrap().to_string();
        assert!(fault.contains(words) && !fault.contains("b1174708c84f"), "{fault}");
        // Nothing of it counts: the next one that comes is the first.
        service.then(&[missing(), missing(), Turn::Say("200 OK\r\n", "{}".to_owned())]);
        assert_eq!(process.register("another").await, TAKEN);
        assert_eq!(puts(&service).last().unwrap()["SecretString"], "another");
    }
}
