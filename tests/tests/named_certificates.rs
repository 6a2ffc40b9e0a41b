//! A key that a delivery names by its URL, as PayPal's do: what is asked for it, and when.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::clock::ManualClock;
use conformance::dedupe::Forgetful;
use conformance::destination::Scripted;
use conformance::door::{Heard, Request, ring};
use conformance::repository::read;
use conformance::source::{certificates, source};
use conformance::stage::provider;
use doorbell::conform::{Case, Secrets};
use doorbell_core::keys::{KeyFault, KeySource, Keys, Want};
use doorbell_core::secret::Keyring;
use doorbell_core::source::Source;
use doorbell_core::verify::Scheme;
use doorbell_core::{BoxFuture, Clock, Receiver, Timestamp};

const URL: &str = "paypal-cert-url";
const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);

/// PayPal's host: it has the one certificate, under whatever name it is asked for.
#[derive(Clone, Debug, Default)]
struct Host {
    pem: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl KeySource for Host {
    fn fetch(&self, want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>> {
        let mut asked = self.asked.lock().unwrap();
        if let Want::Named(url) = want {
            asked.push(url.to_owned());
        }
        let held = certificates(&scheme(), asked.iter().map(|url| (url.as_str(), self.pem.as_str()))).unwrap();
        Box::pin(std::future::ready(Ok(held)))
    }

    fn ttl(&self) -> Duration {
        Duration::MAX
    }
}

fn scheme() -> Scheme {
    let values = [("webhook_id".to_owned(), genuine().1)].into();
    provider("paypal").scheme.clone().for_setup(None, &values)
}

/// A delivery that PayPal's own library accepts, and the id of its webhook.
fn genuine() -> (Case, String) {
    let cases: Vec<serde_json::Value> = serde_json::from_str(&read("tests/vectors/paypal.json")).unwrap();
    let case = cases.into_iter().find(|case| case["name"] == "paypal/open/accept-genuine").unwrap();
    let id = case["config"]["webhook_id"].as_str().unwrap().to_owned();
    (serde_json::from_value(case).unwrap(), id)
}

struct Stand {
    host: Host,
    url: String,
    request: Request,
    clock: ManualClock,
    receiver: Receiver,
}

fn stand() -> Stand {
    let (case, _) = genuine();
    let Secrets::Certificates(held) = &case.secret else { panic!("{:?}", case.secret) };
    let (url, pem) = held.first_key_value().unwrap();
    let host = Host { pem: pem.clone(), ..Host::default() };
    let clock = ManualClock::at(Timestamp::from_unix_seconds(case.now));
    let keys = Keys::named(Arc::new(host.clone()), Ok(certificates(&scheme(), []).unwrap()), clock.now());
    let table = source(provider("paypal"), &case.request.path, None, vec![Scripted::new(&[]).target("kept")]);
    let source = Source { scheme: scheme(), keys, ..table };
    let request = Request { headers: case.request.headers, ..Request::post(&case.request.path, case.request.body) };
    let receiver = Receiver::new(vec![source], Arc::new(Forgetful), Arc::new(clock.clone()), 0);
    Stand { host, url: url.clone(), request, clock, receiver }
}

impl Stand {
    fn ring(&self, header: &'static str, value: &str) -> Heard {
        let mut request = self.request.clone();
        request.headers.insert(header, value.parse().unwrap());
        ring(&self.receiver, request, self.clock.now())
    }

    fn asked(&self) -> Vec<String> {
        self.host.asked.lock().unwrap().clone()
    }
}

#[test]
fn the_certificate_is_fetched_once_and_a_forgery_asks_for_none() {
    let stand = stand();
    let other = stand.url.replace("CERT-", "CERT-0");
    for _ in 0..2 {
        assert_eq!(stand.ring(URL, &stand.url).line(), HANDED_OFF);
    }
    let forged = stand.ring("paypal-transmission-id", "another").line();
    assert_eq!(forged, ("refused", "bad-signature", 401));
    assert_eq!(stand.asked(), [stand.url.as_str()]);
    // Another certificate may be the one that signed this: it is asked for before anything is said.
    stand.clock.advance(Duration::from_secs(60));
    let mut request = stand.request.clone();
    request.headers.insert(URL, other.parse().unwrap());
    request.headers.insert("paypal-transmission-id", "another".parse().unwrap());
    let forged = ring(&stand.receiver, request, stand.clock.now()).line();
    assert_eq!(forged, ("refused", "bad-signature", 401));
    assert_eq!(stand.asked(), [stand.url.as_str(), &other]);
}

/// Whoever may choose what we fetch sends us to hosts that only we reach.
#[test]
fn nothing_is_asked_but_a_name_under_the_senders_own_host() {
    let stand = stand();
    let under = stand.url.rsplit_once('/').unwrap().0;
    for url in [
        format!("{under}/"),
        format!("{under}/../x"),
        format!("{under}/CERT-1/x"),
        format!("{under}/CERT-1?x"),
        format!("{under}/CERT-1#x"),
        format!("{under}/CERT%2f1"),
        format!("{under}.evil.example/CERT-1"),
        stand.url.replace("https", "http"),
        stand.url.replace("api.", "me@api."),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        assert_eq!(stand.ring(URL, &url).line(), ("refused", "untrusted-url", 401), "{url}");
    }
    assert!(stand.asked().is_empty());
}

/// The sender says how it signs; anything else than what is taken is not tried.
#[test]
fn another_algorithm_is_another_version() {
    let mut stand = stand();
    assert_eq!(stand.ring("paypal-auth-algo", "SHA1withRSA").line(), ("refused", "unsupported-version", 401));
    let url = stand.url.clone();
    stand.request.headers.remove("paypal-auth-algo");
    assert_eq!(stand.ring(URL, &url).line(), ("refused", "missing-header", 401));
}
