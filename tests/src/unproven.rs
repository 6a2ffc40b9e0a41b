//! Deliveries that each lack their proof in another way.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::Timestamp;

use crate::dedupe::Book;
use crate::destination::Scripted;
use crate::door::Request;
use crate::stage::{Stage, source_of, tag};

/// One source of each provider that [`every_kind`] sends to.
#[must_use]
pub fn stage(to: &Arc<Scripted>) -> Stage {
    let sources = ["github", "gitlab", "shopify", "slack", "standard-webhooks", "stripe"];
    Stage::new(sources.map(|name| source_of(name, vec![to.target("one")])).into(), Arc::new(Book::default()), 0)
}

/// One delivery for each guard of the proof, named after it, in the order of their names. Sets the stage's clock.
#[must_use]
#[track_caller]
pub fn every_kind(stage: &Stage) -> [(&'static str, Request); 13] {
    let message = || stage.message("msg_1");
    let stripe = |value: &str| Request::post("/stripe", "{}").header("stripe-signature", value);
    let set = |mut request: Request, name: &'static str, value: &str| {
        request.headers.insert(name, value.parse().expect("a header value"));
        request
    };
    let hex = "00".repeat(32);
    let old = stage.signed("stripe", Request::post("/stripe", "{}"));
    stage.clock.advance(Duration::from_secs(400));
    let future = message();
    // Between the two: one was signed 301 s ago, the other in 99 s.
    stage.clock.set_wall(Timestamp::from_unix_seconds(1_790_000_301));
    let no_time = {
        let mut request = message();
        request.headers.remove("webhook-timestamp");
        request
    };
    let letters = {
        // A time that is none, under a genuine tag: only who knows the secret gets this far.
        let mac = tag(b"v0:soon:{}");
        Request::post("/slack", "{}")
            .header("x-slack-request-timestamp", "soon")
            .header("x-slack-signature", &format!("v0={mac}"))
    };
    let many = vec![format!("v1,{}=", "A".repeat(43)); 17].join(" ");
    [
        ("bad-credentials", Request::post("/gitlab", "{}").header("x-gitlab-token", "guess")),
        ("bad-signature", stripe(&format!("t=1790000300,v1={hex}"))),
        ("duplicate-header", message().header("webhook-id", "msg_2")),
        ("empty-signature", stripe("")),
        ("future-timestamp", future),
        ("malformed-signature", stripe("t=1790000300,v1=0")),
        ("malformed-timestamp", letters),
        ("missing-header", stage.signed("shopify", Request::post("/shopify", "{}"))),
        ("missing-signature", Request::post("/github", "{}")),
        ("missing-timestamp", no_time),
        ("stale-timestamp", old),
        ("too-many-signatures", set(message(), "webhook-signature", &many)),
        ("unsupported-version", stripe(&format!("t=1790000300,v0={hex}"))),
    ]
}
