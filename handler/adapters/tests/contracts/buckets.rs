//! Buckets and folders: each event an object of its own, and each body that another destination parks.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::destination::journal::Journal;
use doorbell_adapters::destination::{self, OpenError, Site};
use doorbell_adapters::outward::Outward;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::registry;
use doorbell_core::Destination;
use doorbell_core::config::{Config, DestinationConfig};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::chain::{parking, ring, send};
use crate::http::Out;

/// SHA-256 of `{"a":1}`.
const DIGEST: &str = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
const BODY: &[u8] = br#"{"a":1}"#;

fn config(lines: &str) -> DestinationConfig {
    let text =
        format!("[source.bell]\ndangerously_unsigned = true\n[[route]]\nto = [\"out\"]\n[destination.out]\n{lines}\n");
    Config::parse(&text, "test", &registry()).unwrap().destinations.remove(0)
}

fn site(folder: &Path, vault: Vault) -> Site {
    let (outward, clock) = (Outward::default(), Arc::new(SystemClock::start()));
    Site { folder: folder.to_owned(), vault: Arc::new(vault), outward, clock }
}

async fn folder(at: &Path, path: &str) -> Result<Arc<dyn Destination>, OpenError> {
    destination::open(&config(&format!("kind = \"folder\"\npath = \"{path}\"")), &site(at, Vault::new())).await
}

/// What is under a folder, by its path there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            all.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
            all.insert(name, std::fs::read(&path).unwrap());
        }
    }
    all
}

/// The body of an event that was kept as CloudEvents JSON.
fn body(event: &[u8]) -> Vec<u8> {
    let event: Value = serde_json::from_slice(event).unwrap();
    assert_eq!((&event["specversion"], &event["source"]), (&"1.0".into(), &"bell".into()));
    STANDARD.decode(event["data_base64"].as_str().unwrap()).unwrap()
}

/// What a destination got of an event whose body is parked, and the reference in it.
async fn parked(keeper: Arc<dyn Destination>, at: &Path) -> (StatusCode, Value) {
    let journal = at.join("events.jsonl");
    let receiver = parking(Arc::new(Journal::open(&journal, None).unwrap()), keeper);
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
    let status = send(&receiver, headers, Bytes::from_static(BODY)).await;
    let lines = std::fs::read_to_string(&journal).unwrap();
    (status, lines.lines().last().map_or(Value::Null, |line| serde_json::from_str(line).unwrap()))
}

#[tokio::test]
async fn a_folder_keeps_each_event_as_a_file_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let out = Out::of(folder(home.path(), "kept").await.unwrap());
    let bodies: [&[u8]; 3] = [b"{\"a\":1}", b"", &[0xff, 0, 0xfe]];
    for body in bodies {
        assert_eq!(out.take(&[], body).await, Ok(()));
    }
    let kept = files(&home.path().join("kept"));
    assert_eq!(kept.len(), 3, "{:?}", kept.keys());
    assert!(kept.keys().all(|name| name.starts_with("bell/test-") && name.ends_with(".json")), "{:?}", kept.keys());
    let mut found: Vec<_> = kept.values().map(|event| body(event)).collect();
    found.sort();
    assert_eq!(found, [bodies[1], bodies[0], bodies[2]]);
    // The same in everything is the same file.
    assert_eq!(out.take(&[], bodies[0]).await, Ok(()));
    assert_eq!(files(&home.path().join("kept")), kept);
}

#[tokio::test]
async fn a_folder_keeps_a_parked_body_under_its_digest() {
    let home = tempfile::tempdir().unwrap();
    let keeper = folder(home.path(), "large").await.unwrap();
    let (status, event) = parked(keeper, home.path()).await;
    assert_eq!(status, StatusCode::OK);
    let path = home.path().join("large/sha256").join(DIGEST);
    assert_eq!(event["dataref"], format!("file://{}", path.display()));
    assert_eq!((&event["datasize"], &event["datacontenttype"]), (&"7".into(), &"application/json".into()));
    assert_eq!(event.get("data_base64"), None);
    assert_eq!(std::fs::read(path).unwrap(), BODY);
}

#[tokio::test]
async fn a_folder_in_which_nothing_can_be_made_is_refused_at_the_start() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "").unwrap();
    for path in ["file", "file/below"] {
        let error = folder(home.path(), path).await.unwrap_err();
        assert!(error.what.contains("cannot keep files in"), "{error:?}");
        assert_eq!((error.key, error.fix.as_str()), (Some("path"), "name a folder"));
    }
}

/// A folder that goes away while it is used is a fault, and nothing half written has a name.
#[tokio::test]
async fn a_file_that_cannot_be_written_is_a_no() {
    let home = tempfile::tempdir().unwrap();
    let keeper = folder(home.path(), "kept").await.unwrap();
    std::fs::remove_dir(home.path().join("kept")).unwrap();
    std::fs::write(home.path().join("kept"), "in its place").unwrap();
    let said = Out::of(Arc::clone(&keeper)).take(&[], b"x").await.unwrap_err();
    assert!(said.starts_with("write "), "{said}");
    let journal = Journal::open(&home.path().join("events.jsonl"), None).unwrap();
    assert_eq!(
        ring(&parking(Arc::new(journal), keeper), Bytes::from_static(b"x")).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(std::fs::read(home.path().join("events.jsonl")).unwrap(), b"");
}

#[cfg(all(feature = "aws", feature = "google"))]
#[test]
fn names_that_no_bucket_has_are_refused_with_the_config() {
    for (lines, key) in [
        ("kind = \"s3\"\nbucket = \"My_Bucket\"", "bucket"),
        ("kind = \"s3\"\nbucket = \"a\"", "bucket"),
        ("kind = \"s3\"\nbucket = \"hooks\"\nprefix = \"/in/\"", "prefix"),
        ("kind = \"s3\"\nbucket = \"hooks\"\nprefix = \"a/../b\"", "prefix"),
        ("kind = \"s3\"\nbucket = \"hooks\"\nprefix = \"a b\"", "prefix"),
        ("kind = \"gcs\"\nbucket = \"gs://hooks\"", "bucket"),
    ] {
        let errors = destination::judge(&config(lines));
        assert_eq!(errors.iter().map(|error| error.key).collect::<Vec<_>>(), [Some(key)], "{lines}: {errors:?}");
    }
}

#[cfg(feature = "aws")]
mod s3 {
    use doorbell_adapters::aws::service::S3;
    use doorbell_adapters::secret::aws::Stores;
    use http::Method;

    use super::*;
    use crate::moto::{self, Moto};

    const BUCKET: &str = "kind = \"s3\"\nbucket = \"hooks\"\nprefix = \"in/\"\nregion = \"eu-west-1\"";

    async fn opened(server: &Moto) -> Arc<dyn Destination> {
        let vault = Vault::with_aws(Stores::new(moto::aws(&server.url()), None));
        destination::open(&config(BUCKET), &site(Path::new(""), vault)).await.unwrap()
    }

    async fn create(server: &Moto) {
        let client = moto::aws(&server.url()).client(S3, moto::REGION).unwrap();
        let where_ =
            "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
        let limit = std::time::Duration::from_secs(10);
        client.rest((Method::PUT, &["hooks"]), Vec::new(), where_.into(), limit).await.unwrap();
    }

    /// As somebody; moto does not look closer.
    async fn get(server: &Moto, path: &str) -> Bytes {
        let somebody =
            "AWS4-HMAC-SHA256 Credential=a/20200101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=a";
        let request = reqwest::Client::new().get(format!("{}/hooks{path}", server.url()));
        request.header("authorization", somebody).send().await.unwrap().bytes().await.unwrap()
    }

    #[tokio::test]
    async fn each_event_is_an_object_and_a_parked_body_is_under_its_digest() {
        let Some(server) = Moto::start().await else { return };
        let out = Out::of(opened(&server).await);
        let missing = "there is no such bucket; check its name and its region, or make it";
        assert!(out.reach().await.unwrap_err().to_string().ends_with(missing));
        let said = out.take(&[], BODY).await.unwrap_err();
        assert!(said.starts_with("put into hooks: NoSuchBucket (404)"), "{said}");

        create(&server).await;
        out.reach().await.unwrap();
        for body in [BODY, &[0xff; 100_000]] {
            assert_eq!(out.take(&[], body).await, Ok(()));
        }
        let listed = String::from_utf8(get(&server, "?list-type=2").await.to_vec()).unwrap();
        let keys: Vec<&str> = listed.split("<Key>").skip(1).map(|rest| rest.split_once('<').unwrap().0).collect();
        assert!(keys.len() == 2 && keys.iter().all(|key| key.starts_with("in/bell/test-")), "{listed}");
        let mut found = Vec::new();
        for key in keys {
            found.push(body(&get(&server, &format!("/{key}")).await));
        }
        found.sort();
        assert!(found == [BODY.to_vec(), vec![0xff; 100_000]]);

        let home = tempfile::tempdir().unwrap();
        let (status, event) = parked(opened(&server).await, home.path()).await;
        assert_eq!((status, &event["dataref"]), (StatusCode::OK, &format!("s3://hooks/in/sha256/{DIGEST}").into()));
        assert_eq!(get(&server, &format!("/in/sha256/{DIGEST}")).await, BODY);
    }
}

#[cfg(feature = "google")]
mod gcs {
    use doorbell_adapters::destination::gcs;

    use super::*;
    use crate::service::{Service, Turn, say};

    const BUCKET: &str = "kind = \"gcs\"\nbucket = \"hooks\"\nprefix = \"in/\"";
    /// The CRC-32C of the body, as Cloud Storage writes it.
    const CHECKSUM: &str = "z/fVag==";

    fn opened(service: &Service) -> Arc<dyn Destination> {
        let place = format!("http://{}", service.address);
        gcs::open(&config(BUCKET), &site(Path::new(""), Vault::new()), Some(&place)).unwrap()
    }

    fn kept(checksum: &str) -> Turn {
        Turn::Say("200 OK\r\n", format!("{{\"crc32c\":\"{checksum}\"}}"))
    }

    #[tokio::test]
    async fn a_parked_body_is_an_object_under_its_digest_made_once() {
        // There already: the same bytes, for they have the same digest.
        for turns in
            [vec![kept(CHECKSUM)], vec![say("412 Precondition Failed\r\n")], vec![say("503 Later\r\n"), kept(CHECKSUM)]]
        {
            let service = Service::start(&turns).await;
            let home = tempfile::tempdir().unwrap();
            let (status, event) = parked(opened(&service), home.path()).await;
            let place = format!("gs://hooks/in/sha256/{DIGEST}");
            assert_eq!((status, &event["dataref"]), (StatusCode::OK, &place.into()), "{turns:?}");
            let requests = service.requests();
            assert_eq!(requests.len(), turns.len());
            let line = format!(
                "POST /upload/storage/v1/b/hooks/o?uploadType=media&ifGenerationMatch=0&name=in%2Fsha256%2F{DIGEST} HTTP/1.1"
            );
            assert_eq!((requests[0].line.as_str(), requests[0].body.as_slice()), (line.as_str(), BODY));
            assert_eq!(requests[0].header("content-type"), Some("application/json"));
            assert_eq!(requests[0].header("authorization"), None, "no token goes to a stand-in");
        }
    }

    #[tokio::test]
    async fn each_event_is_an_object() {
        let service = Service::start(&[Turn::Say("200 OK\r\n", "{}".to_owned())]).await;
        assert_eq!(Out::of(opened(&service)).take(&[], BODY).await, Ok(()));
        let [request] = service.requests().try_into().unwrap();
        assert!(request.line.contains("&name=in%2Fbell%2Ftest-"), "{}", request.line);
        assert_eq!(request.header("content-type"), Some("application/cloudevents+json"));
        assert_eq!(body(&request.body), BODY);
    }

    #[tokio::test]
    async fn a_refusal_names_the_bucket_and_the_command() {
        let grant = "storage.objects.create is missing; run `gcloud storage buckets add-iam-policy-binding gs://hooks --member=serviceAccount:ACCOUNT --role=roles/storage.objectCreator`";
        let make = "there is no such bucket; check its name, or make it: `gcloud storage buckets create gs://hooks`";
        for (turn, said) in [
            (say("403 Forbidden\r\n"), grant),
            (say("404 Not Found\r\n"), make),
            (say("400 Bad Request\r\n"), "answered 400"),
            (kept("AAAAAA=="), "what arrived is not what was sent"),
            (Turn::Say("200 OK\r\n", "<html>".to_owned()), "the answer cannot be read"),
        ] {
            let service = Service::start(&[turn]).await;
            let why = Out::of(opened(&service)).take(&[], BODY).await.unwrap_err();
            assert_eq!(why, format!("put into hooks: {said}"));
            assert_eq!(service.requests().len(), 1, "no retry mends it");
        }
        let granted = r#"{"permissions":["storage.objects.create"]}"#.to_owned();
        for (turn, said) in [
            (Turn::Say("200 OK\r\n", granted), None),
            (Turn::Say("200 OK\r\n", "{}".to_owned()), Some(grant)),
            (say("404 Not Found\r\n"), Some(make)),
        ] {
            let service = Service::start(&[turn]).await;
            let reached = opened(&service).reach().await.map_err(|cause| cause.to_string());
            assert_eq!(reached.err(), said.map(|said| format!("ask about hooks: {said}")));
        }
    }
}
