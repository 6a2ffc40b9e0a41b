//! What must not compile. One broken thing a file, and the compiler's own words beside it.

/// Promise 1, and the part of promise 2 that types can hold. The words are those of the pinned toolchain; after a change
/// of it `TRYBUILD=overwrite cargo test -p conformance --test ui` writes them anew: read them before they are kept.
#[test]
fn what_is_unproven_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
