//! What the config says of an HTTP destination, and what only an opening can find wrong with it.

use std::sync::Arc;

use doorbell_core::config::{DestinationConfig, SecretRef, Settings};
use doorbell_core::framing::is_framing;
use doorbell_core::provider;
use http::{HeaderName, HeaderValue, Method, header};
use reqwest::Url;

use super::Http;
use super::dress::{Dress, Secretly, Sign, Written, no_header};
use super::parts::Form;
use crate::destination::{OpenError, Site};
use crate::grant::Grant;
use crate::identity::Identity;
use crate::outward::{Reach, literal};
use crate::right::Right;
use crate::secret::held::Held;

fn wrong(what: impl Into<String>, fix: impl Into<String>) -> OpenError {
    OpenError::new(what, fix)
}

/// What only an adapter knows to be wrong, each part for itself.
pub(super) fn judge(config: &DestinationConfig) -> Vec<OpenError> {
    let settings = &config.settings;
    [place(settings).err(), form(settings).err(), pattern(settings).err()].into_iter().flatten().collect()
}

pub(super) async fn open(config: &DestinationConfig, site: &Site) -> Result<Http, OpenError> {
    let settings = &config.settings;
    let (url, reach) = place(settings)?;
    let form = form(settings)?;
    let dress = pattern(settings)?.dress(site).await?;
    let method = match settings.text("method") {
        Some("PUT") => Method::PUT,
        Some("PATCH") => Method::PATCH,
        _ => Method::POST,
    };
    Ok(Http {
        method,
        url,
        reach,
        form,
        dress,
        keep_signature: settings.flag("keep_signature"),
        outward: site.outward.clone(),
        clock: Arc::clone(&site.clock),
    })
}

fn place(settings: &Settings) -> Result<(Url, Reach), OpenError> {
    let reach = if settings.flag("allow_private") { Reach::Anywhere } else { Reach::Public };
    let url = url(settings.text("url").unwrap_or_default(), reach).map_err(|error| error.about("url"))?;
    Ok((url, reach))
}

fn url(text: &str, reach: Reach) -> Result<Url, OpenError> {
    let url = Url::parse(text).map_err(|error| wrong(format!("url is no URL: {error}"), "mend it"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "url holds a name or a password",
            "use basic = { user = \"..\", password = \"env://NAME\" }",
        ));
    }
    if url.scheme() != "https" && reach == Reach::Public {
        return Err(wrong("url is not https", "write https://, or say allow_private = true for a service of your own"));
    }
    literal(&url, reach).map_err(|refused| wrong(format!("url leads inside: {refused}"), "name a public host"))?;
    Ok(url)
}

fn form(settings: &Settings) -> Result<Form, OpenError> {
    if settings.text("template").is_some() && settings.flag("keep_signature") {
        let what = "template makes the body, and keep_signature is about the one that came";
        return Err(wrong(what, "keep one").about("keep_signature"));
    }
    Ok(if settings.text("body") == Some("cloudevent") { Form::CloudEvent } else { Form::Event })
}

/// What a dress is made after: nothing is fetched yet.
struct Pattern {
    plain: Vec<(HeaderName, HeaderValue)>,
    secret: Vec<(HeaderName, Written, SecretRef)>,
    audience: Option<String>,
    sign: Option<SecretRef>,
}

fn pattern(settings: &Settings) -> Result<Pattern, OpenError> {
    let ways = [
        ("bearer", !settings.secrets("bearer").is_empty()),
        ("basic", settings.table("basic").is_some()),
        ("audience", settings.text("audience").is_some()),
    ];
    let said: Vec<&str> = ways.iter().filter(|(_, said)| *said).map(|(name, _)| *name).collect();
    if let [first, _, ..] = said.as_slice() {
        let what = format!("{} are both there, and Authorization is one header", said.join(" and "));
        return Err(wrong(what, "keep one").about(first));
    }
    let (mut plain, mut secret) = (Vec::new(), Vec::new());
    for (name, text) in settings.map("headers") {
        match header(name, text, !said.is_empty()).map_err(|error| error.about("headers"))? {
            (name, Value::Plain(value)) => plain.push((name, value)),
            (name, Value::Secret(reference)) => secret.push((name, Written::After(""), reference)),
        }
    }
    if let Some(reference) = one(settings, "bearer") {
        secret.push((header::AUTHORIZATION, Written::After("Bearer "), reference));
    }
    if let Some((user, password)) =
        settings.table("basic").and_then(|basic| Some((basic.text("user")?.to_owned(), one(basic, "password")?)))
    {
        if user.contains(':') {
            let fix = "no server can tell it from the password";
            return Err(wrong("the user of basic has a colon in its name", fix).about("basic"));
        }
        secret.push((header::AUTHORIZATION, Written::Basic(user), password));
    }
    let audience = settings.text("audience").map(str::to_owned);
    Ok(Pattern { plain, secret, audience, sign: one(settings, "sign") })
}

impl Pattern {
    async fn dress(self, site: &Site) -> Result<Dress, OpenError> {
        let mut secret = Vec::with_capacity(self.secret.len());
        for (name, written, reference) in self.secret {
            secret.push(secretly(site, name, written, reference).await?);
        }
        let identity = self.audience.as_deref().map(Identity::of).transpose();
        let fix = "name credentials that can, or use bearer or basic";
        let identity = identity.map_err(|what| wrong(what, fix).about("audience"))?;
        let sign = match self.sign {
            Some(reference) => Some(sign(site, reference).await.map_err(|error| error.about("sign"))?),
            None => None,
        };
        Ok(Dress { plain: self.plain, secret, identity, sign })
    }
}

/// Every secret that it holds, and the right to call what Cloud Run guards.
pub(super) fn grants(config: &DestinationConfig) -> Vec<Right> {
    let settings = &config.settings;
    let mut secrets: Vec<SecretRef> =
        settings.map("headers").iter().filter_map(|(_, text)| SecretRef::parse(text)).collect();
    secrets.extend(["bearer", "sign"].iter().filter_map(|key| one(settings, key)));
    secrets.extend(settings.table("basic").and_then(|basic| one(basic, "password")));
    let invoke = settings.text("audience").map(|audience| Grant::Invoke { audience: audience.to_owned() }.into());
    secrets.iter().filter_map(Right::reading).chain(invoke).collect()
}

fn one(settings: &Settings, key: &str) -> Option<SecretRef> {
    settings.secrets(key).into_iter().next().map(|placed| placed.value)
}

enum Value {
    Plain(HeaderValue),
    Secret(SecretRef),
}

fn header(name: &str, text: &str, authorized: bool) -> Result<(HeaderName, Value), OpenError> {
    let parsed = HeaderName::from_bytes(name.as_bytes());
    let parsed = parsed.map_err(|_| wrong(format!("{name:?} is not the name of a header"), "mend it"))?;
    if is_framing(&parsed) {
        return Err(wrong(format!("header {name:?} belongs to the connection"), "remove it"));
    }
    let authorization = parsed == header::AUTHORIZATION;
    if authorization && authorized {
        return Err(wrong(format!("header {name:?} is set twice"), "remove it, or bearer, basic and audience"));
    }
    if let Some(reference) = SecretRef::parse(text) {
        return Ok((parsed, Value::Secret(reference)));
    }
    let schemes = ["env://", "file://", "gcp-sm://", "aws-sm://", "ssm://"];
    // What follows may be a secret all the same: the text is not repeated.
    if schemes.iter().any(|scheme| text.starts_with(scheme)) {
        let what = format!("header {name:?} is like a reference to a secret, and is none");
        return Err(wrong(what, "write it as env://NAME, file:///path or gcp-sm://project/name"));
    }
    if authorization {
        return Err(wrong("a secret stands in the config", "use bearer or basic, which take a reference"));
    }
    let value = HeaderValue::from_str(text).ok().filter(|value| value.to_str().is_ok());
    let value = value.ok_or_else(|| wrong(format!("header {name:?} is no header text"), "use visible ASCII"))?;
    Ok((parsed, Value::Plain(value)))
}

async fn secretly(
    site: &Site,
    name: HeaderName,
    written: Written,
    reference: SecretRef,
) -> Result<Secretly, OpenError> {
    let held = Held::open(&site.vault, &site.clock, reference).await;
    let secretly = Secretly { name, written, held };
    // What could not be fetched is said when the destination is asked whether it would take an event.
    match secretly.held.live().await {
        Ok(live) if secretly.value(&live).is_none() => {
            Err(wrong(no_header(&secretly.held), "store a token without line ends"))
        }
        Ok(_) | Err(_) => Ok(secretly),
    }
}

async fn sign(site: &Site, reference: SecretRef) -> Result<Sign, OpenError> {
    let missing = || wrong("the scheme of Standard Webhooks is not in this program", "remove sign");
    let scheme = provider::find("standard-webhooks", None).ok_or_else(missing)?.scheme.clone();
    let held = Held::open(&site.vault, &site.clock, reference).await;
    if let Ok(live) = held.live().await
        && let Err(shape) = scheme.keyring(vec![live])
    {
        return Err(wrong(
            format!("{} is no key to sign with", held.reference()),
            format!("it must be {}", shape.expected),
        ));
    }
    Ok(Sign { scheme, held })
}
