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

#[test]
fn a_sieve_is_made_of_the_parts_that_compare_a_fact_with_fixed_texts() {
    let parts = |text: &str| format!("{:?}", parsed(text).sieve()).matches("Part {").count();
    assert_eq!(parts("type == 'push' && body.ref == 'a' && (id in ['a', 'b'] && 'x' == headers['h'])"), 4);
    for text in [
        "type == 'a' || type == 'b'",
        "!(type == 'a')",
        "n == 'a'",
        "body == 'a'",
        "type != 'a'",
        "body.a == 1",
        "type == id",
        "body['0'] == 'a'",
    ] {
        assert_eq!(parts(text), 0, "{text}");
    }
}
