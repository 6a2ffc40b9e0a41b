//! A private Cloud Run service, with a stand-in of the metadata server. Its place is a variable of the process, so the
//! test runs itself once more, with the variable set.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::opened;
use crate::service::{Service, Turn};

const ADDRESS: &str = "GCE_METADATA_HOST";

fn token() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{\"alg\":\"none\"}"), part("{\"exp\":4102444800}"), part("signature"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_service_gets_our_identity_token() {
    let metadata = Service::start(&[Turn::Say("200 OK\r\nmetadata-flavor: Google\r\n", token())]).await;
    let home = tempfile::tempdir().unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again
        .args(["--exact", "http::identity::in_a_process_of_its_own", "--ignored"])
        .env(ADDRESS, metadata.address.to_string());
    again.env_remove("GOOGLE_APPLICATION_CREDENTIALS").env("HOME", home.path());
    let done = tokio::task::spawn_blocking(move || again.output().unwrap()).await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"));
    let asked = metadata.requests();
    assert_eq!(asked.len(), 1, "the token is cached");
    assert!(
        asked[0].line.contains("/identity?audience=https") && asked[0].line.contains("private.example"),
        "{asked:?}"
    );
}

#[tokio::test]
#[ignore = "run by the test above, with the variable set"]
async fn in_a_process_of_its_own() {
    let service = Service::start(&[]).await;
    let out = opened(&service, "audience = \"https://private.example\"").await;
    assert!(out.inner.reach().await.is_ok());
    for body in [b"1", b"2"] {
        out.take(&[("authorization", "theirs")], body).await.unwrap();
    }
    let expected = format!("Bearer {}", token());
    assert!(service.requests().iter().all(|request| request.header("authorization") == Some(&expected)));
    assert_eq!(service.requests().len(), 2);
    assert!(!format!("{out:?}").contains(&expected));
}
