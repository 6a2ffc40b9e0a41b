//! `[[route]]`: which events go where, by what they say.

use conformance::door::Request;
use conformance::routing::{Routing, read};

const PUSH: &str =
    r#"{"type":"push","ref":"refs/heads/main","commits":[{"id":"c1","files":["a.rs","b.md"]}],"size":3}"#;

/// Where an event goes by one condition: to `yes`, or, where it does not hold, to `no`.
#[track_caller]
fn holds(when: &str, body: &str) -> bool {
    let routes = format!("[[route]]\nwhen = '''{when}'''\nto = [\"yes\"]\n[[route]]\nto = [\"no\"]\n");
    let routing = Routing::of(&routes, &["yes", "no"]);
    let heard = routing.ring(body);
    assert_eq!(heard.line(), ("handed-off", "", 200), "{when}: {:?}", heard.record);
    routing.holding() == [("yes", 1)]
}

#[test]
fn conditions_see_what_the_event_says() {
    for (when, expected) in [
        (r#"type == "push" && body.ref == "refs/heads/main""#, true),
        (r#"type == "push" && body.ref == "refs/heads/dev""#, false),
        (r#"type in ["create", "push"]"#, true),
        (r#"type in ["create"]"#, false),
        (r#"body["ref"].startsWith("refs/heads/")"#, true),
        (r#"body.commits.exists(c, c.files.exists(f, f.endsWith(".md")))"#, true),
        (r#"body.commits.all(c, "a.rs" in c.files)"#, true),
        ("body.commits[0] == {'id': 'c1', 'files': ['a.rs', 'b.md']}", true),
        ("body.size > 2 && size(body.commits) == 1", true),
        (r#"source == "standard-webhooks" && path == "/standard-webhooks" && method == "POST""#, true),
        (r#"trust == "verified" && id.startsWith("msg_") && action == null"#, true),
        (r#"headers["webhook-id"] == id && !("x-none" in headers)"#, true),
        (r#"has(body.none) && body.none == 1"#, false),
        (r#"!has(body.none) || body.none == 1"#, true),
        (r#"body.ref.matches("^refs/(heads|tags)/.+$")"#, true),
        (r#"time.startsWith("2026-")"#, true),
    ] {
        assert_eq!(holds(when, PUSH), expected, "{when}");
    }
}

#[test]
fn a_body_is_what_it_begins_as() {
    assert!(holds(r#"body.a == "1" && body.b == ["x y", "z"]"#, "a=1&b=x+y&b=z"));
    assert!(holds(r#"body.ref == "main""#, "payload=%7B%22ref%22%3A%22main%22%7D"));
    assert!(holds(r#"body.contains("<order>")"#, "<order>7</order>"));
    assert!(holds(r#"body == "plain words""#, "plain words"));
    assert!(holds("body == \"\"", ""));
}

/// Old systems write what old systems read. UTF-8 stays what it is: nobody signs what is declared.
#[test]
fn a_body_in_another_charset_is_read_as_it_is_declared() {
    let holds = |when: &str, content_type: &str, body: &[u8]| {
        let routes = format!("[[route]]\nwhen = '''{when}'''\nto = [\"yes\"]\n[[route]]\nto = [\"no\"]\n");
        let routing = Routing::of(&routes, &["yes", "no"]);
        let request = Request { body: body.to_vec().into(), ..Request::post("/standard-webhooks", "") };
        let heard = routing.ring_with(request.header("content-type", content_type));
        assert_eq!(heard.line(), ("handed-off", "", 200), "{when}: {:?}", heard.record);
        routing.holding() == [("yes", 1)]
    };
    let form = "application/x-www-form-urlencoded";
    let windows = "application/x-www-form-urlencoded; charset=windows-1252";
    let greeting = r#"body.name == "Gr\u00fc\u00dfe""#;
    for (when, content_type, body, expected) in [
        (greeting, windows, &b"a=1&name=Gr%FC%DFe"[..], true),
        (greeting, windows, b"a=1&name=Gr%C3%BC%C3%9Fe", true),
        (greeting, form, b"a=1&name=Gr%FC%DFe", false),
        (r#"body.name == "\u00fc""#, "application/json; charset=iso-8859-1", b"{\"name\":\"\xfc\"}", true),
        (r#"body.n == "\u00fc""#, "application/json; charset=utf-16le", b"{\0\"\0n\0\"\0:\0\"\0\xfc\0\"\0}\0", true),
        (r#"body == "\u00fc""#, "text/plain; charset=latin1", "ü".as_bytes(), true),
        (r#"body == "\u00fc""#, "text/plain; charset=latin1", b"\xfc", true),
        (r#"body == b"\xfc""#, "text/plain", b"\xfc", true),
    ] {
        assert_eq!(holds(when, content_type, body), expected, "{when} of {content_type}");
    }
}

#[test]
fn the_query_is_text_or_a_list_where_it_repeats() {
    let routes = "[[route]]\nwhen = '''query.a == \"1 2\" && query.b == [\"x\", \"y\"]'''\nto = [\"yes\"]\n";
    let routing = Routing::of(routes, &["yes"]);
    let request = Request { query: Some("a=1%202&b=x&b=y".to_owned()), ..Request::post("/standard-webhooks", "{}") };
    assert_eq!(routing.ring_with(request).line(), ("handed-off", "", 200));
}

/// An event that nobody can place is not thrown away: its sender is to bring it again.
#[test]
fn a_condition_that_fails_is_a_503_that_says_which() {
    for (when, why) in [
        ("body.none == 1", "it reads what is not there: ask has() first"),
        ("body.ref > 1", "a value is not of the type that it takes it for"),
        ("body.size.matches(\"a\")", "a value is not of the type that it takes it for"),
        ("body.size / 0 == 1", "it divides by zero"),
        ("body.commits[7] == null", "it reads past the end of a list"),
        ("body.ref", "its value is neither true nor false"),
    ] {
        let routing = Routing::of(
            &format!("[[route]]\nto = [\"a\"]\nwhen = 'body.size < 0'\n[[route]]\nwhen = '{when}'\nto = [\"a\"]\n"),
            &["a"],
        );
        let heard = routing.ring(PUSH);
        assert_eq!(heard.line(), ("failed", "condition-failed", 503), "{when}");
        let fault = heard.record.unwrap().fault.unwrap().to_string();
        assert_eq!(fault, format!("condition-failed: the condition of route 2: {why}"));
        assert_eq!(routing.holding(), []);
    }
}

#[test]
fn on_error_says_otherwise() {
    for (on_error, holding) in [("deliver", [("a", 1)]), ("ignore", [("b", 1)])] {
        let routes =
            format!("[[route]]\nwhen = 'body.none == 1'\non_error = '{on_error}'\nto = ['a']\n[[route]]\nto = ['b']\n");
        let routing = Routing::of(&routes, &["a", "b"]);
        assert_eq!(routing.ring(PUSH).line(), ("handed-off", "", 200));
        assert_eq!(routing.holding(), holding, "{on_error}");
    }
}

#[test]
fn a_body_that_is_not_what_it_begins_as_is_refused_where_a_route_asks_for_it() {
    let asks = Routing::of("[[route]]\nwhen = 'body.a == 1'\nto = ['a']\n", &["a"]);
    assert_eq!(asks.ring(r#"{"a":"#).line(), ("refused", "malformed-body", 400));
    let does_not = Routing::of("[[route]]\nwhen = 'method == \"POST\"'\nto = ['a']\n", &["a"]);
    assert_eq!(does_not.ring(r#"{"a":"#).line(), ("handed-off", "", 200));
}

#[test]
fn what_no_route_takes_is_ignored() {
    let routing = Routing::of("[[route]]\nwhen = 'type == \"order\"'\nto = ['a']\n", &["a"]);
    assert_eq!(routing.ring(PUSH).line(), ("ignored", "unrouted", 200));
}

#[test]
fn the_first_route_wins_and_continue_asks_the_next() {
    let first = Routing::of("[[route]]\nwhen = 'has(body.ref)'\nto = ['a']\n[[route]]\nto = ['b']\n", &["a", "b"]);
    assert_eq!(first.ring(PUSH).line(), ("handed-off", "", 200));
    assert_eq!(first.holding(), [("a", 1)]);
    let routes = "[[route]]\ncontinue = true\nto = ['a']\nalso = ['c']\n[[route]]\nwhen = 'type == \"push\"'\nto = ['b', 'a']\nalso = ['d']\n[[route]]\nto = ['d']\n";
    let both = Routing::of(routes, &["a", "b", "c", "d"]);
    let heard = both.ring(PUSH);
    assert_eq!(heard.line(), ("handed-off", "", 200));
    assert_eq!(heard.record.unwrap().routes, [1, 2]);
    assert_eq!(both.holding(), [("a", 1), ("b", 1), ("c", 1), ("d", 1)], "each once");
}

/// Most conditions are judged without the engine. An element of a list is not: both must say the same, of failures, too.
#[test]
fn what_is_told_at_a_glance_is_what_the_engine_says() {
    let facts =
        ["type", "action", "id", "headers['webhook-id']", "headers['x-none']", "body.ref", "body.size", "body.none"];
    let tests = [
        "== 'push'",
        "!= 'push'",
        "in ['refs/heads/main', 'push']",
        "startsWith('msg')",
        "endsWith('main')",
        "contains('s')",
    ];
    let atom =
        |fact: &str, test: &str| if test.ends_with(')') { format!("{fact}.{test}") } else { format!("{fact} {test}") };
    let atoms: Vec<String> = facts.iter().flat_map(|fact| tests.map(|test| atom(fact, test))).collect();
    let several = (0..atoms.len()).flat_map(|at| {
        let other = |step: usize| &atoms[(at * step + 7) % atoms.len()];
        let (one, two, three) = (&atoms[at], other(5), other(11));
        [
            format!("!({one})"),
            format!("{one} && {two} && {three}"),
            format!("{one} || {two} || {three}"),
            format!("!({one} && {two}) || size(body.commits) == 1 && {three}"),
        ]
    });
    let conditions: Vec<String> = atoms.iter().cloned().chain(several).collect();
    for on_error in ["ignore", "deliver"] {
        let route = |when: String| {
            format!("[[route]]\nwhen = \"{when}\"\non_error = \"{on_error}\"\ncontinue = true\nto = [\"a\"]\n")
        };
        let routes =
            conditions.iter().map(|when| route(when.clone()) + &route(format!("[{when}][0]"))).collect::<String>();
        let taken = Routing::of(&routes, &["a"]).ring(PUSH).record.unwrap().routes;
        let differ = |at: &usize| taken.contains(&(2 * at + 1)) != taken.contains(&(2 * at + 2));
        let differing: Vec<&String> = (0..conditions.len()).filter(differ).map(|at| &conditions[at]).collect();
        assert_eq!(differing, Vec::<&String>::new(), "on_error = {on_error}");
        assert!((conditions.len() / 4..conditions.len() * 7 / 4).contains(&taken.len()), "some hold, some do not");
    }
}

/// The body is the sender's: it must not decide how long we think.
#[test]
fn a_loop_that_a_body_makes_long_is_stopped() {
    let many = format!("{{\"a\":[{}]}}", vec!["1"; 20_000].join(","));
    let routing = Routing::of("[[route]]\nwhen = 'body.a.all(x, body.a.exists(y, y == x + 1))'\nto = ['a']\n", &["a"]);
    let heard = routing.ring(&many);
    assert_eq!(heard.line(), ("failed", "condition-failed", 503));
    assert!(heard.record.unwrap().fault.unwrap().to_string().ends_with("it takes too much work for one event"));
    // What would hide the failure does not: true || failed is true, and this is not.
    let hidden =
        Routing::of("[[route]]\nwhen = 'body.a.exists(x, body.a.exists(y, y == x + 1)) || true'\nto = ['a']\n", &["a"]);
    assert_eq!(hidden.ring(&many).line(), ("failed", "condition-failed", 503));
}

/// A fixed pattern is compiled once: compiled in each turn, this would take minutes. Another one pays for it.
#[test]
fn a_loop_that_matches_compiles_its_pattern_once() {
    let many = format!(r#"{{"pattern":"^a","a":["a@b"{}]}}"#, r#","a@example.com""#.repeat(20_000));
    let when = |condition: &str| Routing::of(&format!("[[route]]\nwhen = '{condition}'\nto = ['a']\n"), &["a"]);
    let fixed = when(r#"body.a.all(x, x.matches("^[\\w.-]{1,64}@[\\w.-]{1,64}$"))"#);
    assert_eq!(fixed.ring(&many).line(), ("handed-off", "", 200));
    let other = when("body.a.all(x, x.matches(body.pattern))");
    assert_eq!(other.ring(&many).line(), ("failed", "condition-failed", 503));
}

/// What a name stands for is made once: made in each turn, a loop over a large body would take minutes.
#[test]
fn a_loop_that_names_the_body_makes_it_once() {
    let many = format!("{{\"limit\":2,\"a\":[{}]}}", vec!["1"; 50_000].join(","));
    let routing = Routing::of("[[route]]\nwhen = 'body.a.all(x, body.limit > x)'\nto = ['a']\n", &["a"]);
    assert_eq!(routing.ring(&many).line(), ("handed-off", "", 200));
}

/// A body must not cost as much again with every route.
#[test]
fn what_conditions_may_cost_is_bounded_for_all_routes_together() {
    let many = format!("{{\"a\":[{}]}}", vec!["1"; 10_000].join(","));
    let route = "[[route]]\nwhen = 'body.a.all(x, x > 1)'\nto = ['a']\n";
    assert_eq!(Routing::of(route, &["a"]).ring(&many).line(), ("ignored", "unrouted", 200));
    let heard = Routing::of(&route.repeat(100), &["a"]).ring(&many);
    assert_eq!(heard.line(), ("failed", "condition-failed", 503));
    assert!(heard.record.unwrap().fault.unwrap().to_string().ends_with("it takes too much work for one event"));
}

/// Each turn copies an item, or adds one as large as the body: twenty loops of that would hold gigabytes.
#[test]
fn what_a_loop_copies_is_paid_for() {
    let item = format!("[{}]", vec!["1"; 1_000].join(","));
    let many = format!("{{\"a\":[{}]}}", vec![item.as_str(); 100].join(","));
    for when in ["size(body.a.map(x, body)) > 0", "body.a.all(x, body.a.all(y, size(y) == size(x)))"] {
        let heard = Routing::of(&format!("[[route]]\nwhen = '{when}'\nto = ['a']\n"), &["a"]).ring(&many);
        assert_eq!(heard.line(), ("failed", "condition-failed", 503), "{when}");
    }
}

#[test]
fn a_wrong_condition_is_pointed_at() {
    for (when, problem) in [
        (
            r#"type == "push" && bdy.ref == 1"#,
            "doorbell.toml:2:27: the condition: \"bdy\" is not known: did you mean \"body\"?; mend it here:\n  type == \"push\" && bdy.ref == 1\n                    ^",
        ),
        (
            "body.ref.startWith('a')",
            "doorbell.toml:2:18: the condition: there is no function \"startWith\": did you mean \"startsWith\"?; mend it here:",
        ),
        ("body.ref.matches(\"(\")", "doorbell.toml:2:26: the condition: \"(\" is no regular expression; mend it here:"),
    ] {
        let routes = format!("[[route]]\nwhen = '''{when}'''\nto = [\"a\"]\n");
        let routes = if when.contains('\'') {
            format!("[[route]]\nwhen = \"{when}\"\nto = [\"a\"]\n")
        } else {
            routes.replace("'''", "'")
        };
        let found = read(&routes, &["a"]).unwrap_err();
        assert!(found.starts_with(problem), "{found}");
    }
    for (when, name) in [("headers[\"X-Kind\"] == \"a\"", 17), ("\"X-Kind\" in headers", 9)] {
        let found = read(&format!("[[route]]\nwhen = '{when}'\nto = ['a']\n"), &["a"]).unwrap_err();
        let problem =
            format!("doorbell.toml:2:{name}: the condition: header names are lower case here: \"x-kind\"; mend");
        assert!(found.starts_with(&problem), "{found}");
    }
    for when in ["type ==", "a.b(", "body.a.all(b, b.all(c, c.all(d, d.all(e, e == 1))))"] {
        let found = read(&format!("[[route]]\nwhen = '{when}'\nto = ['a']\n"), &["a"]).unwrap_err();
        assert!(found.contains("the condition: ") && found.contains('^'), "{found}");
    }
}

#[test]
fn a_route_that_can_never_run_is_refused() {
    let after_all = "[[route]]\nto = ['a']\n[[route]]\nwhen = 'type == \"x\"'\nto = ['b']\n";
    assert!(read(after_all, &["a", "b"]).unwrap_err().contains("this route never runs"));
    let after_one = "[[route]]\nwhen = 'type == \"x\"'\nto = ['a']\n[[route]]\nto = ['b']\n";
    assert!(read(after_one, &["a", "b"]).is_ok());
    let after_one_that_goes_on = "[[route]]\ncontinue = true\nto = ['a']\n[[route]]\nto = ['b']\n";
    assert!(read(after_one_that_goes_on, &["a", "b"]).is_ok());
}
