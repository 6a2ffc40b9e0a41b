//! The least that receives GitHub's deliveries: axum, the body buffered, one HMAC, 200 or 401. No config, no log, no
//! dedupe, no destination. `tests/bench/against_axum.py` measures Doorbell against it.
//!
//! `WEBHOOK_SECRET=... PORT=... bare_axum`

#![expect(clippy::unwrap_used, reason = "a bench that cannot start says where")]

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::available_parallelism;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

fn main() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let key = Hmac::<Sha256>::new_from_slice(variable("WEBHOOK_SECRET").as_bytes()).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, variable("PORT").parse().unwrap()));
    let app = Router::new().route("/github", post(hook)).layer(DefaultBodyLimit::max(1 << 20)).with_state(key);
    // As Doorbell chooses, so that the comparison is not one of runtimes.
    let one = available_parallelism().unwrap().get() == 1;
    let mut builder = if one { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build().unwrap().block_on(async {
        let listener = TcpListener::bind(address).await.unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}

async fn hook(State(mut mac): State<Hmac<Sha256>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(tag) = headers.get("x-hub-signature-256").and_then(|value| tag(value.to_str().ok()?)) else {
        return StatusCode::UNAUTHORIZED;
    };
    mac.update(&body);
    if mac.verify_slice(&tag).is_ok() { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}

fn tag(value: &str) -> Option<[u8; 32]> {
    let digits = value.strip_prefix("sha256=").filter(|digits| digits.len() == 64)?;
    let mut tag = [0; 32];
    for (byte, pair) in tag.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(tag)
}
