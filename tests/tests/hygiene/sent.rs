//! What is sent, with something to hide in every place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use conformance::door::Request;
use conformance::marker::Marker;
use conformance::source::keyring;
use conformance::stage::provider;
use doorbell_core::Timestamp;
use doorbell_core::verify::Scheme;
use http::{HeaderMap, Method};

pub(crate) const SECRET: &str = "secretMarkerQ7xZk93mPw5v";
pub(crate) const TOKEN: &str = "tokenMarkerQ7xZk93mPw5v";
pub(crate) const BODY: &str = "bodyMarkerQ7xZk93mPw5v";
pub(crate) const QUERY: &str = "queryMarkerQ7xZk93mPw5v";
pub(crate) const PATH: &str = "pathMarkerQ7xZk93mPw5v";
pub(crate) const COOKIE: &str = "cookieMarkerQ7xZk93mPw5v";
pub(crate) const AUTHORIZATION: &str = "authorizationMarkerQ7xZk93mPw5v";
pub(crate) const HEADER: &str = "headerMarkerQ7xZk93mPw5v";
pub(crate) const SIGNATURE: &str = "signatureMarkerQ7xZk93mPw5v";
pub(crate) const GUESS: &str = "guessMarkerQ7xZk93mPw5v";
pub(crate) const LITERAL: &str = "literalMarkerQ7xZk93mPw5v";

pub(crate) fn whsec() -> String {
    format!("whsec_{}", STANDARD.encode(SECRET))
}

pub(crate) fn body() -> String {
    format!(r#"{{"zen":"{BODY}","{BODY}":["{BODY}",{{"type":"{BODY}"}}]}}"#)
}

/// A request with something to hide everywhere.
pub(crate) fn request(path: &str) -> Request {
    let request = Request { query: Some(format!("token={QUERY}&{QUERY}")), ..Request::post(path, body()) };
    request
        .header("authorization", &format!("Bearer {AUTHORIZATION}"))
        .header("cookie", &format!("session={COOKIE}"))
        .header("content-type", &format!("application/json; charset={HEADER}"))
        .header("traceparent", &format!("00-{HEADER}"))
        .header("x-cloud-trace-context", &format!("{HEADER}/1"))
        .header("x-forwarded-for", HEADER)
        .header("user-agent", HEADER)
}

pub(crate) fn github(path: &str) -> Request {
    request(path).header("x-github-event", "push").header("x-github-delivery", HEADER)
}

/// `request` with a genuine signature.
pub(crate) fn signed(name: &str, mut request: Request, now: Timestamp) -> Request {
    let scheme = &provider(name).scheme;
    let Scheme::Mac(mac) = scheme else { panic!("{name} signs nothing") };
    let secret = if name == "standard-webhooks" { whsec() } else { SECRET.to_owned() };
    let mut head = request.head(now);
    mac.sign(&mut head, &request.body, &keyring(scheme, &[secret]).unwrap(), now).unwrap();
    request.headers = head.headers;
    request
}

/// Deliveries of every end: handed off, answered, refused, failed.
pub(crate) fn requests(now: Timestamp) -> Vec<Request> {
    let form = |body: String| Request { body: body.into(), ..request("/slack") };
    let with = |mut request: Request, name: &'static str, value: &str| {
        request.headers.insert(name, value.parse().unwrap());
        request
    };
    let message = request("/messages").header("webhook-id", HEADER);
    let genuine = signed("github", github("/github"), now);
    let large = Request { body: Bytes::from(body().repeat(20)), ..github("/small") };
    let hex = STANDARD.encode(SIGNATURE);
    let mut requests = vec![
        genuine.clone(),
        request("/gitlab").header("x-gitlab-token", TOKEN).header("x-gitlab-event", "Push Hook"),
        signed("slack", request("/slack"), now),
        signed("standard-webhooks", message.clone(), now),
        // A duplicate; a handshake; a limit; a source without its secret.
        genuine.clone(),
        with(form(format!("ssl_check=1&token={BODY}")), "content-type", "application/x-www-form-urlencoded"),
        signed("github", large.clone(), now),
        signed("github", large, now).header("transfer-encoding", "chunked"),
        signed("github", github("/closed"), now),
        // Not what was signed, or by nobody.
        Request { body: format!("{} ", body()).into(), ..genuine.clone() },
        with(genuine.clone(), "x-hub-signature-256", SIGNATURE),
        with(genuine.clone(), "x-hub-signature-256", &format!("sha256={}", "5a".repeat(32))),
        genuine.clone().header("x-hub-signature-256", SIGNATURE),
        with(github("/github"), "x-github-event", HEADER),
        request("/gitlab").header("x-gitlab-token", GUESS),
        request("/slack").header("x-slack-signature", SIGNATURE).header("x-slack-request-timestamp", HEADER),
        signed("slack", request("/slack"), Timestamp::from_unix_seconds(1)),
        with(signed("standard-webhooks", message.clone(), now), "webhook-signature", &format!("v1,{hex}")),
        with(signed("standard-webhooks", message, now), "webhook-id", GUESS),
        // Nobody there, or nothing to do there.
        github(&format!("/{PATH}")),
        github(&format!("/github/{PATH}")),
        Request { method: Method::PUT, ..genuine.clone() },
        Request { method: PATH.parse().unwrap(), ..genuine },
    ];
    for request in &mut requests {
        let length = request.body.len().to_string();
        if !request.headers.contains_key("transfer-encoding") {
            *request = request.clone().header("content-length", &length);
        }
    }
    requests
}

/// What must not show up: what was put everywhere, and every signature, sent or right.
pub(crate) fn markers(requests: &[Request], now: Timestamp) -> Vec<Marker> {
    let words = [
        ("secret", SECRET),
        ("token", TOKEN),
        ("body", BODY),
        ("query", QUERY),
        ("path", PATH),
        ("cookie", COOKIE),
        ("authorization", AUTHORIZATION),
        ("header", HEADER),
        ("signature", SIGNATURE),
        ("guess", GUESS),
        ("literal", LITERAL),
    ];
    let mut markers: Vec<Marker> = words.iter().map(|(name, word)| Marker::new(name, word.as_bytes())).collect();
    let mut evidence = |headers: &HeaderMap| {
        for name in ["x-hub-signature-256", "x-slack-signature", "webhook-signature"] {
            for value in headers.get_all(name) {
                let text = value.to_str().unwrap().trim_start_matches("sha256=").trim_start_matches("v0=");
                let text = text.trim_start_matches("v1,");
                markers.push(Marker::new(name, text.as_bytes()));
                markers.extend(STANDARD.decode(text).ok().map(|tag| Marker::new(name, &tag)));
            }
        }
    };
    for request in requests {
        evidence(&request.headers);
        // What would have been right is as good as a secret.
        let name = match request.path.as_str() {
            "/slack" => "slack",
            "/messages" => "standard-webhooks",
            _ => "github",
        };
        evidence(
            &signed(name, Request { headers: HeaderMap::new(), ..request.clone() }.header("webhook-id", HEADER), now)
                .headers,
        );
    }
    markers
}

/// Bytes that are no request, or not all of one.
pub(crate) fn garbage() -> Vec<Vec<u8>> {
    let head = |line: &str| format!("POST /github HTTP/1.1\r\nhost: a\r\n{line}\r\n\r\n{BODY}").into_bytes();
    vec![
        format!("{PATH}\r\n\r\n").into_bytes(),
        format!("{PATH} /{PATH}?{QUERY} {HEADER}\r\n\r\n").into_bytes(),
        format!("POST /{PATH}\u{7f}?{QUERY} HTTP/1.1\r\n\r\n").into_bytes(),
        [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BODY.as_bytes()].concat(),
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BODY.repeat(20).as_bytes()].concat(),
        head(&format!("authorization {AUTHORIZATION}")),
        head(&format!("{HEADER}\u{0}: {HEADER}")),
        head(&format!("content-length: {HEADER}")),
        head(&format!("content-length: 4\r\ncontent-length: 5\r\ncookie: {COOKIE}")),
        head(&format!("transfer-encoding: {HEADER}")),
        head(&format!("x-hub-signature-256: sha256={}\r\ntransfer-encoding: chunked", "00".repeat(32))),
        head(&format!("x-hub-signature-256: sha256={}\r\ncontent-length: 500", "00".repeat(32))),
        head(&vec![format!("{HEADER}: {COOKIE}"); 200].join("\r\n")),
        format!("GET /{} HTTP/1.1\r\n\r\n", PATH.repeat(5_000)).into_bytes(),
    ]
}
