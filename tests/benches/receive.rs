//! The chain in process, driven a given number of times, for a tool that counts instructions
//! (`tests/bench/instructions.py`). The body is a GitHub delivery of 7 kB, or with `--bytes` so much of it, over and over;
//! deliveries go round all sources.
//!
//! `receive --part chain|verify|head|hmac --sources N --deliveries M --bytes B --routes any|type|header|many`: `chain` is all of it,
//! `verify` the gate with the making of its head, `head` that making alone, `hmac` the digest alone. The chain's route takes `any`
//! event, those of a `type`, those with a `header`; or it is the last of `many`: a thousand that ask for the type and for a
//! member of the body. How long the deliveries took is printed in nanoseconds.

#![expect(clippy::unwrap_used, reason = "a bench that cannot start says where")]
#![expect(clippy::print_stdout, reason = "its figure")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use conformance::case::ours;
use conformance::clock::ManualClock;
use conformance::dedupe::Forgetful;
use conformance::door::{Request, ring};
use conformance::source::{keyring, source};
use conformance::stage::provider;
use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::destination::discard::Discard;
use doorbell_core::condition::Condition;
use doorbell_core::dedupe::Rule;
use doorbell_core::destination::Target;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::route::{Route, Routes};
use doorbell_core::source::Source;
use doorbell_core::verify::Signer;
use doorbell_core::{Clock, Delivery, Receiver, Timestamp, verify};
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
        "chain" => chain(&request, sources, deliveries, flags.get("routes").copied().unwrap_or("any")),
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

/// Conditions that hold for the case, the last of a thousand among them.
fn conditions(routes: &str) -> Vec<String> {
    match routes {
        "any" => vec!["true".to_owned()],
        "type" => vec!["type == 'push'".to_owned()],
        "header" => vec!["headers['x-github-event'].startsWith('pu')".to_owned()],
        "many" => {
            let branch = |number: usize| {
                if number == 999 { "refs/tags/simple-tag".to_owned() } else { format!("refs/heads/{number}") }
            };
            (0..1_000).map(|number| format!("type == 'push' && body.ref == '{}'", branch(number))).collect()
        }
        routes => panic!("--routes {routes}: not known"),
    }
}

fn chain(request: &Request, sources: usize, deliveries: usize, routes: &str) {
    let name = DestinationName::parse("nowhere").unwrap();
    let nowhere = Arc::new(Target::new(name, Arc::new(Discard)));
    let numbered = |number: usize| {
        let github = provider("github");
        let keys = keyring(&github.scheme, &[SECRET]).unwrap();
        let base = source(github, &format!("/hooks/{number}"), Some(keys), vec![Arc::clone(&nowhere)]);
        let base = if routes == "any" { base } else { Source { routes: asking(routes, &nowhere), ..base } };
        // Without dedupe: its content digest is a second hash over the body, behind which the rest would hide.
        Source { name: SourceName::parse(&format!("github-{number}")).unwrap(), dedupe: Rule::Off, ..base }
    };
    let receiver =
        Receiver::new((0..sources).map(numbered).collect(), Arc::new(Forgetful), Arc::new(ManualClock::at(NOW)), 0);
    let clock = SystemClock::start();
    for number in 0..deliveries {
        let path = format!("/hooks/{}", number % sources);
        let heard = ring(&receiver, Request { path, ..request.clone() }, NOW);
        assert_eq!(heard.line(), ("handed-off", "", 200));
    }
    println!("{}", clock.monotonic().as_nanos());
}

fn asking(routes: &str, target: &Arc<Target>) -> Routes {
    let route = |text: &String| Route {
        when: Some(Arc::new(Condition::parse(text, &[]).unwrap())),
        ..Route::to(vec![Arc::clone(target)])
    };
    Routes::new(conditions(routes).iter().map(route).collect())
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
