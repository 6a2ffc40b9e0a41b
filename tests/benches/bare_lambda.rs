//! The least that receives GitHub's deliveries on Lambda: `lambda_http`, one HMAC, 200 or 401. No config, no log, no
//! dedupe, no destination. `tests/bench/against_lambda_http.py` measures Doorbell against it.
//!
//! `WEBHOOK_SECRET=... AWS_LAMBDA_RUNTIME_API=... bare_lambda`

#![expect(clippy::unwrap_used, reason = "a bench that cannot start says where")]

use hmac::{Hmac, KeyInit, Mac};
use lambda_http::{Body, Error, Request, Response, service_fn};
use sha2::Sha256;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let key = Hmac::<Sha256>::new_from_slice(std::env::var("WEBHOOK_SECRET").unwrap().as_bytes()).unwrap();
    let key = &key;
    lambda_http::run(service_fn(move |request: Request| async move {
        let header = request.headers().get("x-hub-signature-256");
        let tag = header.and_then(|value| tag(value.to_str().ok()?));
        let mut mac = key.clone();
        mac.update(request.body());
        let genuine = tag.is_some_and(|tag| mac.verify_slice(&tag).is_ok());
        Ok::<_, Error>(Response::builder().status(if genuine { 200 } else { 401 }).body(Body::Empty)?)
    }))
    .await
}

fn tag(value: &str) -> Option<[u8; 32]> {
    let digits = value.strip_prefix("sha256=").filter(|digits| digits.len() == 64)?;
    let mut tag = [0; 32];
    for (byte, pair) in tag.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(tag)
}
