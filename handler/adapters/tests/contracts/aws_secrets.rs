//! Secrets in AWS: as few calls as they take, and what is said where one is missing.

use std::sync::Arc;

use doorbell_adapters::aws::service::{SECRETS_MANAGER, SSM};
use doorbell_adapters::secret::aws::Stores;
use doorbell_adapters::secret::aws::extension::Extension;
use doorbell_adapters::secret::{FetchError, Vault};
use doorbell_core::config::SecretRef;
use doorbell_core::secret::LiveSecret;
use futures_util::future::join_all;
use serde_json::json;

use crate::faults::Faults;
use crate::moto::{Moto, REGION, aws};
use crate::service::{Service, Turn};

fn vault(url: &str) -> Arc<Vault> {
    Arc::new(Vault::with_aws(Stores::new(aws(url), None)))
}

fn reference(text: &str) -> SecretRef {
    SecretRef::parse(text).unwrap()
}

fn texts(fetched: &[LiveSecret]) -> Vec<String> {
    fetched.iter().map(|live| live.secret.header("").unwrap().to_str().unwrap().to_owned()).collect()
}

/// Fetches all of them in one turn, as a start does.
async fn fetched(vault: &Arc<Vault>, references: &[String]) -> Vec<Result<Vec<String>, FetchError>> {
    let all = references.iter().map(|text| vault.fetch(&reference(text), false));
    join_all(all).await.into_iter().map(|fetched| fetched.map(|fetched| texts(&fetched))).collect()
}

/// The ARN of a new secret.
async fn secret(moto: &Moto, name: &str, value: &str) -> String {
    let made = moto.call(SECRETS_MANAGER, "CreateSecret", &json!({ "Name": name, "SecretString": value })).await;
    made["ARN"].as_str().unwrap().to_owned()
}

/// A new version, which becomes the current one.
async fn rotate(moto: &Moto, arn: &str, value: &str) {
    moto.call(SECRETS_MANAGER, "PutSecretValue", &json!({ "SecretId": arn, "SecretString": value })).await;
}

#[tokio::test]
async fn secrets_that_are_fetched_together_are_one_call_for_twenty() {
    let Some(moto) = Moto::shared().await else { return };
    let mut references = Vec::new();
    for number in 0..45 {
        references.push(format!("aws-sm://{}", secret(&moto, &format!("many-{number}"), &format!("v{number}")).await));
    }
    for (count, calls) in [(1, 1), (20, 1), (25, 2), (45, 3)] {
        let faults = Faults::before(moto.port()).await;
        let values = fetched(&vault(&faults.url()), &references[..count]).await;
        let wanted: Vec<_> = (0..count).map(|number| vec![format!("v{number}")]).collect();
        assert_eq!(values.into_iter().map(Result::unwrap).collect::<Vec<_>>(), wanted);
        assert_eq!(faults.answers(), calls, "{count} secrets");
    }
}

#[tokio::test]
async fn the_keys_of_one_secret_are_one_call_and_a_missing_key_is_named() {
    let Some(moto) = Moto::shared().await else { return };
    let arn = secret(&moto, "json", r#"{"github":"one","stripe":"two","number":3}"#).await;
    let faults = Faults::before(moto.port()).await;
    let keys = ["github", "stripe", "number", "gitlab"].map(|key| format!("aws-sm://{arn}#{key}"));
    let values = fetched(&vault(&faults.url()), &keys).await;
    assert_eq!(values[0].as_ref().unwrap(), &["one"]);
    assert_eq!(values[1].as_ref().unwrap(), &["two"]);
    for (value, key) in values[2..].iter().zip(["number", "gitlab"]) {
        let error = value.as_ref().unwrap_err().to_string();
        assert!(error.ends_with(&format!("under {key:?}: add the key, or leave #{key} away")), "{error}");
    }
    assert_eq!(faults.answers(), 1);
}

#[tokio::test]
async fn one_that_is_missing_deleted_or_without_a_value_closes_no_other() {
    let Some(moto) = Moto::shared().await else { return };
    let good = secret(&moto, "good", "here").await;
    let deleted = secret(&moto, "deleted", "gone").await;
    moto.call(SECRETS_MANAGER, "DeleteSecret", &json!({ "SecretId": deleted })).await;
    let missing = format!("arn:aws:secretsmanager:{REGION}:123456789012:secret:nobody-AbCdEf");
    let valueless = moto.call(SECRETS_MANAGER, "CreateSecret", &json!({ "Name": "valueless" })).await;
    let references = [&good, &deleted, &missing].map(|arn| format!("aws-sm://{arn}"));
    let and_valueless = [references[0].clone(), format!("aws-sm://{}", valueless["ARN"].as_str().unwrap())];
    let values = fetched(&vault(&moto.url()), &and_valueless).await;
    assert_eq!(values[0].as_ref().unwrap(), &["here"]);
    assert!(matches!(values[1], Err(FetchError::NotFound { .. })), "{:?}", values[1]);
    let values = fetched(&vault(&moto.url()), &references).await;
    assert_eq!(values[0].as_ref().unwrap(), &["here"]);
    assert!(matches!(values[1], Err(FetchError::Disabled { .. })), "{:?}", values[1]);
    let error = values[2].as_ref().unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");
    assert!(error.contains("`aws secretsmanager list-secrets --region eu-west-1`"), "{error}");
}

#[tokio::test]
async fn on_a_mismatch_the_version_before_comes_too_and_its_absence_is_no_error() {
    let Some(moto) = Moto::shared().await else { return };
    let arn = secret(&moto, "rotated", "one").await;
    let (vault, reference) = (vault(&moto.url()), reference(&format!("aws-sm://{arn}")));
    assert_eq!(texts(&vault.fetch(&reference, true).await.unwrap()), ["one"]);
    rotate(&moto, &arn, "two").await;
    let both = vault.fetch(&reference, true).await.unwrap();
    assert_eq!(texts(&both), ["two", "one"]);
    assert_ne!(both[0].version, both[1].version);
    assert_eq!(texts(&vault.fetch(&reference, false).await.unwrap()), ["two"]);
}

#[tokio::test]
async fn a_binary_secret_is_its_bytes() {
    let Some(moto) = Moto::shared().await else { return };
    let made = json!({ "Name": "binary", "SecretBinary": "Ynl0ZXM=" });
    let made = moto.call(SECRETS_MANAGER, "CreateSecret", &made).await;
    let reference = reference(&format!("aws-sm://{}", made["ARN"].as_str().unwrap()));
    assert_eq!(texts(&vault(&moto.url()).fetch(&reference, false).await.unwrap()), ["bytes"]);
}

async fn parameter(moto: &Moto, path: &str, value: &str) {
    let input = json!({ "Name": path, "Value": value, "Type": "SecureString", "Overwrite": true });
    moto.call(SSM, "PutParameter", &input).await;
}

#[tokio::test]
async fn parameters_that_are_fetched_together_are_one_call_for_ten() {
    let Some(moto) = Moto::shared().await else { return };
    let mut references = Vec::new();
    for number in 0..12 {
        parameter(&moto, &format!("/many/{number}"), &format!("v{number}")).await;
        references.push(format!("ssm:///many/{number}"));
    }
    let faults = Faults::before(moto.port()).await;
    let values = fetched(&vault(&faults.url()), &references).await;
    let wanted: Vec<_> = (0..12).map(|number| vec![format!("v{number}")]).collect();
    assert_eq!(values.into_iter().map(Result::unwrap).collect::<Vec<_>>(), wanted, "decrypted");
    assert_eq!(faults.answers(), 2);
}

#[tokio::test]
async fn a_parameter_has_the_version_before_it_and_may_be_missing() {
    let Some(moto) = Moto::shared().await else { return };
    let vault = vault(&moto.url());
    parameter(&moto, "/rotated", "one").await;
    let rotated = reference("ssm:///rotated");
    assert_eq!(texts(&vault.fetch(&rotated, true).await.unwrap()), ["one"]);
    parameter(&moto, "/rotated", "two").await;
    let both = vault.fetch(&rotated, true).await.unwrap();
    assert_eq!(texts(&both), ["two", "one"]);
    assert_eq!([both[0].version.as_str(), both[1].version.as_str()], ["2", "1"]);

    let values = fetched(&vault, &["ssm:///rotated".to_owned(), "ssm:///nobody".to_owned()]).await;
    assert_eq!(values[0].as_ref().unwrap(), &["two"]);
    let error = values[1].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("ssm:///nobody does not exist: "), "{error}");
}

const DENIED: &str = r#"{"__type":"AccessDeniedException","Message":"User: me is not authorized to perform: it"}"#;
const ONE: &str = "arn:aws:secretsmanager:eu-west-1:1:secret:one-AbCdEf";

fn answer(status: &'static str, body: impl Into<String>) -> Turn {
    Turn::Say(status, body.into())
}

fn value(arn: &str, value: &str) -> String {
    json!({ "ARN": arn, "Name": "n", "VersionId": "v", "SecretString": value }).to_string()
}

#[tokio::test]
async fn where_the_call_for_many_is_denied_each_is_asked_for() {
    let other = ONE.replace("one", "two");
    let denied = answer("400 Bad Request\r\n", DENIED);
    let turns = [denied, answer("200 OK\r\n", value(ONE, "a")), answer("200 OK\r\n", value(&other, "a"))];
    let service = Service::start(&turns).await;
    let values =
        fetched(&vault(&format!("http://{}", service.address)), &[ONE, &other].map(|arn| format!("aws-sm://{arn}")))
            .await;
    assert!(values.iter().all(|value| value.as_ref().unwrap() == &["a"]), "{values:?}");
    let targets: Vec<_> =
        service.requests().iter().map(|request| request.header("x-amz-target").unwrap().to_owned()).collect();
    let one = "secretsmanager.GetSecretValue";
    assert_eq!(targets, ["secretsmanager.BatchGetSecretValue", one, one]);
}

#[tokio::test]
async fn a_denial_names_the_action_the_secret_and_the_line_to_add() {
    let key = r#"{"__type":"AccessDeniedException","Message":"Access to KMS is not allowed"}"#;
    let turns = [answer("400 Bad Request\r\n", DENIED), answer("400 Bad Request\r\n", key)];
    let service = Service::start(&turns).await;
    let vault = vault(&format!("http://{}", service.address));
    let said = async || vault.fetch(&reference(&format!("aws-sm://{ONE}")), false).await.unwrap_err().to_string();
    let error = said().await;
    assert!(error.starts_with(&format!("aws-sm://{ONE} may not be read: AccessDeniedException (400): ")), "{error}");
    let line = format!("{{ Effect: Allow, Action: [secretsmanager:GetSecretValue], Resource: \"{ONE}\" }}");
    assert!(error.ends_with(&format!("add to DoorRole or WorkerRole in template.yaml: {line}")), "{error}");
    assert!(said().await.contains("{ Effect: Allow, Action: [kms:Decrypt], Resource: KEY }"));
}

#[tokio::test]
async fn the_extension_is_asked_only_to_refresh_and_never_after_a_mismatch() {
    let direct = || answer("200 OK\r\n", value(ONE, "direct"));
    let store = Service::start(&[direct(), direct(), direct(), direct(), direct()]).await;
    let cached = answer("200 OK\r\n", value(ONE, "cached"));
    let extension = Service::start(&[cached.clone(), answer("400 Bad Request\r\n", "not ready"), cached]).await;
    let stores = Stores::new(
        aws(&format!("http://{}", store.address)),
        Some(Extension::at(extension.address.port(), "session")),
    );
    let (vault, reference) = (Arc::new(Vault::with_aws(stores)), reference(&format!("aws-sm://{ONE}")));
    let plain = async || texts(&vault.fetch(&reference, false).await.unwrap());
    assert_eq!(plain().await, ["direct"], "the first fetch is before the extension is ready");
    assert_eq!(plain().await, ["cached"]);
    assert_eq!(plain().await, ["direct"], "it failed");
    assert_eq!(texts(&vault.fetch(&reference, true).await.unwrap()), ["direct", "direct"]);
    assert_eq!(plain().await, ["direct"], "it may still hold the version that did not match");

    let asked = extension.requests();
    assert_eq!(asked.len(), 2);
    let id = "arn%3Aaws%3Asecretsmanager%3Aeu-west-1%3A1%3Asecret%3Aone-AbCdEf";
    assert_eq!(asked[0].line, format!("GET /secretsmanager/get?secretId={id} HTTP/1.1"));
    assert_eq!(asked[0].header("x-aws-parameters-secrets-token"), Some("session"));
}

#[tokio::test]
async fn the_extension_gives_parameters_decrypted() {
    let direct = json!({ "Parameters": [{ "Name": "/one", "Value": "direct", "Version": 1 }] });
    let store = Service::start(&[answer("200 OK\r\n", direct.to_string())]).await;
    let held = json!({ "Parameter": { "Name": "/one", "Value": "cached", "Version": 1 }, "ResultMetadata": {} });
    let extension = Service::start(&[answer("200 OK\r\n", held.to_string())]).await;
    let extended = Extension::at(extension.address.port(), "session");
    let vault = Arc::new(Vault::with_aws(Stores::new(aws(&format!("http://{}", store.address)), Some(extended))));
    for wanted in ["direct", "cached"] {
        assert_eq!(texts(&vault.fetch(&reference("ssm:///one"), false).await.unwrap()), [wanted]);
    }
    let line = &extension.requests()[0].line;
    assert_eq!(line, "GET /systemsmanager/parameters/get?name=%2Fone&withDecryption=true HTTP/1.1");
}
