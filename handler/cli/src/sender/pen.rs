//! What a delivery is signed with: the secret that both sides have, or the sender's private key.

use std::sync::Arc;

use doorbell_adapters::secret::Vault;
use doorbell_core::config::{FactorConfig, SecretRef};
use doorbell_core::secret::Keyring;
use doorbell_core::verify::{Scheme, Signer};
use futures_util::future::try_join_all;

use super::Args;
use crate::exit::Refusal;
use crate::private_key::{Kind, PrivateKey, PublicHalf};
use crate::wait::wait;

/// The one thing that signs.
#[derive(Debug)]
pub(super) enum Pen {
    Nothing,
    Secret(Keyring),
    Key(PrivateKey),
}

impl Pen {
    /// The one for this scheme, and what the operator has to know of a key that was made.
    pub(super) fn of(
        label: &str,
        scheme: &Scheme,
        secrets: &[SecretRef],
        args: &Args,
    ) -> Result<(Self, Vec<String>), Refusal> {
        let kind = scheme.private_algorithm().and_then(Kind::of);
        if let Some(kind) = kind {
            return Self::private(label, kind, PublicHalf::of(scheme), args);
        }
        if args.key.is_some() {
            let told = format!("--key: {label} has no private key; add --secret env://NAME");
            return Err(Refusal::Usage(told));
        }
        if !scheme.needs_keys() {
            return Ok((Self::Nothing, Vec::new()));
        }
        if secrets.is_empty() {
            let told = "no secret to sign with; add --secret env://NAME, or --source NAME";
            return Err(Refusal::Usage(told.to_owned()));
        }
        Ok((Self::Secret(ring(scheme, secrets)?), Vec::new()))
    }

    /// The one for a proof that a source wants besides.
    pub(super) fn of_factor(factor: &FactorConfig) -> Result<Self, Refusal> {
        let secrets: Vec<SecretRef> = factor.secrets.iter().map(|secret| secret.value.clone()).collect();
        Ok(if secrets.is_empty() { Self::Nothing } else { Self::Secret(ring(&factor.scheme, &secrets)?) })
    }

    fn private(label: &str, kind: Kind, form: PublicHalf, args: &Args) -> Result<(Self, Vec<String>), Refusal> {
        if let Some(path) = &args.key {
            let (key, published) = PrivateKey::kept(path, kind, form)?;
            let line = |public: std::path::PathBuf| format!("  secret = \"file://{}\"", public.display());
            let told = format!("{label} is proven by the public half of {}; into the config goes", path.display());
            let news = published.map(|public| vec![told, line(public)]).unwrap_or_default();
            return Ok((Self::Key(key), news));
        }
        match args.secret.as_deref().map(SecretRef::parse) {
            Some(Some(SecretRef::File { path })) => {
                Ok((Self::Key(PrivateKey::of_file(path.as_ref(), kind)?), Vec::new()))
            }
            Some(_) => Err(Refusal::Usage(format!(
                "{label} has a private key: write --secret file:///path of its PEM, or --key FILE, which makes one"
            ))),
            None => {
                let unmade = || Refusal::Unreachable(format!("cannot make {} key: the system gave none", kind.name()));
                let key = PrivateKey::generate(kind).ok_or_else(unmade)?;
                let public = key.public_half(form).ok_or_else(unmade)?;
                let told = "a key for this once; --key FILE keeps one. The secret of a source that takes it, for env://NAME \
                            or file:///path:";
                Ok((Self::Key(key), vec![told.to_owned(), public.trim_end().to_owned()]))
            }
        }
    }

    pub(super) fn signer(&self) -> Signer<'_> {
        match self {
            Self::Nothing => Signer::Nothing,
            Self::Secret(keys) => Signer::Shared(keys),
            Self::Key(key) => Signer::Private(key),
        }
    }
}

fn ring(scheme: &Scheme, references: &[SecretRef]) -> Result<Keyring, Refusal> {
    let vault = Arc::new(Vault::new());
    let fetched = try_join_all(references.iter().map(|reference| vault.fetch(reference, false)));
    let live = wait(fetched)?.map_err(|error| Refusal::Usage(error.to_string()))?.concat();
    let shape = |expected| Refusal::Usage(format!("the secret has the wrong shape: it must be {expected}"));
    scheme.keyring(live).map_err(|wrong| shape(wrong.expected))
}
