//! A body that a template made: what the sender said of the one that came does not go along.

use doorbell_adapters::destination;
use doorbell_adapters::startup::registry;
use doorbell_core::config::Config;
use http::{HeaderMap, StatusCode};

use super::{site, try_open};
use crate::chain::{routed, send};
use crate::service::Service;

#[tokio::test]
async fn what_the_template_gives_is_what_arrives() {
    let service = Service::start(&[]).await;
    let template = r#"{"text": {{ body.user.name }}, "from": {{ source }}, "about": {{ subject }}}"#;
    let text = format!(
        "[source.bell]\ndangerously_unsigned = true\n[[route]]\nto = [\"out\"]\n[destination.out]\nkind = \"http\"\n\
         url = \"http://{}/in\"\nallow_private = true\ntemplate = '{template}'\n",
        service.address
    );
    let config = Config::parse(&text, "test", &registry()).unwrap();
    let receiver = routed(&config, destination::open(&config.destinations[0], &site()).await.unwrap());
    let theirs = [("content-type", "text/odd"), ("content-encoding", "br"), ("x-hub-signature-256", "theirs")];
    let theirs = theirs.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let body: &[u8] = br#"{"user": {"name": "a \"quote\"\nand a line"}}"#;
    assert_eq!(send(&receiver, HeaderMap::from_iter(theirs), body.into()).await, StatusCode::OK);
    let request = service.requests().remove(0);
    let made = r#"{"text": "a \"quote\"\nand a line", "from": "bell", "about": null}"#;
    assert_eq!(String::from_utf8_lossy(&request.body), made);
    assert_eq!(request.header("content-type"), Some("application/json"));
    for gone in ["content-encoding", "x-hub-signature-256"] {
        assert_eq!(request.header(gone), None, "{gone}");
    }
    assert_eq!(request.header("ce-source"), Some("bell"), "whose event it is still stands there");
}

#[tokio::test]
async fn a_signature_is_not_passed_on_with_another_body() {
    let lines = "url = \"https://hooks.example.com/in\"\ntemplate = 'x'\nkeep_signature = true";
    let error = try_open(lines).await.unwrap_err();
    let what = "template makes the body, and keep_signature is about the one that came";
    assert_eq!((error.what.as_str(), error.fix.as_str()), (what, "keep one"));
}
