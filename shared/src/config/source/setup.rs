//! What only the operator knows of a scheme: the URL that is signed, the texts that stand in no delivery.

use super::{Table, VerifierConfig};
use crate::config::Problem;
use crate::verify::Scheme;

/// Without it no delivery could be proven, so it is no warning.
pub(super) fn check(table: &Table<'_>, verifier: Option<&VerifierConfig>, problems: &mut Vec<Problem>) {
    let scheme = match verifier {
        Some(VerifierConfig::Provider(of)) => of.value.scheme.clone(),
        Some(VerifierConfig::Described(mac)) => Scheme::Mac(mac.clone()),
        Some(VerifierConfig::DescribedTokens(_) | VerifierConfig::DangerouslyUnsigned) | None => return,
    };
    let Table { name, at, keys, root, .. } = *table;
    let mut needs: Vec<&str> = scheme.needs().collect();
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
