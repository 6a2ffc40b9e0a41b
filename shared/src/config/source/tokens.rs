//! Which tokens a source takes, where its senders prove themselves with some: what the provider's entry leaves open.

use super::{Table, VerifierConfig};
use crate::config::Problem;
use crate::verify::jwt::Audience;
use crate::verify::{Expected, Jwt, Scheme, Tokens};

/// `None` where the senders have no token, or the scheme is described, or a problem was reported.
pub(super) fn read(
    table: &Table<'_>,
    verifier: Option<&VerifierConfig>,
    problems: &mut Vec<Problem>,
) -> Option<Tokens> {
    let Table { name, at, keys, root, .. } = *table;
    let jwt = if let VerifierConfig::Provider(of) = verifier?
        && let Scheme::Jwt(jwt) = &of.value.scheme
    {
        Some(jwt)
    } else {
        None
    };
    let takes = Takes::of(jwt);
    for (key, taken) in [("issuer", takes.issuer), ("audience", takes.audience), ("email", takes.email)] {
        if let (Some(at), false) = (keys.key_at(key), taken) {
            let what = match jwt {
                None => format!("{key:?} for a source whose senders have no token"),
                Some(_) => format!("{key:?} for a source whose tokens are told by something else"),
            };
            problems.push(Problem::new(at, what, "remove it"));
        }
    }
    let jwt = jwt?;
    let url = || table.url();
    let said = |key: &str| keys.text(key).map(str::to_owned);
    let default = if jwt.audience == Audience::Url { url() } else { None };
    let tokens = Tokens {
        issuer: said("issuer"),
        audience: said("audience").or(default),
        email: said("email"),
        url: takes.url.then(url).flatten(),
    };
    // A refused value is reported already.
    let refused_url = keys.is_refused("public_url") || root.is_refused("public_url");
    let mut complete = true;
    let mut miss = |is_missing: bool, is_refused: bool, what: &str, fix: &str| {
        complete &= !is_missing;
        if is_missing && !is_refused {
            problems.push(Problem::new(at, format!("source {name:?} does not say {what}"), fix));
        }
    };
    let who = "add issuer = \"...\", the iss of the sender's tokens";
    miss(takes.issuer && tokens.issuer.is_none(), keys.is_refused("issuer"), "who signs its tokens", who);
    let refused = keys.is_refused("audience") || (jwt.audience == Audience::Url && refused_url);
    miss(takes.audience && tokens.audience.is_none(), refused, "for whom its tokens are", audience_fix(jwt));
    let whose = "add email = \"NAME@PROJECT.iam.gserviceaccount.com\", the service account that the sender uses";
    miss(takes.email && tokens.email.is_none(), keys.is_refused("email"), "whose tokens it takes", whose);
    let at_which = "add public_url = \"https://...\": the sender's tokens name it";
    miss(takes.url && tokens.url.is_none(), refused_url, "at which URL it is", at_which);
    complete.then_some(tokens)
}

/// What the template leaves to the config.
struct Takes {
    issuer: bool,
    audience: bool,
    email: bool,
    url: bool,
}

impl Takes {
    fn of(jwt: Option<&Jwt>) -> Self {
        let is_open = |expected: Option<&Expected>| expected == Some(&Expected::Configured);
        Self {
            issuer: jwt.is_some_and(|jwt| jwt.issuer.is_open()),
            audience: jwt.is_some_and(|jwt| matches!(jwt.audience, Audience::Configured | Audience::Url)),
            email: is_open(jwt.and_then(|jwt| jwt.email.as_ref())),
            url: is_open(jwt.and_then(|jwt| jwt.url.as_ref()).map(|url| &url.url)),
        }
    }
}

fn audience_fix(jwt: &Jwt) -> &'static str {
    match (&jwt.audience, &jwt.email) {
        (Audience::Url, Some(_)) => {
            "add audience = \"https://...\", the audience of the push subscription, or public_url"
        }
        (Audience::Url, None) => "add public_url = \"https://...\", the URL that the sender uses, or audience",
        _ => "add audience = \"...\", the aud of the sender's tokens",
    }
}
