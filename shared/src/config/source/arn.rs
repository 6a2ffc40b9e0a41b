//! By which name a source knows whose events it takes, where those are AWS's.

use super::{Table, VerifierConfig};
use crate::config::Problem;

/// A source that the platform brings events to has its sender's ARN for a path, and one of a topic's messages says which
/// topic; the others have none.
pub(super) fn check(table: &Table<'_>, verifier: Option<&VerifierConfig>, problems: &mut Vec<Problem>) {
    let Table { name, at, keys, .. } = *table;
    let Some(verifier) = verifier else { return };
    let service = match verifier {
        VerifierConfig::Provider(of) => of.value.scheme.arn_service(),
        VerifierConfig::Described(_) | VerifierConfig::DangerouslyUnsigned => None,
    };
    let arn = keys.placed::<String>("arn");
    match (&arn, service) {
        (Some(arn), Some(service)) if !is_arn(&arn.value, service) => {
            let fix = format!("write arn:aws:{service}:REGION:ACCOUNT:NAME");
            problems.push(Problem::new(arn.at, format!("{:?} is no ARN of {service}", arn.value), fix));
        }
        (None, Some(service)) if !keys.is_refused("arn") => {
            let what = format!("source {name:?} does not say whose events it takes");
            problems.push(Problem::new(at, what, format!("add arn = \"arn:aws:{service}:REGION:ACCOUNT:NAME\"")));
        }
        (Some(arn), None) => {
            problems.push(Problem::new(arn.at, "\"arn\" for a source whose events name no sender", "remove it"));
        }
        (Some(_) | None, _) => {}
    }
    for key in ["path", "public_url"] {
        if let (Some(at), Some(_)) = (keys.key_at(key), verifier.invoked()) {
            problems.push(Problem::new(at, format!("{key:?} for a source that takes no requests"), "remove it"));
        }
    }
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME`.
fn is_arn(text: &str, service: &str) -> bool {
    let fields: Vec<&str> = text.split(':').collect();
    matches!(fields.as_slice(), ["arn", _, of, _, _, _] if *of == service)
        && fields.iter().all(|field| !field.is_empty())
}
