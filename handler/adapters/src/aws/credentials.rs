//! Who we are: the part of AWS's credential chain that serves a function, a container and a command line.
//!
//! Variables; then a container's own endpoint (ECS, EKS Pod Identity); then the keys of a profile. Single sign-on and
//! assumed roles are the AWS command's business: `aws configure export-credentials` turns them into variables.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use doorbell_core::Clock;
use doorbell_core::clock::within;
use doorbell_core::time::Timestamp;
use reqwest::Url;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::variable;
use crate::outward::{Outward, Reach, why};

/// Credentials are fetched anew this long before they end.
const AHEAD: Duration = Duration::from_secs(300);
/// The container's endpoint is on this machine.
const PATIENCE: Duration = Duration::from_secs(2);
/// Where ECS has it (docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
const ECS: &str = "http://169.254.170.2";
const NEXT: &str = "on Lambda give the function a role; elsewhere run \
                    `eval \"$(aws configure export-credentials --format env)\"`";

/// The chain, and what it gave last.
#[derive(Debug, Default)]
pub struct Chain(Mutex<Option<Held>>);

#[derive(Clone, Debug)]
struct Held {
    credentials: Credentials,
    expires: Option<Timestamp>,
}

impl Chain {
    /// These keys, until a service says that they have ended.
    pub(super) fn of(credentials: Credentials) -> Self {
        Self(Mutex::new(Some(Held { credentials, expires: None })))
    }

    /// What signs a call now.
    ///
    /// # Errors
    /// There are none, or their place does not answer; the text says the next step.
    pub async fn credentials(&self, outward: &Outward, clock: &dyn Clock) -> Result<Credentials, String> {
        let fresh = |held: &Held| held.expires.is_none_or(|end| end.since(clock.now()) > AHEAD);
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(held) = held.filter(fresh) {
            return Ok(held.credentials);
        }
        let held = find(outward, clock).await?;
        let credentials = held.credentials.clone();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(credentials)
    }

    /// Forgets what was given: a service said that it has ended.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

async fn find(outward: &Outward, clock: &dyn Clock) -> Result<Held, String> {
    let lasting = |credentials| Held { credentials, expires: None };
    if let (Some(id), Some(key)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        return Ok(lasting(Credentials::new(id, key, variable("AWS_SESSION_TOKEN"), None, "environment")));
    }
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{ECS}{path}"));
    if let Some(place) = relative.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        return container(&place, outward, clock).await.map_err(|why| format!("no AWS credentials: {why}; {NEXT}"));
    }
    profile().map(lasting).map_err(|why| format!("no AWS credentials: {why}; {NEXT}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<String>,
}

async fn container(place: &str, outward: &Outward, clock: &dyn Clock) -> Result<Held, String> {
    let url = Url::parse(place).map_err(|error| format!("the container's credentials are at no URL: {error}"))?;
    let mut request = outward.request(http::Method::GET, &url, Reach::Anywhere)?;
    // Read each time: EKS changes what is in the file.
    let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(std::fs::read_to_string).transpose();
    let token = token.map_err(|error| format!("the container's token cannot be read: {error}"))?;
    if let Some(token) = token.or_else(|| variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")).map(Zeroizing::new) {
        request = request.header(http::header::AUTHORIZATION, token.trim());
    }
    let answer = within(clock, PATIENCE, async { request.send().await?.error_for_status()?.bytes().await }).await;
    let answer = answer.map_err(|_elapsed| "the container's endpoint gave no answer in time".to_owned())?;
    let answer = answer.map_err(|error| format!("the container's endpoint: {}", why(&error)))?;
    let given: Given = serde_json::from_slice(&answer)
        .map_err(|_| "the container's endpoint gave what are no credentials".to_owned())?;
    let expires = given.expiration.as_deref().and_then(Timestamp::parse_rfc3339);
    let credentials = Credentials::new(given.access_key_id, given.secret_access_key, given.token, None, "container");
    Ok(Held { credentials, expires })
}

/// The keys of `AWS_PROFILE` in the shared file (docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
fn profile() -> Result<Credentials, String> {
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".aws/credentials"));
    let file = variable("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from).or_else(home);
    let file = file.ok_or("AWS_ACCESS_KEY_ID is not set")?;
    let profile = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let text = std::fs::read_to_string(&file).map(Zeroizing::new);
    let text = text.map_err(|_| format!("AWS_ACCESS_KEY_ID is not set, and {} cannot be read", file.display()))?;
    keys(&text, &profile).ok_or_else(|| format!("{} has no keys of the profile {profile:?}", file.display()))
}

fn keys(text: &str, profile: &str) -> Option<Credentials> {
    let heading = |line: &str| line.strip_prefix('[').and_then(|line| line.split(']').next()).map(str::to_owned);
    let mut lines =
        text.lines().map(str::trim).skip_while(|line| heading(line).is_none_or(|name| name.trim() != profile));
    lines.next()?;
    let section: Vec<(&str, &str)> = lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(['#', ';']))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let of = |wanted: &str| {
        section.iter().find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| (*value).to_owned())
    };
    Some(Credentials::new(
        of("aws_access_key_id")?,
        of("aws_secret_access_key")?,
        of("aws_session_token"),
        None,
        "profile",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_profile_are_its_own() {
        let text = "[default]\naws_access_key_id = A\n# aws_secret_access_key = no\naws_secret_access_key=B\n\n[ live ]\n\
                    aws_access_key_id=C\naws_secret_access_key=D=\naws_session_token=E\n[none]\n";
        let of = |profile| {
            let keys = keys(text, profile)?;
            let token = keys.session_token().map(str::to_owned);
            Some((keys.access_key_id().to_owned(), keys.secret_access_key().to_owned(), token))
        };
        assert_eq!(of("default"), Some(("A".to_owned(), "B".to_owned(), None)));
        assert_eq!(of("live"), Some(("C".to_owned(), "D=".to_owned(), Some("E".to_owned()))));
        assert_eq!(of("none"), None);
        assert_eq!(of("other"), None);
    }
}
