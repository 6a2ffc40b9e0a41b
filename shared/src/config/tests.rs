//! One broken thing per case; the whole line is compared, because the line is the product.

use super::*;
use crate::dedupe::Rule;
use crate::destination::Durability;
use crate::locate::Locate;
use crate::verify::jwt::{Algorithm, Audience, Issuer};
use crate::verify::{Encoding, Expected, Hash, KeyForm, KeyPlace, Layout, Part, Scheme, TokenPlace, Unit, Window};

const fn kind(name: &'static str, keys: &'static [Key], durability: Durability) -> Kind {
    Kind {
        name,
        keys,
        doc: "a kind",
        built: true,
        durability,
        danger: None,
        relays: false,
        largest: None,
        parks: false,
    }
}

const ROTATE: Shape = Shape::Bytes { min: 1, max: u64::MAX };

pub(super) static REGISTRY: Registry = Registry {
    destinations: &[
        kind(
            "journal",
            &[
                Key::new("path", Shape::Text, "the file").required(),
                Key::new("rotate", ROTATE, "the size at which a new file is begun"),
                Key::new("labels", Shape::Map(&Shape::Text), "what to add to each line"),
            ],
            Durability::HostDurable,
        ),
        Kind { danger: Some("dangerously_stdout"), ..kind("stdout", &[], Durability::None) },
        Kind { danger: Some("dangerously_discard"), ..kind("discard", &[], Durability::None) },
        Kind { built: false, ..kind("pubsub", &[], Durability::Durable) },
    ],
    stores: &[
        kind("memory", &[], Durability::None),
        Kind { built: false, ..kind("redis", &[Key::new("url", Shape::Url, "where it is")], Durability::Durable) },
    ],
    secret_schemes: &["env", "file"],
    providers: crate::provider::ALL,
};

const SOUND: &str = r#"[source.github]
provider = "github"
secret = "env://GITHUB"

[[route]]
to = ["audit"]

[destination.audit]
kind = "journal"
path = "audit.jsonl"
"#;

fn read(text: &str) -> Result<Config, String> {
    Config::parse(text, "d.toml", &REGISTRY).map_err(|problems| problems.to_string())
}

/// One replacement in a sound config, and every line that it must cause.
#[track_caller]
fn check(was: &str, is: &str, lines: &[&str]) {
    assert!(SOUND.contains(was), "{was}");
    let text = SOUND.replacen(was, is, 1);
    let problems = read(&text).err().unwrap_or_default();
    let expected: Vec<String> = lines.iter().map(|line| format!("d.toml:{line}")).collect();
    assert_eq!(problems, expected.join("\n"), "\n{text}");
}

/// Lines added to the source, which ends in line 3.
#[track_caller]
fn check_source(added: &str, lines: &[&str]) {
    check("\n\n[[route]]", &format!("\n{added}\n\n[[route]]"), lines);
}

/// A described scheme in place of the provider, in line 2.
#[track_caller]
fn check_scheme(scheme: &str, lines: &[&str]) {
    check("provider = \"github\"", &format!("verify = {{ {scheme} }}"), lines);
}

#[test]
fn a_sound_config_reads() {
    let config = read(SOUND).unwrap();
    let [source] = config.sources.as_slice() else { panic!("{config:?}") };
    assert_eq!((source.name.as_str(), source.at), ("github", At { line: 1, column: 9 }));
    assert_eq!(source.path, Placed { value: "/github".to_owned(), at: source.at });
    assert!(matches!(&source.verifier, VerifierConfig::Provider(github) if github.value.name == "github"));
    let secret = Placed { value: SecretRef::Env { name: "GITHUB".to_owned() }, at: At { line: 3, column: 10 } };
    assert_eq!(source.secrets, [secret]);
    assert_eq!((source.dedupe, &source.limits), (Rule::Id, &Limits::default()));
    let [route] = config.routes.as_slice() else { panic!("{config:?}") };
    assert_eq!(route.at, At { line: 5, column: 1 });
    assert_eq!(route.to, [Placed { value: "audit".to_owned(), at: At { line: 6, column: 7 } }]);
    assert!(route.takes("github") && route.requires("audit") && !route.requires("builds"));
    let [audit] = config.destinations.as_slice() else { panic!("{config:?}") };
    assert_eq!((audit.name.as_str(), audit.kind.name, audit.timeout), ("audit", "journal", None));
    assert_eq!(audit.settings.text("path"), Some("audit.jsonl"));
    assert_eq!(audit.settings.at("path"), At { line: 10, column: 8 });
    assert_eq!((config.dedupe.store.map(|store| store.name), config.dedupe.window), (Some("memory"), None));
    assert_eq!(config.warnings(), []);
}

#[test]
fn every_built_key_reads() {
    let config = read(
        r#"
        trusted_hops = 1
        public_url = "https://hooks.example.com"
        dedupe = { store = "memory", window = "72h" }
        [source.billing]
        path = "/in/stripe"
        provider = "gitlab"
        mode = "signing-token"
        secret = ["env://NEW", "file:///secrets/old"]
        ack_within = "8s"
        dedupe = "content"
        events = ["push", "pull_request.opened"]
        public_url = "http://localhost:8080/in/stripe"
        [source.partner]
        secret = "file:///secrets/partner"
        verify = { hmac = "sha512", header = "X-Signature", prefix = "v1=", encoding = "base64url", signed = ["header:X-Time", ".", "body"], time = "header:X-Time", unit = "ms", max_age = "10m", max_future = "0s" }
        id = "header:X-Event-Id"
        type = "json:/event_type"
        dedupe = "off"
        limits = { body = "256KiB", rate = "50/s", burst = 100, allow = ["192.0.2.0/24", "2001:db8::1"] }
        [source.open]
        dangerously_unsigned = true
        [[route]]
        from = ["billing"]
        to = ["audit"]
        [[route]]
        to = ["audit", "nowhere"]
        [destination.audit]
        kind = "journal"
        path = "audit.jsonl"
        timeout = "2s"
        rotate = 1_000_000
        labels = { team = "payments" }
        [destination.nowhere]
        kind = "discard"
        dangerously_discard = true
        "#,
    )
    .unwrap();
    assert_eq!(config.trusted_hops, Some(1));
    assert_eq!(config.public_url.unwrap().value, "https://hooks.example.com");
    assert_eq!(config.dedupe.window, Some(Duration::from_secs(259_200)));
    let [billing, partner, open] = config.sources.as_slice() else { panic!("{:?}", config.sources) };
    assert_eq!(billing.path.value, "/in/stripe");
    assert!(
        matches!(&billing.verifier, VerifierConfig::Provider(gitlab) if gitlab.value.mode == Some("signing-token"))
    );
    assert_eq!(billing.secrets.len(), 2);
    assert_eq!(billing.ack_within.as_ref().unwrap().value, Duration::from_secs(8));
    assert_eq!(billing.dedupe, Rule::Content);
    assert_eq!(
        billing.events.iter().map(|event| event.value.as_str()).collect::<Vec<_>>(),
        ["push", "pull_request.opened"]
    );
    assert_eq!(billing.public_url.as_ref().unwrap().value, "http://localhost:8080/in/stripe");
    let Scheme::Mac(scheme) = partner.scheme() else { panic!("{partner:?}") };
    assert_eq!((scheme.hash, scheme.message.encoding, scheme.key), (Hash::Sha512, Encoding::Base64Url, KeyForm::Raw));
    assert_eq!(
        (scheme.message.header().unwrap().as_ref(), &scheme.message.layout),
        ("x-signature", &Layout::Whole("v1=".into()))
    );
    let time_part = Part::Header("x-time".into());
    assert_eq!(scheme.message.parts.as_ref(), [time_part.clone(), Part::Literal(".".into()), Part::Body]);
    let time = scheme.message.time.as_ref().unwrap();
    assert_eq!((&time.part, time.unit), (&time_part, Unit::Millis));
    assert_eq!(time.window, Some(Window { max_age: Duration::from_secs(600), max_future: Duration::ZERO }));
    assert_eq!(partner.id.as_ref().unwrap().value, Locate::Header("x-event-id".into()));
    assert_eq!(partner.kind.as_ref().unwrap().value, Locate::Json("/event_type".into()));
    assert_eq!(partner.dedupe, Rule::Off);
    assert_eq!((partner.limits.body, partner.limits.burst), (Some(262_144), Some(100)));
    assert_eq!(
        partner.limits.allow.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["192.0.2.0/24", "2001:db8::1/128"]
    );
    assert!(matches!(open.verifier, VerifierConfig::DangerouslyUnsigned) && open.secrets.is_empty());
    let audit = &config.destinations[0].settings;
    assert_eq!((audit.bytes("rotate"), audit.map("labels")), (Some(1_000_000), vec![("team", "payments")]));
    assert!(config.destinations[1].settings.flag("dangerously_discard"));
}

#[test]
fn a_described_scheme_has_defaults() {
    let text = SOUND.replace(
        "provider = \"github\"",
        r#"verify = { hmac = "sha256", header = "X-Sig", signed = ["header:X-T", "body"], time = "header:x-t" }"#,
    );
    let config = read(&text).unwrap();
    let Scheme::Mac(scheme) = config.sources[0].scheme() else { panic!("{config:?}") };
    assert_eq!((scheme.message.encoding, &scheme.message.layout), (Encoding::HexAnyCase, &Layout::Whole("".into())));
    let time = scheme.message.time.as_ref().unwrap();
    let window = Window { max_age: Duration::from_secs(300), max_future: Duration::from_secs(60) };
    assert_eq!((time.unit, time.window), (Unit::Seconds, Some(window)));
    assert_eq!(config.warnings(), []);
}

#[test]
fn text_that_is_not_toml() {
    check(
        "secret = \"env://GITHUB\"",
        "secret = whsec_abc",
        &["3:10: string values must be quoted, expected literal string; mend the TOML here"],
    );
    check("[[route]]", "[[route]", &["5:9: unclosed array table, expected `]`; mend the TOML here"]);
    check("provider", "secret = \"env://A\"\nprovider", &["4:1: duplicate key; mend the TOML here"]);
}

#[test]
fn values_of_the_wrong_form() {
    check_source(
        "path = \"in\"",
        &[r#"4:8: "path" is not a path for a source; write one such as "/in/stripe", without ? and #, not under /-/"#],
    );
    check_source(
        "path = \"/-/live\"",
        &[r#"4:8: "path" is not a path for a source; write one such as "/in/stripe", without ? and #, not under /-/"#],
    );
    check_source(
        "path = 3",
        &[r#"4:8: "path" is not a path for a source; write one such as "/in/stripe", without ? and #, not under /-/"#],
    );
    check_source(
        "events = [\"push\", \"pull_requst.opened\", \"colours\", \"issues.*\"]",
        &[
            r#"4:19: GitHub has no event "pull_requst"; did you mean "pull_request"?"#,
            r#"4:41: GitHub has no event "colours"; `doorbell providers github` lists its types"#,
        ],
    );
    check_source("events = []", &[r#"4:10: "events" is empty; name at least one, or remove it"#]);
    check_source("events = \"push\"", &[r#"4:10: "events" is not a list; put it in brackets"#]);
    check_source(
        "events = [\"push\", \"\", 3]",
        &[
            r#"4:19: an entry of "events" is not text; write some, in quotes"#,
            r#"4:23: an entry of "events" is not text; write some, in quotes"#,
        ],
    );
    check_source(
        "ack_within = 8",
        &[r#"4:14: "ack_within" is not a length of time; write a number and ms, s, m, h or d, such as "8s""#],
    );
    check_source(
        "ack_within = \"8\"",
        &[r#"4:14: "ack_within" is not a length of time; write a number and ms, s, m, h or d, such as "8s""#],
    );
    check_source("ack_within = \"48h\"", &[r#"4:14: "ack_within" is out of range; write 100ms to 1d"#]);
    check_source(
        "dedupe = \"contents\"",
        &[r#"4:10: "dedupe" is "contents", which is not known; did you mean "content"?"#],
    );
    check_source(
        "id = \"X-Id\"",
        &[
            r#"4:6: "id" is not a place in a request; write "header:NAME", "json:/pointer", "form:FIELD" or "query:NAME""#,
        ],
    );
    check_source(
        "type = \"json:event\"",
        &[
            r#"4:8: "type" is not a place in a request; write "header:NAME", "json:/pointer", "form:FIELD" or "query:NAME""#,
        ],
    );
    check_source("limits = 3", &[r#"4:10: "limits" is not a table; give it keys, under a [header] or in braces"#]);
    check_source("limits = { body = \"64MiB\" }", &[r#"4:19: "body" is out of range; write 1B to 32MiB"#]);
    check_source(
        "limits = { body = -1 }",
        &[r#"4:19: "body" is not a size; write a number of bytes, or an amount such as "256KiB""#],
    );
    check_source(
        "limits = { rate = \"50\" }",
        &[r#"4:19: "rate" is not a rate; write a number and s, m or h, such as "50/s""#],
    );
    check_source("limits = { rate = \"1/s\", burst = 0 }", &[r#"4:34: "burst" is out of range; write 1 to 1000000"#]);
    check_source(
        "limits = { allow = [\"10.0.0.0/33\"] }",
        &[r#"4:21: an entry of "allow" is not an address or a range; write one such as "192.0.2.0/24" or "192.0.2.1""#],
    );
    check_source(
        "public_url = \"hooks.example.com\"",
        &[r#"4:14: "public_url" is not a URL; write one such as "https://hooks.example.com""#],
    );
    check_source(
        "dangerously_unsigned = \"no\"",
        &[r#"4:24: "dangerously_unsigned" is not true or false; write one of them, without quotes"#],
    );
    check(
        "[source.github]",
        "trusted_hops = 9\n[source.github]",
        &[r#"1:16: "trusted_hops" is out of range; write 0 to 8"#],
    );
    check(
        "[source.github]",
        "trusted_hops = 99999999999999999999\n[source.github]",
        &[r#"1:16: "trusted_hops" is out of range; write 0 to 8"#],
    );
    check(
        "[source.github]",
        "[source.GitHub]",
        &[r#"1:9: "GitHub" is not a name; use at most 63 of a-z, 0-9, - and _, a letter or digit first"#],
    );
    check(
        "[source.github]",
        "[dedupe]\nwindow = \"0s\"\n[source.github]",
        &[r#"2:10: "window" is out of range; write 1ms to 366d"#],
    );
}

#[test]
fn keys_that_do_not_exist_or_not_yet() {
    check_source(
        "secrte = \"whsec_abc\"",
        &[r#"4:1: unknown key "secrte" in [source.github]; did you mean "secret"?"#],
    );
    check_source(
        "colour = \"red\"",
        &[
            r#"4:1: unknown key "colour" in [source.github]; use path, provider, arn, mode, issuer, audience, email, verify, and, dangerously_unsigned, secret, verify_token, values, events, ack_within, dedupe, dead_letter, id, type, schema, split, limits or public_url"#,
        ],
    );
    check("to = [", "form = [\"github\"]\nto = [", &[r#"6:1: unknown key "form" in [[route]]; did you mean "from"?"#]);
    check("path = ", "paht = ", &[r#"10:1: unknown key "paht" in [destination.audit]; did you mean "path"?"#]);
    check(
        "[source.github]",
        "trusted_hop = 1\n[source.github]",
        &[r#"1:1: unknown key "trusted_hop" in the config; did you mean "trusted_hops"?"#],
    );
    check(
        "[source.github]",
        "[dedupe]\nstore = \"redis\"\nurl = \"redis://x\"\n[source.github]",
        &[r#"2:9: "store" is "redis", which is not built yet; use memory"#],
    );
    check(
        "[source.github]",
        "[dedupe]\nurl = \"redis://x\"\n[source.github]",
        &[r#"2:1: unknown key "url" in [dedupe]; use store or window"#],
    );
    check(
        "\"journal\"",
        "\"pubsub\"\ntopic = \"t\"",
        &[r#"9:8: "kind" is "pubsub", which is not built yet; use journal, stdout or discard"#],
    );
    check("\"journal\"", "\"jurnal\"", &[r#"9:8: "kind" is "jurnal", which is not known; did you mean "journal"?"#]);
    check(
        "kind = \"journal\"\n",
        "",
        &[r#"8:14: [destination.audit] has no "kind"; add kind: journal, stdout or discard"#],
    );
    check("path = \"audit.jsonl\"", "", &[r#"8:14: [destination.audit] has no "path"; add path: the file"#]);
}

#[test]
fn the_whole_grammar_is_known() {
    let later = |key: &&str| format!("{key} = \"x\"\n");
    let keys_of = |keys: &[&str]| keys.iter().map(later).collect::<String>();
    let source = keys_of(&["version"]);
    let text = SOUND.replace("[[route]]", &format!("{source}[[route]]\n"));
    let problems = read(&text).unwrap_err();
    assert_eq!(problems.lines().count(), 1, "{problems}");
    assert!(problems.lines().all(|line| line.ends_with("is not built yet; remove it")), "{problems}");
}

/// A source of signed tokens in place of the sound one, under a first line, and what comes of it.
fn tokens(first: &str, keys: &str) -> Result<Config, String> {
    let source = format!("{first}\n[source.work]\nprovider = \"google-pubsub\"\n{keys}");
    read(&SOUND.replace("[source.github]\nprovider = \"github\"\nsecret = \"env://GITHUB\"\n", &source))
}

#[test]
fn tokens_are_for_somebody_and_of_somebody() {
    let email = "email = \"push@p.iam.gserviceaccount.com\"\n";
    for (first, keys, audience) in [
        ("", "audience = \"hooks\"\n", "hooks"),
        ("public_url = \"https://a.example/\"", "audience = \"hooks\"\n", "hooks"),
        ("public_url = \"https://a.example/\"", "", "https://a.example/work"),
        ("public_url = \"https://a.example\"", "path = \"/in/work\"\n", "https://a.example/in/work"),
        ("public_url = \"https://a.example\"", "public_url = \"https://b.example/work\"\n", "https://b.example/work"),
    ] {
        let config = tokens(first, &format!("{keys}{email}")).unwrap();
        let [source] = config.sources.as_slice() else { panic!("{config:?}") };
        assert!(source.secrets.is_empty(), "the keys are published");
        let Scheme::Jwt(jwt) = source.scheme() else { panic!("{source:?}") };
        assert_eq!(jwt.audience, Audience::Exactly(audience.to_owned().into()));
        assert_eq!(jwt.email, Some(Expected::Exactly("push@p.iam.gserviceaccount.com".into())));
        let certs = KeyPlace::Set("https://www.googleapis.com/oauth2/v3/certs".into());
        assert_eq!(source.scheme().key_source(), Some(certs));
        assert_eq!(config.warnings(), []);
    }
    let pinned = tokens("", &format!("audience = \"hooks\"\n{email}secret = \"file:///keys.json\"\n")).unwrap();
    let [warning] = pinned.warnings().try_into().unwrap();
    assert_eq!(
        warning.line("d.toml"),
        "d.toml:6:10: source \"work\" pins the keys of Google Cloud Pub/Sub (push), which change; leave secret out: the published keys are fetched then"
    );
}

#[test]
fn dead_letters_are_of_a_queue_and_have_a_place() {
    let queue = |keys: &str, kind: &str| {
        let sound = "audience = \"hooks\"\nemail = \"push@p.iam.gserviceaccount.com\"\n";
        tokens("", &format!("{sound}{keys}\n[destination.dead]\n{kind}\n"))
    };
    let journal = "kind = \"journal\"\npath = \"dead.jsonl\"";
    // What only dead letters use is used; an action is no riddle to a source of anybody's events.
    let config = queue("dead_letter = \"dead\"\nevents = [\"pull_request.opened\"]", journal).unwrap();
    assert_eq!(config.sources[0].dead_letter.as_ref().unwrap().value, "dead");
    for (keys, kind, problem) in [
        (r#"dead_letter = "daed""#, journal, r#"6:15: no destination is called "daed"; did you mean "dead"?"#),
        ("dead_letter = 7", journal, r#"6:15: "dead_letter" is not text; write some, in quotes"#),
        ("", journal, r#"7:14: no route uses destination "dead"; add "dead" to a route's to or also, or remove it"#),
        (
            r#"dead_letter = "dead""#,
            r#"kind = "stdout""#,
            r#"8:8: destination "dead" is required, but its kind keeps nothing; choose a kind that keeps events, or add dangerously_stdout = true"#,
        ),
    ] {
        assert_eq!(queue(keys, kind).unwrap_err(), format!("d.toml:{problem}"));
    }
    check_source(
        "dead_letter = \"audit\"",
        &[r#"4:1: "dead_letter" for a source that no queue sends to; remove it: its senders are told what is refused"#],
    );
}

#[test]
fn tokens_of_nobody_or_for_nobody() {
    let problems = |keys: &str| tokens("", keys).unwrap_err();
    assert_eq!(
        problems("audience = \"hooks\"\n"),
        "d.toml:2:9: source \"work\" does not say whose tokens it takes; add email = \"NAME@PROJECT.iam.gserviceaccount.com\", the service account that the sender uses"
    );
    assert_eq!(
        problems("email = \"a@b\"\n"),
        "d.toml:2:9: source \"work\" does not say for whom its tokens are; add audience = \"https://...\", the audience of the push subscription, or public_url"
    );
    assert_eq!(
        problems("audience = 3\nemail = \"\"\n"),
        "d.toml:4:12: \"audience\" is not text; write some, in quotes\nd.toml:5:9: \"email\" is not text; write some, in quotes"
    );
    let remove = "for a source whose senders have no token; remove it";
    check_source(
        "audience = \"hooks\"\nemail = \"a@b\"",
        &[&format!("4:1: \"audience\" {remove}"), &format!("5:1: \"email\" {remove}")],
    );
}

#[test]
fn what_the_platform_brings_has_a_sender_and_no_path() {
    let source = |name: &str, keys: &str| format!("[source.{name}]\nprovider = {keys}\n");
    let with = |sources: String| {
        read(&SOUND.replace("[source.github]\nprovider = \"github\"\nsecret = \"env://GITHUB\"\n", &sources))
    };
    let arn = "arn = \"arn:aws:sqs:eu-west-1:1:jobs\"";
    let bus = "\"aws-eventbridge\"\nmode = \"lambda\"";
    let config = with(source("jobs", &format!("\"aws-sqs\"\n{arn}")) + &source("bus", bus)).unwrap();
    let paths: Vec<&str> = config.sources.iter().map(|source| source.path.value.as_str()).collect();
    assert_eq!(paths, ["arn:aws:sqs:eu-west-1:1:jobs", "aws:events"]);
    for (sources, problem) in [
        (
            source("jobs", "\"aws-sqs\""),
            r#"1:9: source "jobs" does not say whose events it takes; add arn = "arn:aws:sqs:REGION:ACCOUNT:NAME""#,
        ),
        (
            source("jobs", "\"aws-sqs\"\narn = \"jobs\""),
            r#"3:7: "jobs" is no ARN of sqs; write arn:aws:sqs:REGION:ACCOUNT:NAME"#,
        ),
        (
            source("jobs", &format!("\"aws-sqs\"\n{}", arn.replace(":sqs:", ":sns:"))),
            r#"3:7: "arn:aws:sns:eu-west-1:1:jobs" is no ARN of sqs; write arn:aws:sqs:REGION:ACCOUNT:NAME"#,
        ),
        (
            source("jobs", &format!("\"aws-sqs\"\n{arn}\nsecret = \"env://S\"")),
            r#"4:1: a secret for a source that proves nothing with one; remove it"#,
        ),
        (
            source("jobs", &format!("\"aws-sqs\"\n{arn}\npath = \"/jobs\"")),
            r#"4:1: "path" for a source that takes no requests; remove it"#,
        ),
        (source("bus", &format!("{bus}\n{arn}")), r#"4:7: "arn" for a source whose events name no sender; remove it"#),
        (
            source("bus", bus) + &source("other", bus),
            r#"4:9: source "other" takes what EventBridge brings like source "bus"; keep one: its events say which rule they are for by their type"#,
        ),
        (
            source("jobs", &format!("\"aws-sqs\"\n{arn}"))
                + &source("other", &format!("\"aws-sqs\"\nmode = \"plain\"\n{arn}")),
            r#"7:7: source "other" answers at "arn:aws:sqs:eu-west-1:1:jobs" like source "jobs"; give it a path of its own"#,
        ),
        (
            source("hub", &format!("\"github\"\nsecret = \"env://S\"\n{arn}")),
            r#"4:7: "arn" for a source whose events name no sender; remove it"#,
        ),
    ] {
        assert_eq!(with(sources).unwrap_err(), format!("d.toml:{problem}"));
    }
}

#[test]
fn a_posted_topic_is_named_and_has_a_path() {
    let with = |keys: &str| {
        let topic = format!("[source.topic]\nprovider = \"aws-sns\"\n{keys}");
        read(&SOUND.replace("[source.github]\nprovider = \"github\"\nsecret = \"env://GITHUB\"\n", &topic))
    };
    let arn = "arn = \"arn:aws:sns:eu-west-1:1:orders\"\n";
    let source = with(arn).unwrap().sources.remove(0);
    assert_eq!(source.path.value, "/topic");
    let Scheme::Sns(sns) = source.scheme() else { panic!("{source:?}") };
    assert_eq!(sns.topic, Expected::Exactly("arn:aws:sns:eu-west-1:1:orders".into()));
    assert_eq!(with(&format!("{arn}path = \"/in\"\n")).unwrap().sources[0].path.value, "/in");
    // Anybody's topic is signed as validly, so none is taken without a name.
    assert_eq!(
        with("").unwrap_err(),
        "d.toml:1:9: source \"topic\" does not say whose events it takes; add arn = \"arn:aws:sns:REGION:ACCOUNT:NAME\""
    );
    assert_eq!(
        with("arn = \"arn:aws:sqs:eu-west-1:1:orders\"\n").unwrap_err(),
        "d.toml:3:7: \"arn:aws:sqs:eu-west-1:1:orders\" is no ARN of sns; write arn:aws:sns:REGION:ACCOUNT:NAME"
    );
    let pinned = with(&format!("{arn}secret = \"file:///sns.pem\"\n")).unwrap();
    assert!(pinned.warnings().iter().any(|warning| warning.what.contains("pins the keys of Amazon SNS")));
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let text = format!("{SOUND}timeout = 3\n").replace('\n', "\r\n");
    assert_eq!(
        read(&text).unwrap_err(),
        "d.toml:11:11: \"timeout\" is not a length of time; write a number and ms, s, m, h or d, such as \"8s\""
    );
}

#[test]
fn proofs() {
    check(
        "provider = \"github\"\n",
        "",
        &[
            r#"1:9: source "github" does not say how its senders prove themselves; add provider, verify, or dangerously_unsigned = true"#,
        ],
    );
    check(
        "provider = \"github\"\nsecret = \"env://GITHUB\"",
        "",
        &[
            r#"1:9: source "github" does not say how its senders prove themselves; add provider, verify, or dangerously_unsigned = true"#,
        ],
    );
    check(
        "provider = \"github\"\nsecret = \"env://GITHUB\"",
        "dangerously_unsigned = false",
        &[
            r#"1:9: source "github" does not say how its senders prove themselves; add provider, verify, or dangerously_unsigned = true"#,
        ],
    );
    check(
        "secret = \"env://GITHUB\"",
        "",
        &[r#"1:9: source "github" has no secret; add secret = "env://NAME" or another reference"#],
    );
    check(
        "provider = \"github\"",
        "dangerously_unsigned = true",
        &["3:1: a secret for a source that is unsigned; remove it, or say with provider or verify what it proves"],
    );
    check_source(
        "dangerously_unsigned = true",
        &[r#"4:1: "dangerously_unsigned" beside "provider"; keep one: a source proves its senders in one way"#],
    );
    check_source(
        "verify = { hmac = \"sha256\", header = \"X-Sig\", signed = [\"body\"] }",
        &[r#"4:1: "verify" beside "provider"; keep one: a source proves its senders in one way"#],
    );
    check("\"github\"", "\"githib\"", &[r#"2:12: "provider" is "githib", which is not known; did you mean "github"?"#]);
    check_source("mode = \"thin\"", &[r#"4:8: provider "github" has no modes; remove it"#]);
    check(
        "\"github\"",
        "\"gitlab\"\nmode = \"signing-tokens\"",
        &[r#"3:8: mode "signing-tokens" of provider "gitlab" is not known; did you mean "signing-token"?"#],
    );
    check(
        "provider = \"github\"",
        "dangerously_unsigned = true\nmode = \"x\"",
        &[
            r#"3:1: "mode" without "provider"; add the provider, or remove it"#,
            "4:1: a secret for a source that is unsigned; remove it, or say with provider or verify what it proves",
        ],
    );
}

#[test]
fn described_schemes() {
    check_scheme(
        "hmac = \"crc\", header = \"X-Sig\", signed = [\"body\"]",
        &[r#"2:19: "hmac" is "crc", which is not known; use sha256, sha1, sha384, sha512 or md5"#],
    );
    check_scheme(
        "header = \"X-Sig\"",
        &[
            "2:1: [source.github.verify] does not say of what kind it is; add hmac, hash, signature, token, basic or jwt",
        ],
    );
    check_scheme(
        "hmac = \"sha256\", header = \"X Sig\", signed = [\"body\"]",
        &[r#"2:38: "header" is not the name of a header; write one such as "X-Signature""#],
    );
    check_scheme(
        "hmac = \"sha256\", header = \"X-Sig\", signed = [\"header:\", \"body\"]",
        &[
            r#"2:57: an entry of "signed" is not a part of a request; write "body", "header:NAME", another part of those, or literal text"#,
        ],
    );
    check_scheme(
        "hmac = \"sha256\", header = \"X-Sig\", signed = [\"body\"], max_age = \"5m\"",
        &[r#"2:66: "max_age" without "time"; add time = "header:NAME", or remove it"#],
    );
    check_scheme(
        "hmac = \"sha256\", header = \"X-Sig\", signed = [\"body\"], time = \"header:X-Time\"",
        &[r#"2:73: "time" is not signed; name a header that is one of the signed parts, or remove it"#],
    );
    for time in ["pair:t", "query:t", "a literal", "body"] {
        let scheme = format!("hmac = \"sha256\", header = \"X-Sig\", signed = [\"body\"], time = \"{time}\"");
        let said = r#"2:73: "time" is not signed; name a header that is one of the signed parts, or remove it"#;
        check_scheme(&scheme, &[said]);
    }
    check_scheme(
        "hmac = \"sha256\", header = \"X-Sig\", signed = [\"url\", \"body\"]",
        &[
            r#"1:9: source "github" does not say its public_url; add public_url = "https://...", the URL as the sender has it: it is signed"#,
        ],
    );
    for (form, at) in [("pairs = \",\"", 66), ("tag = \"v1\"", 66), ("list = \",\", tag = \"v1\"", 78)] {
        let scheme = format!("hmac = \"sha256\", header = \"X-Sig\", signed = [\"body\"], {form}");
        let said = format!(
            "2:{at}: the form of the header is not clear; say pairs and tag, or list, or none of them; prefix goes with list"
        );
        check_scheme(&scheme, &[&said]);
    }
    let parts = "\".\", ".repeat(16);
    check_scheme(
        &format!("hmac = \"sha256\", header = \"X-Sig\", signed = [{parts}\"body\"]"),
        &[r#"2:56: "signed" has more than 16 parts; join neighbouring literal texts"#],
    );
}

#[test]
fn a_misspelt_key_is_one_problem() {
    check("provider", "provder", &[r#"2:1: unknown key "provder" in [source.github]; did you mean "provider"?"#]);
    check("secret", "sercet", &[r#"3:1: unknown key "sercet" in [source.github]; did you mean "secret"?"#]);
    check(
        "[source.github]",
        "[sources.github]",
        &[r#"1:2: unknown key "sources" in the config; did you mean "source"?"#],
    );
}

#[test]
fn columns_count_characters() {
    check("\"audit.jsonl\"", "\"über.jsonl\" # ünïcode", &[]);
    check_source(
        "limits = { 'größe' = 1, body = 0 }",
        &[
            r#"4:12: unknown key "größe" in [source.github.limits]; use body, rate, burst or allow"#,
            r#"4:32: "body" is out of range; write 1B to 32MiB"#,
        ],
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    check(
        SOUND,
        BROKEN,
        &[
            r#"1:16: "trusted_hops" is out of range; write 0 to 8"#,
            r#"2:1: unknown key "colour" in the config; use trusted_hops, public_url, dedupe, source, route or destination"#,
            r#"5:12: "provider" is "githubb", which is not known; did you mean "github"?"#,
            r#"6:11: an entry of "secret" is not a reference to a secret; write env://NAME or file:///path"#,
            r#"6:22: an entry of "secret" refers to aws-sm://, which is not built yet; write env://NAME or file:///path"#,
            r#"7:19: "body" is out of range; write 1B to 32MiB"#,
            r#"7:27: "burst" without "rate"; add rate = "50/s", or remove it"#,
            r#"9:9: "Partner" is not a name; use at most 63 of a-z, 0-9, - and _, a letter or digit first"#,
            r#"10:8: source "Partner" answers at "/github" like source "github"; give it a path of its own"#,
            r#"12:63: "unit" without "time"; add time = "header:NAME", or remove it"#,
            r#"15:9: no source is called "githug"; did you mean "github"?"#,
            r#"16:11: "respond" is "akc", which is not known; did you mean "ack"?"#,
            r#"17:6: "to" is empty; name at least one, or remove it"#,
            r#"19:14: [destination.audit] has no "path"; add path: the file"#,
            r#"21:11: "timeout" is out of range; write 1ms to 366d"#,
            r#"24:8: "kind" is "pubsub", which is not built yet; use journal, stdout or discard"#,
        ],
    );
}

const BROKEN: &str = r#"trusted_hops = -1
colour = "red"

[source.github]
provider = "githubb"
secret = ["hunter2", "aws-sm://github"]
limits = { body = "1GiB", burst = 3 }

[source.Partner]
path = "/github"
secret = "env://PARTNER"
verify = { hmac = "sha256", header = "X-Sig", signed = ["."], unit = "ms" }

[[route]]
from = ["githug"]
respond = "akc"
to = []

[destination.audit]
kind = "journal"
timeout = "0s"

[destination.builds]
kind = "pubsub"
topic = "builds"
"#;

#[test]
fn secrets() {
    check(
        "env://GITHUB",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        &[r#"3:10: "secret" is not a reference to a secret; write env://NAME or file:///path"#],
    );
    check(
        "\"env://GITHUB\"",
        "\"\"",
        &[r#"3:10: "secret" is not a reference to a secret; write env://NAME or file:///path"#],
    );
    check("\"env://GITHUB\"", "[]", &[r#"3:10: "secret" is empty; name at least one, or remove it"#]);
    check(
        "\"env://GITHUB\"",
        "[\"env://A\", \"hunter2\"]",
        &[r#"3:22: an entry of "secret" is not a reference to a secret; write env://NAME or file:///path"#],
    );
    check(
        "env://GITHUB",
        "gcp-sm://project/github",
        &[r#"3:10: "secret" refers to gcp-sm://, which is not built yet; write env://NAME or file:///path"#],
    );
}

#[test]
fn names_and_routes() {
    check(
        "to = [\"audit\"]",
        "from = [\"githbu\"]\nto = [\"audti\"]",
        &[
            r#"6:9: no source is called "githbu"; did you mean "github"?"#,
            r#"7:7: no destination is called "audti"; did you mean "audit"?"#,
        ],
    );
    check(
        "to = [\"audit\"]",
        "to = [\"audit\", \"audit\"]",
        &[r#"6:16: destination "audit" is named twice; remove one"#],
    );
    check("to = [\"audit\"]", "to = []", &[r#"6:6: "to" is empty; name at least one, or remove it"#]);
    check(
        "to = [\"audit\"]",
        "",
        &[r#"5:1: [[route]] has no "to"; add to: the destinations that must all take the event"#],
    );
    check(
        "[destination.audit]",
        "[[route]]\nto = [\"audit\"]\n[destination.audit]",
        &[
            "8:1: this route never runs: earlier ones take all its sources; remove it, or add its destinations to theirs",
        ],
    );
    check(
        "[destination.audit]",
        "[destination.spare]\nkind = \"journal\"\npath = \"b\"\n[destination.audit]",
        &[r#"8:14: no route uses destination "spare"; add "spare" to a route's to or also, or remove it"#],
    );
    check(
        "[[route]]",
        "[source.late]\nprovider = \"github\"\nsecret = \"env://B\"\n[[route]]\nfrom = [\"github\"]",
        &[r#"5:9: no route takes source "late"; add "late" to a route's from"#],
    );
    check(
        "[[route]]",
        "[source.late]\npath = \"/github\"\nprovider = \"github\"\nsecret = \"env://B\"\n[[route]]",
        &[r#"6:8: source "late" answers at "/github" like source "github"; give it a path of its own"#],
    );
    check(
        "kind = \"journal\"\npath = \"audit.jsonl\"",
        "kind = \"stdout\"",
        &[
            r#"9:8: destination "audit" is required, but its kind keeps nothing; choose a kind that keeps events, or add dangerously_stdout = true"#,
        ],
    );
    check(
        "kind = \"journal\"\npath = \"audit.jsonl\"",
        "kind = \"stdout\"\ndangerously_stdout = false",
        &[
            r#"9:8: destination "audit" is required, but its kind keeps nothing; choose a kind that keeps events, or add dangerously_stdout = true"#,
        ],
    );
    check("kind = \"journal\"\npath = \"audit.jsonl\"", "kind = \"stdout\"\ndangerously_stdout = true", &[]);
    check(
        "[[route]]\nto = [\"audit\"]",
        "",
        &[r#"1:1: the config has no "route"; add [[route]]: which events go where; the first that takes one wins"#],
    );
    check(
        SOUND,
        "",
        &[
            r#"1:1: the config has no "destination"; add [destination.NAME]: where events go, by name"#,
            r#"1:1: the config has no "route"; add [[route]]: which events go where; the first that takes one wins"#,
            r#"1:1: the config has no "source"; add [source.NAME]: who may ring, by name"#,
        ],
    );
    check(
        "[source.github]\nprovider = \"github\"\nsecret = \"env://GITHUB\"",
        "[source]",
        &[r#"1:2: "source" is empty; name at least one, or remove it"#],
    );
}

#[test]
fn warnings() {
    check_warnings(
        "dangerously_unsigned = true",
        r#"d.toml:1:9: source "github" accepts anyone; add provider or verify before it faces the internet"#,
    );
    check_warnings(
        "secret = \"env://GITHUB\"\nverify = { hmac = \"sha256\", header = \"X-Sig\", signed = [\"header:X-Time\", \".\"] }",
        r#"d.toml:1:9: source "github" signs no body: who sends an event is proven, what it says is not; if the sender can, add "body" to signed, or a body_digest"#,
    );
}

#[track_caller]
fn check_warnings(source: &str, line: &str) {
    let text = SOUND.replacen("provider = \"github\"\nsecret = \"env://GITHUB\"", source, 1);
    let lines: Vec<String> = read(&text).unwrap().warnings().iter().map(|warning| warning.line("d.toml")).collect();
    assert_eq!(lines, [line]);
}

#[test]
fn tokens_of_an_issuer_are_described() {
    let described = |scheme: &str, secret: &str| {
        let was = "provider = \"github\"\nsecret = \"env://GITHUB\"";
        read(&SOUND.replace(was, &format!("verify = {{ jwt = \"bearer\", {scheme} }}{secret}"))).unwrap()
    };
    let issuer = "https://accounts.example.com";
    let both = format!("issuer = \"{issuer}\", audience = \"hooks\"");
    let secret = "\nsecret = \"env://KEY\"";
    for (more, secret, algorithm, keys) in [
        ("", "", Algorithm::Rs256, Some(KeyPlace::Issuer(issuer.into()))),
        (", alg = \"ES256\"", "", Algorithm::Es256, Some(KeyPlace::Issuer(issuer.into()))),
        (
            ", keys = \"https://keys.example/jwks\"",
            "",
            Algorithm::Rs256,
            Some(KeyPlace::Set("https://keys.example/jwks".into())),
        ),
        (", alg = \"HS256\"", secret, Algorithm::Hs256, None),
    ] {
        let config = described(&format!("{both}{more}"), secret);
        let Scheme::Jwt(jwt) = config.sources[0].scheme() else { panic!("{config:?}") };
        assert_eq!((jwt.algorithm, jwt.needs_key_id), (algorithm, keys.is_some()), "{more}");
        assert_eq!(jwt.issuer, Issuer::Exactly(issuer.into()));
        assert_eq!(jwt.audience, Audience::Exactly("hooks".into()));
        assert_eq!(Scheme::Jwt(jwt).key_source(), keys, "{more}");
        assert_eq!(config.warnings(), []);
    }
}

#[test]
fn described_tokens_have_an_issuer_and_are_for_somebody() {
    let both = "issuer = \"https://id.example\", audience = \"hooks\"";
    check_scheme(
        "jwt = \"bearer\"",
        &[
            r#"2:18: "jwt" without "audience"; add audience = "...": for whom the token must be"#,
            r#"2:18: "jwt" without "issuer"; add issuer = "https://...": who must have signed the token"#,
        ],
    );
    check_scheme(
        &format!("jwt = \"cookie\", {both}"),
        &[
            r#"2:18: "jwt" is "cookie", which is no place of a token; write "bearer", "header:NAME", "json:/pointer" or "body""#,
        ],
    );
    check_scheme(
        &format!("jwt = \"bearer\", {both}, alg = \"none\""),
        &[r#"2:85: "alg" is "none", which is not known; use RS256, ES256, ES512 or HS256"#],
    );
    check_scheme(
        &format!("jwt = \"bearer\", {both}, hmac = \"sha256\""),
        &[r#"2:79: "hmac" beside "jwt"; keep one of them"#],
    );
    check_scheme(
        "hmac = \"sha256\", header = \"X-Sig\", signed = [\"body\"], issuer = \"me\"",
        &[r#"2:66: "issuer" beside "hmac"; remove it: it goes with "jwt""#],
    );
    check_scheme(
        "jwt = \"bearer\", issuer = \"https://accounts.google.com\", audience = \"hooks\"",
        &[
            r#"2:37: https://accounts.google.com signs for anybody with an account; write provider = "google-cloud-tasks" or another of Google's: those ask whose account it is"#,
        ],
    );
    check_scheme(
        "jwt = \"bearer\", issuer = \"me\", audience = \"hooks\"",
        &[
            r#"2:37: the keys of issuer "me" cannot be found; write the issuer's https URL, or add keys = "https://...", where it publishes its keys"#,
        ],
    );
    check_scheme(
        &format!("jwt = \"bearer\", {both}, keys = \"http://keys.example/\""),
        &[r#"2:86: "keys" is not https; keys are fetched over https only"#],
    );
    check_scheme(
        &format!("jwt = \"bearer\", {both}, alg = \"HS256\", keys = \"https://keys.example/\""),
        &[r#"2:101: "keys" for HS256; remove it: its key is the source's secret"#],
    );
}

#[test]
fn a_shared_secret_is_never_published() {
    let both = "jwt = \"bearer\", issuer = \"me\", audience = \"hooks\"";
    check(
        "provider = \"github\"\nsecret = \"env://GITHUB\"",
        &format!("verify = {{ {both}, alg = \"HS256\" }}"),
        &[r#"1:9: source "github" has no secret; add secret = "env://NAME" or another reference"#],
    );
}

/// An app has an id beside the two that it must be told by.
#[test]
fn a_value_that_a_scheme_may_be_held_to_is_taken() {
    let app = |values: &str| {
        let keys = format!("[source.app]\nprovider = \"apple-app-store\"\nvalues = {{ {values} }}\n");
        read(&SOUND.replace("[source.github]\nprovider = \"github\"\nsecret = \"env://GITHUB\"\n", &keys))
    };
    let both = r#"bundle_id = "com.example", environment = "Production""#;
    assert!(app(both).is_ok(), "{:?}", app(both));
    let all = format!("{both}, app_apple_id = \"41234\"");
    assert!(app(&all).is_ok(), "{:?}", app(&all));
    assert!(app(&format!("{both}, apple_id = \"41234\"")).is_err());
}

#[test]
fn a_provider_says_what_its_tokens_leave_open() {
    let source = |keys: &str| SOUND.replace("provider = \"github\"", keys);
    let line = |keys: &str| read(&source(keys)).unwrap_err();
    assert_eq!(
        line("provider = \"livekit\""),
        "d.toml:1:9: source \"github\" does not say who signs its tokens; add issuer = \"...\", the iss of the sender's tokens"
    );
    assert_eq!(
        line("provider = \"upstash-qstash\""),
        "d.toml:1:9: source \"github\" does not say at which URL it is; add public_url = \"https://...\": the sender's tokens name it"
    );
    assert_eq!(
        line("provider = \"monday\""),
        "d.toml:1:9: source \"github\" does not say for whom its tokens are; add public_url = \"https://...\", the URL that the sender uses, or audience"
    );
    assert_eq!(
        line("provider = \"zoho-desk\"\nissuer = \"orgId:1\""),
        "d.toml:1:9: source \"github\" does not say for whom its tokens are; add audience = \"...\", the aud of the sender's tokens"
    );
    assert_eq!(
        line("provider = \"netlify\"\nemail = \"a@b\""),
        "d.toml:3:1: \"email\" for a source whose tokens are told by something else; remove it"
    );
    let config = read(&source("provider = \"upstash-qstash\"\npublic_url = \"https://a.example\"")).unwrap();
    let Scheme::Jwt(jwt) = config.sources[0].scheme() else { panic!("{config:?}") };
    assert_eq!(jwt.url.unwrap().url, Expected::Exactly("https://a.example/github".into()));
}

#[test]
fn what_a_described_scheme_leaves_unclear() {
    let hmac = "hmac = \"sha256\", signed = [\"body\"]";
    for (scheme, line) in [
        (
            hmac.to_owned(),
            r#"2:1: the scheme does not say where its signature stands; add header = "NAME", or at = "query:NAME", "json:/pointer" or "form:FIELD""#,
        ),
        (
            format!("{hmac}, header = \"X-Sig\", at = \"query:sig\""),
            r#"2:66: "at" beside "header"; keep one: a signature stands in one place"#,
        ),
        (
            format!("{hmac}, header = \"X-Sig\", numbered = true, repeated = true"),
            r#"2:66: "numbered" beside "repeated"; keep one"#,
        ),
        (
            format!("{hmac}, header = [\"X-One\", \"X-Two\"], numbered = true"),
            "2:77: the place of the signature is not clear; remove it: it goes with one header",
        ),
        (
            format!("{hmac}, header = \"X-Sig\", digest = \"sha512\""),
            r#"2:66: "digest" without "body_digest"; add body_digest = "header:NAME", or remove it"#,
        ),
        (
            format!("{hmac}, header = \"X-Sig\", body_digest = \"header:Digest\""),
            r#"2:80: "body_digest" is not signed; name a place that is one of the signed parts, or remove it"#,
        ),
        (
            "hash = \"md5\", header = \"X-Sig\", signed = [\"body\"]".to_owned(),
            r#"2:53: "signed" leaves out the secret; add "secret": anybody can make a plain digest of the rest"#,
        ),
        (
            "hmac = \"md5\", header = \"X-Sig\", signed = [\"body\", \"secret\"]".to_owned(),
            r#"2:53: "signed" has the secret, which is the key of an hmac; remove it, or write hash in place of hmac"#,
        ),
        (
            "signature = \"rsa-md5\", header = \"X-Sig\", signed = [\"body\"]".to_owned(),
            r#"2:24: "signature" is "rsa-md5", which is not known; use ed25519, ecdsa-p256, rsa-sha256, rsa-sha512, ecdsa-p256-sha1 or rsa-sha1"#,
        ),
        (
            "signature = \"ed25519\", key = \"hex\", header = \"X-Sig\", signed = [\"body\"]".to_owned(),
            r#"2:35: "key" beside "signature"; remove it: it goes with "hmac""#,
        ),
        (
            "token = \"cookie:session\"".to_owned(),
            r#"2:20: "token" is "cookie:session", which is no place of a token; write "header:NAME", "query:NAME", "json:/pointer" or "path""#,
        ),
        ("basic = false".to_owned(), r#"2:12: "basic" is false; write true, or another form in its place"#),
        (
            "jwt = \"bearer\", alg = \"HS256\", encoding = \"hex\"".to_owned(),
            r#"2:43: "encoding" without "body_claim"; add body_claim = "...", or remove it"#,
        ),
        (
            "jwt = \"bearer\", alg = \"HS256\", url_claim = \"sub\"".to_owned(),
            r#"1:9: source "github" does not say its public_url; add public_url = "https://...", the URL as the sender has it: it is signed"#,
        ),
        (
            format!("{hmac}, header = \"X-Sig\"").replace("hmac", "hmca"),
            r#"2:12: unknown key "hmca" in [source.github.verify]; did you mean "hmac"?"#,
        ),
    ] {
        check_scheme(&scheme, &[line]);
    }
}

#[test]
fn more_than_one_proof() {
    let text = SOUND.replace(
        "secret = \"env://GITHUB\"",
        "secret = \"env://GITHUB\"\nand = [{ basic = true, secret = \"env://USER\" }, { token = \"header:X-Extra\", secret = \"env://EXTRA\" }]",
    );
    let config = read(&text).unwrap();
    let [basic, extra] = config.sources[0].and.as_slice() else { panic!("{config:?}") };
    assert!(matches!(&basic.scheme, Scheme::Token(token) if token.at == TokenPlace::Basic), "{basic:?}");
    assert_eq!(extra.secrets[0].value, SecretRef::Env { name: "EXTRA".to_owned() });
    let references: Vec<String> = config.sources[0].references().map(|secret| secret.value.to_string()).collect();
    assert_eq!(references, ["env://GITHUB", "env://USER", "env://EXTRA"]);
    assert_eq!(config.warnings(), []);
}

#[test]
fn one_more_proof_has_a_secret_of_its_own() {
    check_source(
        "and = [{ basic = true }]",
        &[
            r#"4:8: a proof of source "github" has no secret; add secret = "env://NAME" or another reference, not the source's own"#,
        ],
    );
    check_source(
        "and = [{ basic = true, secret = \"env://GITHUB\" }]",
        &[
            "4:33: the same secret for two proofs; give it one of its own: else whoever knows that secret has both proofs",
        ],
    );
    check_source(
        "and = [{ secret = \"env://USER\" }]",
        &["4:8: [[source.github.and]] does not say of what kind it is; add hmac, hash, signature, token, basic or jwt"],
    );
    check_source(
        "and = [{ token = \"path\", secret = \"env://USER\" }]",
        &[
            r#"4:8: a token in the path beside another proof; write verify = { token = "path" } for the source, and this proof's place here"#,
        ],
    );
    check_source("and = []", &[r#"4:7: "and" is empty; name at least one, or remove it"#]);
    check(
        "provider = \"github\"\nsecret = \"env://GITHUB\"",
        "dangerously_unsigned = true\nand = [{ basic = true, secret = \"env://USER\" }]",
        &[
            r#"3:1: "and" for a source that is unsigned; write the proof under verify, in place of dangerously_unsigned"#,
        ],
    );
}

#[test]
fn destinations_beside_the_required_ones() {
    let more = "\n[destination.out]\nkind = \"stdout\"\n";
    let text = SOUND.replace("to = [\"audit\"]", "to = [\"audit\"]\nalso = [\"out\"]");
    // It decides no answer, so nothing has to be accepted for it.
    let config = read(&format!("{text}{more}")).unwrap();
    assert!(config.routes[0].offers("out") && !config.routes[0].requires("out"));
    check(
        "to = [\"audit\"]",
        "to = [\"audit\"]\nalso = [\"audit\"]",
        &[r#"7:9: destination "audit" is named twice; remove one"#],
    );
    check(
        "to = [\"audit\"]",
        "to = [\"audit\"]\nalso = [\"aduit\"]",
        &[r#"7:9: no destination is called "aduit"; did you mean "audit"?"#],
    );
    check(
        "to = [\"audit\"]",
        "also = [\"audit\"]",
        &[r#"5:1: [[route]] has no "to"; add to: the destinations that must all take the event"#],
    );
}
