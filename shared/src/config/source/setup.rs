//! What only the operator knows of a scheme: the URL that is signed, the texts that stand in no delivery.

use super::{Table, VerifierConfig};
use crate::config::Problem;
use crate::verify::Scheme;

/// Without it no delivery could be proven, so it is no warning.
pub(super) fn check(table: &Table<'_>, verifier: Option<&VerifierConfig>, problems: &mut Vec<Problem>) {
    let Some(scheme) = verifier.and_then(VerifierConfig::template) else { return };
    let Table { name, at, keys, root, .. } = *table;
    // Of a provider's tokens it is said with the rest that they leave to the config.
    let is_claimed =
        matches!((verifier, scheme), (Some(VerifierConfig::Described(_)), Scheme::Jwt(jwt)) if jwt.url.is_some());
    let mut needs: Vec<&str> = scheme.needs().chain(is_claimed.then_some("public_url")).collect();
    needs.sort_unstable();
    needs.dedup();
    for need in needs {
        let (is_there, fix) = if need == "public_url" {
            let refused = keys.is_refused("public_url") || root.is_refused("public_url");
            let fix = "add public_url = \"https://...\", the URL as the sender has it: it is signed".to_owned();
            (refused || table.url().is_some(), fix)
        } else {
            (keys.map("values").iter().any(|(key, _)| *key == need), format!("add values = {{ {need} = \"...\" }}"))
        };
        if !is_there {
            problems.push(Problem::new(at, format!("source {name:?} does not say its {need}"), fix));
        }
    }
}
