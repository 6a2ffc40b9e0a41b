//! What every part of Google Cloud needs: who we are, and where the services are.

use std::error::Error as _;
use std::sync::OnceLock;

use google_cloud_auth::credentials::{Builder, CacheableResource, Credentials, CredentialsProvider, anonymous};
use google_cloud_auth::errors::CredentialsError;
use google_cloud_gax::error::Error;
use http::{Extensions, HeaderMap};

/// Where the clouds of Google's partners are (docs.rs/google-cloud-gax: `with_universe_domain`).
const UNIVERSE: &str = "GOOGLE_CLOUD_UNIVERSE_DOMAIN";

/// The one identity of this process, made when something first asks for it and shared by all clients: its tokens are
/// cached inside.
#[derive(Debug, Default)]
pub struct Google {
    credentials: OnceLock<Credentials>,
}

/// Credentials of googleapis.com. A client asks where its credentials are from before its first call, which is a round trip
/// to the metadata server; whoever runs in another universe must say so in [`UNIVERSE`] anyway, or each client refuses.
#[derive(Debug)]
struct AtHome(Credentials);

impl CredentialsProvider for AtHome {
    async fn headers(&self, extensions: Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        self.0.headers(extensions).await
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}

/// A service that is not where Google has it, by the vendor's own variable or ours.
#[must_use]
pub fn emulator(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|place| !place.is_empty())
        .map(|place| if place.contains("://") { place } else { format!("http://{place}") })
}

/// The project of this process, where the environment says one.
#[must_use]
pub fn project() -> Option<String> {
    std::env::var("GOOGLE_CLOUD_PROJECT").ok().filter(|project| !project.is_empty())
}

/// What was heard, without a word of the payload: the service's status, else the kind of failure.
pub(crate) fn why(error: &Error) -> String {
    // Time ran out between two attempts; what the last one met is inside.
    let last = error.source().filter(|_| error.is_exhausted()).and_then(|source| source.downcast_ref());
    let error: &Error = last.unwrap_or(error);
    if let Some(status) = error.status() {
        return format!("{:?}: {}", status.code, status.message);
    }
    if let Some(code) = error.http_status_code() {
        return format!("HTTP {code}");
    }
    let kind = if error.is_authentication() {
        "no token: the metadata server or the credentials did not give one"
    } else if error.is_timeout() || error.is_exhausted() {
        "no answer in time"
    } else if error.is_connect() || error.is_io() {
        "no connection"
    } else {
        "an answer that cannot be read"
    };
    kind.to_owned()
}

impl Google {
    /// The standard chain: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's own file, the metadata server
    /// (cloud.google.com/docs/authentication/application-default-credentials).
    ///
    /// # Errors
    /// What stands there cannot be used; the text says what, and the next step.
    pub fn credentials(&self) -> Result<Credentials, String> {
        if let Some(credentials) = self.credentials.get() {
            return Ok(credentials.clone());
        }
        let next = "on Cloud Run set the service's account; elsewhere run `gcloud auth application-default login`";
        let built = Builder::default().build().map_err(|error| format!("no Google credentials: {error}; {next}"))?;
        let at_home = std::env::var_os(UNIVERSE).is_none();
        let built = if at_home { Credentials::from(AtHome(built)) } else { built };
        Ok(self.credentials.get_or_init(|| built).clone())
    }

    /// The same for a service that may be an emulator: Google's take nobody's token, and refuse what is none of theirs.
    ///
    /// # Errors
    /// As [`Google::credentials`].
    pub fn credentials_for(&self, emulator: Option<&str>) -> Result<Credentials, String> {
        if emulator.is_some() { Ok(anonymous::Builder::new().build()) } else { self.credentials() }
    }

    /// The same for a stand-in where there is no emulator: who we are is sent there only if the environment says who.
    ///
    /// # Errors
    /// As [`Google::credentials`].
    pub fn credentials_at(&self, stand_in: Option<&str>) -> Result<Credentials, String> {
        let named = ["GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST"];
        let named = named.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        if named { self.credentials() } else { self.credentials_for(stand_in) }
    }
}
