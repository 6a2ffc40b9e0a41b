//! What the operator agreed with the provider for its handshakes, beside the secret.

use std::collections::BTreeSet;

use super::{Table, VerifierConfig};
use crate::config::{At, Problem, Settings};
use crate::handshake::Handshake;

/// What no handshake of the provider asks for would be forgotten in silence.
pub(super) fn check(table: &Table<'_>, verifier: Option<&VerifierConfig>, problems: &mut Vec<Problem>) {
    let Some(verifier) = verifier else { return };
    let handshakes = handshakes(verifier);
    if let Some(at) = table.keys.key_at("verify_token")
        && !handshakes.iter().any(Handshake::needs_verify_token)
    {
        problems.push(Problem::new(at, "\"verify_token\" for a source that no handshake asks for one", "remove it"));
    }
    let known: BTreeSet<&str> = handshakes.iter().flat_map(Handshake::values).collect();
    for (name, at) in table.keys.get::<Settings>("values").into_iter().flat_map(Settings::names) {
        if !known.contains(name) {
            let fix = match known.iter().copied().collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "remove it".to_owned(),
                names => format!("use {names}"),
            };
            problems.push(Problem::new(at, format!("no handshake of the source asks for the value {name:?}"), fix));
        }
    }
}

/// The first thing without which a handshake of the provider is answered 503.
pub(super) fn missing(verifier: &VerifierConfig, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let handshakes = handshakes(verifier);
    let token = handshakes.iter().any(Handshake::needs_verify_token).then_some("verify_token");
    token.into_iter().chain(handshakes.iter().flat_map(Handshake::values)).find(|name| !has(name))
}

/// The warning for it.
pub(super) fn warning(source: &str, at: At, missing: &str) -> Problem {
    let fix = match missing {
        "verify_token" => "add verify_token = \"env://NAME\" or another reference".to_owned(),
        name => format!("add values = {{ {name} = \"...\" }}"),
    };
    Problem::new(at, format!("source {source:?} cannot answer its provider's handshake: it has no {missing}"), fix)
}

fn handshakes(verifier: &VerifierConfig) -> &'static [Handshake] {
    match verifier {
        VerifierConfig::Provider(of) => of.value.handshakes,
        VerifierConfig::Described(_) | VerifierConfig::DangerouslyUnsigned => &[],
    }
}
