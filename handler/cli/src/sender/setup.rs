//! What only the operator of a provider's account knows, out of the command line.

use std::collections::BTreeMap;

use doorbell_core::provider::Provider;
use doorbell_core::verify::jwt::Audience;
use doorbell_core::verify::{Expected, Scheme, Tokens};

use super::Args;
use crate::exit::Refusal;

/// The provider's scheme with what only its operator knows.
pub(super) fn of(provider: &Provider, args: &Args) -> Result<Scheme, Refusal> {
    let pair = |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let no_pair = || Refusal::Usage("--value is a name and a text; write --value NAME=TEXT".to_owned());
    let values: BTreeMap<String, String> = args.values.iter().map(pair).collect::<Option<_>>().ok_or_else(no_pair)?;
    let said = |name: &str| values.get(name).cloned();
    let of_url = matches!(&provider.scheme, Scheme::Jwt(jwt) if jwt.audience == Audience::Url);
    let tokens = Tokens {
        issuer: said("issuer"),
        audience: said("audience").or_else(|| args.url.clone().filter(|_| of_url)),
        email: said("email"),
        url: args.url.clone(),
    };
    let mut scheme = provider.scheme.clone().for_setup(args.url.as_deref(), &values).for_tokens(&tokens);
    if let Some(arn) = said("arn") {
        scheme = scheme.for_topic(arn);
    }
    let is_there = |need: &&str| if *need == "public_url" { args.url.is_some() } else { values.contains_key(*need) };
    let need = provider.scheme.needs().find(|need| !is_there(need)).or_else(|| match &scheme {
        Scheme::Jwt(jwt) => jwt.open().next(),
        Scheme::Sns(sns) if sns.topic == Expected::Configured => Some("arn"),
        Scheme::Sns(_)
        | Scheme::Mac(_)
        | Scheme::Dialects(_)
        | Scheme::Items(_)
        | Scheme::Signature(_)
        | Scheme::Token(_)
        | Scheme::Detached(_)
        | Scheme::Chained(_)
        | Scheme::Invoked(_)
        | Scheme::Unsigned => None,
    });
    match need {
        None => Ok(scheme),
        Some("public_url") => Err(Refusal::Usage(format!("{} signs its public_url; add --url URL", provider.name))),
        Some(need) => Err(Refusal::Usage(format!("{} signs its {need}; add --value {need}=TEXT", provider.name))),
    }
}
