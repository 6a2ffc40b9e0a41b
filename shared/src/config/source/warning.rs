//! What is allowed in a source but weak.

use super::{SourceConfig, VerifierConfig, agreed};
use crate::config::{Problem, described};
use crate::verify::{Scheme, Trust};

impl SourceConfig {
    /// What is allowed here but weak.
    pub(in crate::config) fn warning(&self) -> Option<Problem> {
        let has =
            |name: &str| (name == "verify_token" && self.verify_token.is_some()) || self.values.contains_key(name);
        if let Some(missing) = agreed::missing(&self.verifier, has) {
            return Some(agreed::warning(&self.name, self.at, missing));
        }
        match &self.verifier {
            VerifierConfig::DangerouslyUnsigned => {
                let what = format!("source {:?} accepts anyone", self.name);
                Some(Problem::new(self.at, what, "add provider or verify before it faces the internet"))
            }
            VerifierConfig::Described(scheme) if described::runs_together(scheme) => {
                let what = format!("source {:?} signs a header and its neighbour with nothing between them", self.name);
                let fix =
                    "if the sender can, put a literal between: bytes moved from one to the other keep the signature";
                Some(Problem::new(self.at, what, fix))
            }
            VerifierConfig::Described(scheme)
                if matches!(**scheme, Scheme::Mac(_) | Scheme::Signature(_)) && scheme.trust() != Trust::Verified =>
            {
                let what =
                    format!("source {:?} signs no body: who sends an event is proven, what it says is not", self.name);
                Some(Problem::new(self.at, what, "if the sender can, add \"body\" to signed, or a body_digest"))
            }
            VerifierConfig::Provider(provider) => {
                let (first, title) = (self.secrets.first()?, provider.value.title);
                // A root is pinned either way.
                if !provider.value.scheme.publishes_keys() || matches!(provider.value.scheme, Scheme::Chained(_)) {
                    return None;
                }
                let what = format!("source {:?} pins the keys of {title}, which change", self.name);
                Some(Problem::new(first.at, what, "leave secret out: the published keys are fetched then"))
            }
            VerifierConfig::Described(_) => None,
        }
    }
}
