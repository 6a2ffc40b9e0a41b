//! `and = [...]`: what a delivery must prove besides. Each proof has keys of its own, so that whoever knows one secret, a
//! password that travels say, has not the other.

use super::{Table, VerifierConfig};
use crate::config::described;
use crate::config::{At, Placed, Problem, SecretRef, Settings};
use crate::verify::{Scheme, Tokens};

/// One more proof.
#[derive(Debug, Clone)]
pub struct FactorConfig {
    /// Where it is declared.
    pub at: At,
    /// How it is proven.
    pub scheme: Scheme,
    /// Where its secrets live. Empty where its keys are published.
    pub secrets: Vec<Placed<SecretRef>>,
}

pub(super) fn read(
    table: &Table<'_>,
    verifier: Option<&VerifierConfig>,
    problems: &mut Vec<Problem>,
) -> Vec<FactorConfig> {
    let Some(at) = table.keys.key_at("and") else { return Vec::new() };
    match verifier {
        Some(VerifierConfig::DangerouslyUnsigned) => {
            let fix = "write the proof under verify, in place of dangerously_unsigned";
            problems.push(Problem::new(at, "\"and\" for a source that is unsigned", fix));
        }
        Some(verifier) if verifier.invoked().is_some() => {
            problems.push(Problem::new(at, "\"and\" for a source that the platform brings events to", "remove it"));
        }
        Some(VerifierConfig::Provider(_) | VerifierConfig::Described(_)) | None => {}
    }
    let factors = table.keys.all::<Settings>("and");
    factors.iter().filter_map(|factor| one(table, factor, problems)).collect()
}

fn one(table: &Table<'_>, factor: &Placed<Settings>, problems: &mut Vec<Problem>) -> Option<FactorConfig> {
    let Placed { value: keys, at } = factor;
    let scheme = described::read(keys, problems)?;
    let url = table.url();
    let signs_url = scheme.needs().any(|need| need == "public_url");
    if signs_url && url.is_none() {
        let fix = "add public_url = \"https://...\", the URL as the sender has it: it is signed";
        problems.push(Problem::new(*at, format!("source {:?} does not say its public_url", table.name), fix));
    }
    if scheme.is_token_in_path() {
        // The source answers at its own path, and one segment more only where the first proof is that segment.
        let fix = "write verify = { token = \"path\" } for the source, and this proof's place here";
        problems.push(Problem::new(*at, "a token in the path beside another proof", fix));
    }
    let secrets = keys.secrets("secret");
    if secrets.is_empty() && !scheme.publishes_keys() && !keys.is_refused("secret") {
        let fix = "add secret = \"env://NAME\" or another reference, not the source's own";
        problems.push(Problem::new(*at, format!("a proof of source {:?} has no secret", table.name), fix));
    }
    for secret in &secrets {
        if table.keys.secrets("secret").iter().any(|own| own.value == secret.value) {
            let fix = "give it one of its own: else whoever knows that secret has both proofs";
            problems.push(Problem::new(secret.at, "the same secret for two proofs", fix));
        }
    }
    let values = table.keys.map("values").into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let scheme = scheme.for_setup(url.as_deref(), &values).for_tokens(&Tokens { url, ..Tokens::default() });
    Some(FactorConfig { at: *at, scheme, secrets })
}
