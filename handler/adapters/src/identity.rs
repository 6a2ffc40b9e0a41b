//! Our own identity, said to a service that asks for it: an OpenID Connect token of this process's service account
//! (cloud.google.com/run/docs/authenticating/service-to-service).

use http::HeaderValue;

/// Tokens for one audience; cached, and renewed before they expire.
#[derive(Clone, Debug)]
pub struct Identity {
    audience: String,
    #[cfg(feature = "google")]
    tokens: google_cloud_auth::credentials::idtoken::IDTokenCredentials,
}

#[cfg(feature = "google")]
impl Identity {
    /// From the metadata server, or the service account that `GOOGLE_APPLICATION_CREDENTIALS` names.
    ///
    /// # Errors
    /// What stands there gives no such token; the text says what, and the next step.
    pub fn of(audience: &str) -> Result<Self, String> {
        let next = "on Cloud Run set the service's account; elsewhere name the key of a service account, or run \
                    `gcloud auth application-default login --impersonate-service-account=ACCOUNT`";
        let tokens = google_cloud_auth::credentials::idtoken::Builder::new(audience).build();
        let tokens = tokens.map_err(|error| format!("no identity for {audience}: {error}; {next}"))?;
        Ok(Self { audience: audience.to_owned(), tokens })
    }

    /// The value of `Authorization`. Its `Debug` shows nothing.
    ///
    /// # Errors
    /// No token came; the text says the next step.
    pub async fn header(&self) -> Result<HeaderValue, String> {
        let missing = |why: &str| {
            let audience = &self.audience;
            format!("no identity token for {audience}: {why}; check the service account that this service runs as")
        };
        let token = self.tokens.id_token().await.map_err(|error| missing(&error.to_string()))?;
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|_| missing("what came is no token"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(not(feature = "google"))]
impl Identity {
    /// Nothing: Google Cloud is not built into this program.
    ///
    /// # Errors
    /// Always.
    pub fn of(audience: &str) -> Result<Self, String> {
        Err(format!("no identity for {audience}: Google Cloud is not built into this program; use bearer or basic"))
    }

    /// Nothing, as there is no such identity.
    ///
    /// # Errors
    /// Always.
    pub async fn header(&self) -> Result<HeaderValue, String> {
        std::future::ready(Err(format!("no identity for {}", self.audience))).await
    }
}
