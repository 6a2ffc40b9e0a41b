//! A body that a template makes.

use super::{opened, try_open};
use crate::service::Service;

#[tokio::test]
async fn what_the_template_gives_is_what_arrives() {
    let service = Service::start(&[]).await;
    let line = r#"template = '{"text": {{ body.user.name }}, "from": {{ source }}, "trust": {{ trust }}, "about": {{ subject }}}'"#;
    let out = opened(&service, line).await;
    let theirs = [("content-type", "text/odd"), ("content-encoding", "br"), ("x-hub-signature-256", "theirs")];
    out.take(&theirs, br#"{"user": {"name": "a \"quote\"\nand a line"}}"#).await.unwrap();
    let request = service.requests().remove(0);
    let made = r#"{"text": "a \"quote\"\nand a line", "from": "bell", "trust": "unsigned", "about": null}"#;
    assert_eq!(String::from_utf8_lossy(&request.body), made);
    assert_eq!(request.header("content-type"), Some("application/json"));
    for gone in ["content-encoding", "x-hub-signature-256", "ce-id"] {
        assert_eq!(request.header(gone), None, "{gone}");
    }
}

#[tokio::test]
async fn each_media_type_is_escaped_in_its_own_way() {
    for (content_type, made) in [
        ("application/vnd.partner+json; charset=utf-8", r#"<"a\"<&\n">"#),
        ("application/xml", "<a&quot;&lt;&amp;\n>"),
        ("text/html", "<a&quot;&lt;&amp;\n>"),
        ("text/plain", "<a\"<&\n>"),
    ] {
        let service = Service::start(&[]).await;
        let out =
            opened(&service, &format!("content_type = \"{content_type}\"\ntemplate = \"<{{{{ body }}}}>\"")).await;
        out.take(&[], b"a\"<&\n").await.unwrap();
        let request = service.requests().remove(0);
        assert_eq!(String::from_utf8_lossy(&request.body), made, "{content_type}");
        assert_eq!(request.header("content-type"), Some(content_type));
    }
}

#[tokio::test]
async fn a_template_that_fails_is_said_without_the_body_and_nothing_is_sent() {
    let long = "x".repeat(600 << 10);
    for (template, body, said) in [
        ("[\n{{ body.missing }}]", r#"{"own": "hunter2"}"#, "template, line 2: undefined value; say"),
        ("{{ body.own.deeper.still }}", r#"{"own": "hunter2"}"#, "template, line 1: undefined value"),
        ("{{ body.own|int }}", r#"{"own": "hunter2"}"#, "template, line 1: invalid operation"),
        ("{{ body|nothing }}", "hunter2", "template, line 1: unknown filter"),
        (
            "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
            "",
            "ran out of fuel; it takes too much work",
        ),
        ("{{ body }}{{ body }}", long.as_str(), "failed to write output; 1 MiB is the most"),
    ] {
        let service = Service::start(&[]).await;
        let out = opened(&service, &format!("template = '''{template}'''")).await;
        let cause = out.take(&[], body.as_bytes()).await.unwrap_err();
        let place = format!("POST 127.0.0.1:{}/in: template", service.address.port());
        assert!(cause.starts_with(&place) && cause.contains(said), "{template}: {cause}");
        assert!(!cause.contains("hunter2") && !cause.contains("tried"), "{cause}");
        assert!(service.requests().is_empty(), "{template}");
    }
    let service = Service::start(&[]).await;
    let out = opened(&service, "template = '{{ body }}'").await;
    let cause = out.take(&[], b"\xff\xfe").await.unwrap_err();
    assert!(cause.contains("neither JSON nor text") && service.requests().is_empty(), "{cause}");
    let untouched = opened(&service, "template = '{{ type }}'").await;
    assert_eq!(untouched.take(&[], b"\xff\xfe").await, Ok(()), "a body that no template names is not read");
}

#[tokio::test]
async fn a_template_that_cannot_be_is_said_when_it_is_opened() {
    for (lines, what, fix) in [
        ("template = '''[\n\n{{ body. }}'''", "template, line 3: ", "mend it"),
        ("template = '''{\n{% if body %}'''", "template, line 2: ", "mend it"),
        ("template = '''{\n{{ bdoy.user }}'''", "template: \"bdoy\" is none of id, type, action", "mend it"),
        ("template = '''{% include \"x\" %}'''", "template, line 1: ", "mend it"),
        (
            "template = 'x'\nbody = \"event\"",
            "template makes the body, and body is about the one that came",
            "keep one",
        ),
        ("template = 'x'\nkeep_signature = true", "and keep_signature is about the one that came", "keep one"),
        ("template = 'x'\ncontent_type = \"json\"", "content_type \"json\" is no media type", "text/plain"),
        ("content_type = \"text/plain\"", "content_type is that of a template", "add template"),
    ] {
        let error = try_open(&format!("url = \"https://hooks.example.com/in\"\n{lines}")).await.unwrap_err();
        assert!(error.what.contains(what) && error.fix.contains(fix), "{lines}: {error:?}");
    }
}
