//! The chain in process, driven a given number of times, for a tool that counts instructions
//! (`tests/bench/instructions.py`). The body is a GitHub delivery of 7 kB, or with `--bytes` so much of it, over and over;
//! deliveries go round all sources.
//!
//! `receive --part chain|verify|head|hmac --sources N --deliveries M --bytes B`: `chain` is all of it, `verify` the gate with the
//! making of its head, `head` that making alone, `hmac` the digest alone.

#![expect(clippy::unwrap_used, reason = "a bench that cannot start says where")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use conformance::case::ours;
use conformance::clock::ManualClock;
use conformance::dedupe::Forgetful;
use conformance::door::{Request, ring};
use conformance::source::{keyring, source};
use conformance::stage::provider;
use doorbell_adapters::destination::discard::Discard;
use doorbell_core::dedupe::Rule;
use doorbell_core::destination::Target;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::source::Source;
use doorbell_core::verify::Signer;
use doorbell_core::{Delivery, Receiver, Timestamp, verify};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const CASE: &str = "github/open/accept-rotation-signed-with-previous-secret";
const SECRET: &str = "a secret of the bench";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let flags: HashMap<&str, &str> =
        words.windows(2).filter_map(|pair| Some((pair.first()?.strip_prefix("--")?, pair.last()?.as_str()))).collect();
    let count = |flag: &str| flags.get(flag).map_or(1, |text| text.parse::<usize>().unwrap());
    let (sources, deliveries) = (count("sources"), count("deliveries"));
    let request = signed(flags.get("bytes").map(|text| text.parse().unwrap()));
    match flags.get("part").copied().unwrap_or("chain") {
        "chain" => chain(&request, sources, deliveries),
        "verify" => gate(&request, deliveries),
        "head" => (0..deliveries).for_each(|_| drop(black_box(request.head(NOW)))),
        "hmac" => digest(&request, deliveries),
        part => panic!("--part {part}: not known"),
    }
}

/// The headers and the body of that case, or so many bytes of it, under the secret of this bench.
fn signed(bytes: Option<usize>) -> Request {
    let case = ours().into_iter().flat_map(|file| file.cases).find(|case| case.name == CASE).unwrap();
    let mut request = case.request();
    if let Some(bytes) = bytes {
        request.body = request.body.iter().copied().cycle().take(bytes).collect();
    }
    let scheme = &provider("github").scheme;
    let mut head = request.head(NOW);
    scheme.sign(&mut head, &request.body, Signer::Shared(&keyring(scheme, &[SECRET]).unwrap()), NOW).unwrap();
    request.headers = head.headers;
    request
}

fn chain(request: &Request, sources: usize, deliveries: usize) {
    let name = DestinationName::parse("nowhere").unwrap();
    let nowhere = Arc::new(Target { name, destination: Arc::new(Discard), timeout: None });
    let numbered = |number: usize| {
        let github = provider("github");
        let keys = keyring(&github.scheme, &[SECRET]).unwrap();
        let base = source(github, &format!("/hooks/{number}"), Some(keys), vec![Arc::clone(&nowhere)]);
        // Without dedupe: its content digest is a second hash over the body, behind which the rest would hide.
        Source { name: SourceName::parse(&format!("github-{number}")).unwrap(), dedupe: Rule::Off, ..base }
    };
    let receiver =
        Receiver::new((0..sources).map(numbered).collect(), Arc::new(Forgetful), Arc::new(ManualClock::at(NOW)), 0);
    for number in 0..deliveries {
        let path = format!("/hooks/{}", number % sources);
        let heard = ring(&receiver, Request { path, ..request.clone() }, NOW);
        assert_eq!(heard.line(), ("handed-off", "", 200));
    }
}

fn gate(request: &Request, deliveries: usize) {
    let scheme = &provider("github").scheme;
    let keys = keyring(scheme, &[SECRET]).unwrap();
    for _ in 0..deliveries {
        let delivery = Delivery::new(request.head(NOW), request.body.clone());
        assert!(verify::verify(black_box(delivery), scheme, Some(&keys), NOW).is_ok());
    }
}

fn digest(request: &Request, deliveries: usize) {
    let tag = request.headers.get("x-hub-signature-256").unwrap().to_str().unwrap().strip_prefix("sha256=").unwrap();
    let tag: Vec<u8> = tag.as_bytes().chunks(2).map(|pair| hex(str::from_utf8(pair).unwrap())).collect();
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    for _ in 0..deliveries {
        let mut mac = key.clone();
        mac.update(black_box(&request.body));
        assert!(mac.verify_slice(&tag).is_ok());
    }
}

fn hex(pair: &str) -> u8 {
    u8::from_str_radix(pair, 16).unwrap()
}
