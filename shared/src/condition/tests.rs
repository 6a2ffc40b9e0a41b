use super::*;

#[track_caller]
fn parsed(text: &str) -> Condition {
    Condition::parse(text, &["n"]).unwrap_or_else(|flaws| panic!("{text}: {flaws:?}"))
}

/// An operator is told of each access that fails where a sender leaves something out.
#[test]
fn what_is_taken_for_granted_is_named() {
    for (text, unguarded) in [
        ("type == 'push' && n == 1 && source == 's'", vec![]),
        ("body.ref == 'a'", vec!["body.ref"]),
        ("body.a.b.c == 1 || body.a.d == 2", vec!["body.a"]),
        ("has(body.a) && body.a.b == 1", vec!["body.a.b"]),
        ("has(body.a) && has(body.a.b) && body.a.b == 1", vec![]),
        ("body.a == 1 && has(body.a)", vec![]),
        ("has(body.a) || body.a == 1", vec!["body.a"]),
        ("!has(body.a) || body.a == 1", vec![]),
        ("has(body.a) ? body.a == 1 : body.b == 2", vec!["body.b"]),
        ("headers['x-y'] == 'a' && query.q == 'b'", vec!["headers[\"x-y\"]", "query.q"]),
        ("'x-y' in headers && headers['x-y'] == 'a'", vec![]),
        ("has(body.items) && body.items.exists(i, i.sku == 'a')", vec![]),
        ("body.items.exists(i, body.limit > i)", vec!["body.items", "body.limit"]),
    ] {
        assert_eq!(parsed(text).unguarded(), unguarded, "{text}");
    }
}

#[test]
fn types_functions_and_loop_variables_are_known() {
    for text in
        ["type(body) == map", "string(n) == '1'", "[1, 2].map(x, x * 2) == [2, 4]", "{'a': n}.a == 1", "dyn(n) == null"]
    {
        let _parsed = parsed(text);
    }
    let flaws = |text: &str| Condition::parse(text, &[]).unwrap_err();
    assert_eq!(flaws("[1].exists(x, x == 1) && x == 1")[0].at, 25);
    assert_eq!(
        flaws("n == 1")[0].what,
        "\"n\" is not known: use type, action, source, id, time, trust, method, path, headers, query or body"
    );
    assert_eq!(flaws(&format!("type == '{}'", "a".repeat(LONGEST)))[0].what, "longer than 4096 bytes");
}

/// What is told without the engine is what the engine says.
#[test]
fn a_sieve_is_made_of_what_compares_a_fact_with_fixed_texts() {
    let told = |text: &str| {
        let sieve = format!("{:?}", parsed(text).sieve());
        (sieve.matches("Test(").count(), sieve.matches("Unknown").count())
    };
    for (text, tests, unknown) in [
        ("type == 'push' && body.ref == 'a' && (id in ['a', 'b'] && 'x' == headers['h'])", 4, 0),
        ("type == 'a' || !(type == 'b') || type != 'c'", 3, 0),
        ("path.startsWith('/a') && headers['h'].endsWith('b') && body.c.contains('d')", 3, 0),
        ("type == 'a' && size(body.b) == 1", 1, 1),
        ("n == 'a'", 0, 1),
        ("n.startsWith('a')", 0, 1),
        ("'a'.startsWith(type)", 0, 1),
        ("body == 'a'", 0, 1),
        ("body.a == 1", 0, 1),
        ("type == id", 0, 1),
        ("type in body.types", 0, 1),
        ("body['0'] == 'a'", 0, 1),
        ("type == 'a' ? id == 'b' : id == 'c'", 0, 1),
    ] {
        assert_eq!(told(text), (tests, unknown), "{text}");
    }
}

/// The engine would end the process: its stack is not endless.
#[test]
fn an_expression_is_not_nested_for_ever() {
    for (first, more, last) in [("1", " + 1", " == 1"), ("body", "['a']", " == 1"), ("body", ".a", " == 1")] {
        let text = |times: usize| format!("{first}{}{last}", more.repeat(times));
        let _parsed = parsed(&text(100));
        let flaws = Condition::parse(&text(MOST_NESTED), &[]).unwrap_err();
        assert_eq!(flaws, [Flaw { at: 0, what: "nested more than 128 deep".to_owned() }], "{first}{more}");
    }
    let _long = parsed(&vec!["body.a == 1"; 250].join(" || "));
}
