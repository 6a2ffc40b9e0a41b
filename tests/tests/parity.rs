//! Promise 6: whichever door a request comes through, the answer is the same, and so is what leaves.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conformance::destination::{Scripted, Step};
use conformance::door::{Heard, Request, admit};
use conformance::invocation::{Front, Invoked};
use conformance::source::asking;
use conformance::stage::{Stage, long, source_of};
use conformance::unproven;
use conformance::way::{Came, Got, Reply, Way, stage};
use doorbell_core::document::Document;
use doorbell_core::handshake::Agreed;
use doorbell_core::keys::Keys;
use doorbell_core::limit::Limiter;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::provider::handshakes;
use doorbell_core::receiver::Cut;
use doorbell_core::reply::Yes;
use doorbell_core::respond::{Respond, Template};
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::source::Source;
use http::{HeaderName, HeaderValue, Method};

/// What is sent to a stage, signed for it.
type Sends = dyn Fn(&Stage) -> Vec<Request>;

/// Requests that come one after the other, and what becomes of each.
struct Case {
    name: &'static str,
    /// What the destination does.
    script: &'static [Step],
    /// Trusted proxies, as the operator declares them.
    hops: u8,
    requests: Box<Sends>,
    lines: Vec<&'static str>,
    but: &'static [But],
}

/// What a door's platform makes of a request that it cannot carry as it is.
#[derive(Clone, Copy)]
struct But {
    fronts: &'static [Front],
    /// What becomes of the request instead.
    lines: &'static [&'static str],
    /// What is lost on the way.
    reason: &'static str,
}

const JOINS: &[Front] = &[Front::Url, Front::HttpApi];
const ENDS_TLS: &[Front] = &[Front::Url, Front::HttpApi, Front::RestApi];

/// One source of each provider of [`unproven::stage`], and GitHub's under every limit.
fn sources(to: &Arc<Scripted>) -> Vec<Source> {
    let of = |name| source_of(name, vec![to.target("one")]);
    let github =
        |name: &str| Source { name: SourceName::parse(name).unwrap(), path: format!("/{name}"), ..of("github") };
    let providers = ["github", "gitlab", "shopify", "slack", "standard-webhooks", "stripe"].map(of);
    let mut sources = Vec::from(providers);
    sources.extend([
        Source { events: Filter::new(Some(&["push".to_owned()])), ..github("pushes") },
        Source { rate: Some(Limiter::new(1, Duration::from_secs(10), 1)), ..github("slow") },
        Source { body_limit: 100, ..github("small") },
        Source { keys: Keys::fixed(None), ..github("closed") },
        Source { allow: vec!["192.0.2.0/24".parse().unwrap()], ..github("listed") },
    ]);
    let tells = |name: &str, respond| {
        let routes = Routes::new(vec![Route { respond, ..Route::to(vec![to.target("one")]) }]);
        Source { routes, ..github(name) }
    };
    let xml = Template {
        status: Yes::of(202).unwrap(),
        content_type: HeaderValue::from_static("text/xml; charset=utf-8"),
        headers: vec![(HeaderName::from_static("x-own"), HeaderValue::from_static("1"))],
        body: Some(Document::parse("<a b=\"{{ body.ref }}\">\u{e9}\r\n</a>", "text/xml", &[]).unwrap()),
    };
    sources.extend([
        tells("told", Respond::Template(Arc::new(xml))),
        tells("relayed", Respond::Relay(DestinationName::parse("one").unwrap())),
    ]);
    let scheme = || doorbell_core::provider::find("github", None).unwrap().scheme.clone();
    let asks = |name: &str, handshakes| Source { provider: Some(asking(scheme(), handshakes)), ..github(name) };
    sources.extend([
        asks("echo", handshakes::DROPBOX),
        asks("probed", handshakes::TRELLO),
        asks("headers", handshakes::SMARTSHEET),
        Source {
            agreed: Agreed {
                values: [("allowed_origins".to_owned(), "a.example".to_owned())].into(),
                ..Agreed::default()
            },
            ..asks("origins", handshakes::CLOUDEVENTS_WEBHOOK)
        },
    ]);
    sources
}

fn case(name: &'static str, lines: &[&'static str], requests: fn(&Stage) -> Vec<Request>) -> Case {
    Case { name, script: &[], hops: 0, requests: Box::new(requests), lines: lines.to_vec(), but: &[] }
}

/// A push to a source of GitHub's scheme, unsigned.
fn push(path: &str) -> Request {
    Request::post(path, r#"{"ref":"refs/heads/main"}"#)
        .header("content-type", "application/json")
        .header("x-github-event", "push")
        .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
}

fn signed(stage: &Stage, request: Request) -> Request {
    stage.signed("github", request)
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("handed off, then its duplicate", &["handed-off 200", "duplicate 200"], |stage| {
            vec![stage.message("msg_1"), stage.message("msg_1")]
        }),
        case("claimed facts", &["handed-off 200", "duplicate 200"], |stage| {
            vec![signed(stage, push("/github")), signed(stage, push("/github"))]
        }),
        case("a token instead of a signature", &["handed-off 200"], |_| {
            let token = conformance::stage::SECRET;
            vec![Request::post("/gitlab", "{}").header("x-gitlab-token", token).header("x-gitlab-event", "Push Hook")]
        }),
        case("a body that is not text", &["handed-off 200"], |stage| {
            vec![signed(stage, Request { body: (0..=255_u8).collect::<Vec<_>>().into(), ..push("/github") })]
        }),
        case("a body of text that is not ASCII", &["handed-off 200"], |stage| {
            let body = Bytes::from("{\"a\":\"\\u00e9 \u{e9} \u{1f514}\",\r\n\"b\":\"\u{2028}\"}");
            vec![signed(stage, Request { body, ..push("/github") })]
        }),
        case("a query", &["handed-off 200"], |stage| {
            vec![signed(stage, Request { query: Some("team=7".to_owned()), ..push("/github") })]
        }),
        case("an encoded path", &["refused unknown-path 404"], |stage| vec![signed(stage, push("/git%68ub"))]),
        case("an answer by a template, and its duplicate", &["handed-off 202", "duplicate 202"], |stage| {
            vec![signed(stage, push("/told")), signed(stage, push("/told"))]
        }),
        Case {
            script: &[Step::Say(b"\x00\xff no text"), Step::Say(b"{\"text\": \"\xc3\xa9\"}"), Step::Say(b"")],
            ..case("an answer that is relayed", &["handed-off 200"; 3], |stage| {
                let push = |id: &str| {
                    let mut request = push("/relayed");
                    request.headers.insert("x-github-delivery", id.parse().unwrap());
                    signed(stage, request)
                };
                ["1", "2", "3"].map(push).into()
            })
        },
        case("ignored by the source's events", &["ignored filtered 200"], |stage| {
            let mut request = push("/pushes");
            request.headers.insert("x-github-event", "issues".parse().unwrap());
            vec![signed(stage, request)]
        }),
        case("a signed handshake", &["answered 200"], |stage| {
            let body = r#"{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"}"#;
            vec![stage.signed("slack", Request::post("/slack", body))]
        }),
        case("an unsigned handshake", &["answered 200"], |_| {
            let form = Request::post("/slack", "token=abc&ssl_check=1");
            vec![form.header("content-type", "application/x-www-form-urlencoded")]
        }),
        case("handshakes by other methods", &["answered 200"; 4], |_| {
            let asks = |method, path, query: Option<&str>| {
                let query = query.map(str::to_owned);
                Request { method, query, ..Request::post(path, "") }
            };
            vec![
                asks(Method::GET, "/echo", Some("challenge=%7Eb%7E1")),
                asks(Method::HEAD, "/probed", None),
                asks(Method::OPTIONS, "/origins", None).header("webhook-request-origin", "a.example"),
                asks(Method::POST, "/headers", None).header("smartsheet-hook-challenge", "c-1"),
            ]
        }),
        case("a probe", &["200", "200"], |_| {
            ["/-/live", "/-/ready"].map(|path| Request { method: Method::GET, ..Request::post(path, "") }).into()
        }),
        case("no such path", &["refused unknown-path 404"], |stage| vec![signed(stage, push("/nowhere"))]),
        case("another method", &["refused method-not-allowed 405"; 3], |_| {
            [Method::GET, Method::PUT, Method::OPTIONS]
                .map(|method| Request { method, ..Request::post("/github", "") })
                .into()
        }),
        case("a declared length over the limit", &["handed-off 200", "refused too-large 413"], |stage| {
            [100, 101].map(|length| signed(stage, Request { body: long(length), ..push("/small") })).into()
        }),
        case("an undeclared length over the limit", &["handed-off 200", "refused too-large 413"], |stage| {
            let chunked =
                |length| Request { body: long(length), ..push("/small") }.header("transfer-encoding", "chunked");
            [100, 101].map(|length| signed(stage, chunked(length))).into()
        }),
        case("more than the rate", &["handed-off 200", "refused too-many 429"], |stage| {
            vec![signed(stage, push("/slow")), signed(stage, push("/slow"))]
        }),
        case("a source without its secrets", &["failed secrets-missing 503"], |stage| {
            vec![signed(stage, push("/closed"))]
        }),
        Case {
            script: &[Step::Refuse, Step::PanicInFuture],
            ..case(
                "a destination that fails",
                &["failed destination-failed 503", "failed destination-panicked 503", "handed-off 200"],
                |stage| vec![stage.message("msg_1"), stage.message("msg_1"), stage.message("msg_1")],
            )
        },
        case("an address that is not allowed", &["refused address-not-allowed 403"], |stage| {
            vec![signed(stage, push("/listed"))]
        }),
        Case {
            hops: 1,
            but: &[But {
                fronts: ENDS_TLS,
                lines: &["handed-off 200"],
                reason: "the platform ended TLS itself: what the header says is the client's invention",
            }],
            ..case("plain HTTP in front of a proxy", &["refused not-https 403"], |stage| {
                vec![signed(stage, push("/github").header("x-forwarded-proto", "http"))]
            })
        },
        Case {
            but: &[
                But {
                    fronts: JOINS,
                    lines: &["refused malformed-signature 401"],
                    reason: "repeated headers arrive joined with a comma",
                },
                But {
                    fronts: &[Front::Alb],
                    lines: &["handed-off 200"],
                    reason: "only the last of repeated headers arrives",
                },
            ],
            ..case("the signature twice", &["refused duplicate-header 401"], |stage| {
                let request = signed(stage, push("/github"));
                let tag = request.headers["x-hub-signature-256"].to_str().unwrap().to_owned();
                vec![request.header("x-hub-signature-256", &tag)]
            })
        },
    ];
    cases.extend(refused());
    cases
}

/// Each guard of the proof.
fn refused() -> impl Iterator<Item = Case> {
    let kinds = unproven::every_kind(&unproven::stage(&Scripted::new(&[])));
    kinds.into_iter().enumerate().map(|(index, (guard, _))| {
        let request = move |stage: &Stage| vec![unproven::every_kind(stage)[index].1.clone()];
        let but: &[But] = match guard {
            "duplicate-header" => &[
                But {
                    fronts: JOINS,
                    lines: &["refused bad-signature 401"],
                    reason: "repeated headers arrive joined with a comma",
                },
                But {
                    fronts: &[Front::Alb],
                    lines: &["refused bad-signature 401"],
                    reason: "only the last of repeated headers arrives",
                },
            ],
            _ => &[],
        };
        let line: &'static str = String::leak(format!("refused {guard} 401"));
        Case { name: guard, script: &[], hops: 0, requests: Box::new(request), lines: vec![line], but }
    })
}

/// As senders do it: with the length, where it is known.
fn with_length(request: Request) -> Request {
    if request.headers.contains_key("transfer-encoding") || request.method == Method::GET {
        return request;
    }
    let length = request.body.len().to_string();
    request.header("content-length", &length)
}

async fn play(case: &Case, way: Way) -> (Vec<Came>, Vec<Got>) {
    let (stage, destination) = stage(sources, case.script, case.hops);
    let requests: Vec<Request> = (case.requests)(&stage).into_iter().map(with_length).collect();
    let came = way.send(&stage, &requests).await;
    let sources = stage.receiver.sources();
    sources.for_each(|source| assert!(source.tally.counts().balanced(), "{}: {way:?}", case.name));
    (came, destination.taken().into_iter().map(Got::from).collect())
}

#[tokio::test]
async fn every_door_answers_alike() {
    for case in cases() {
        let (core, core_got) = play(&case, Way::Core).await;
        let lines = |came: &[Came]| came.iter().map(|came| came.line.clone()).collect::<Vec<_>>();
        assert_eq!(lines(&core), case.lines, "{}", case.name);
        for way in Way::ALL {
            let (came, got) = play(&case, way).await;
            let label = format!("{}: {way:?}", case.name);
            let but = case.but.iter().find(|but| matches!(way, Way::Lambda(front) if but.fronts.contains(&front)));
            if let Some(But { lines: instead, reason, .. }) = but {
                assert_eq!(lines(&came), *instead, "{label}: {reason}");
            } else {
                assert_eq!(lines(&came), case.lines, "{label}");
                assert_eq!(got, core_got, "{label}");
            }
            // One status, one reply: whatever was lost on the way.
            for (came, core) in came.iter().zip(&core).filter(|(came, core)| came.reply.status == core.reply.status) {
                assert_eq!(came.reply, core.reply, "{label}");
            }
        }
    }
}

/// What a door's platform makes of this query reaches the content digest, which is the id of an event without one.
#[tokio::test]
async fn a_query_that_a_door_destroys_changes_the_digest_and_nothing_else() {
    let case = case("a query with a name twice, and without an id", &["handed-off 200"], |stage| {
        let mut request = Request { query: Some("b=2&a=%7E1&b=&c".to_owned()), ..push("/github") };
        request.headers.remove("x-github-delivery");
        vec![signed(stage, request)]
    });
    let (core, mut core_got) = play(&case, Way::Core).await;
    let digest = core_got[0].attributes["id"].take();
    for way in Way::ALL {
        let (came, mut got) = play(&case, way).await;
        let destroyed = matches!(way, Way::Lambda(Front::RestApi | Front::Alb | Front::AlbMulti));
        assert_eq!(got[0].attributes["id"].take() != digest, destroyed, "{way:?}");
        assert_eq!((&came[0].line, &came[0].reply), (&core[0].line, &core[0].reply), "{way:?}");
        assert_eq!(got, core_got, "{way:?}");
    }
}

/// Base64 that does not decode: HTTP has no such thing.
#[tokio::test]
async fn a_body_that_does_not_decode_is_a_400_at_every_lambda_door() {
    let undecodable = |stage: &Stage| {
        let admitted = admit(&stage.receiver, &stage.message("msg_1"), doorbell_core::Clock::now(&stage.clock));
        Heard::of(stage.receiver.refuse(*admitted.unwrap(), Cut::Undecodable), true)
    };
    for front in Front::ALL {
        let (stage, destination) = stage(sources, &[], 0);
        let invoked = Invoked::start(&stage).await;
        let mut event = front.event(&stage.message("msg_1"));
        event["body"] = "%%%".into();
        event["isBase64Encoded"] = true.into();
        let answer = invoked.invoke(front, &event).await;
        assert_eq!(invoked.log.outcome(&answer), "refused malformed-request 400");
        let core = undecodable(&stage);
        let mut expected = http::Response::new(core.body);
        *expected.status_mut() = core.status.try_into().unwrap();
        *expected.headers_mut() = core.headers;
        assert_eq!(Reply::of(&answer), Reply::of(&expected), "{front:?}");
        assert!(destination.taken().is_empty());
    }
}
