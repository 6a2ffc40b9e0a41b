//! Where an issuer's keys are, by its own metadata (OpenID Connect Discovery 1.0, section 4).

use reqwest::Url;
use serde::Deserialize;

use crate::outward::Reach;

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// Section 4.1: a slash at the end of the issuer is taken off.
pub(super) fn metadata_of(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// The URL of the keys. Only on the issuer's own host: whoever may write this document on some server must not send us
/// to another one.
pub(super) fn keys_of(issuer: &str, metadata: &Url, document: &[u8], reach: Reach) -> Result<Url, String> {
    let said: Metadata = serde_json::from_slice(document)
        .map_err(|_| "what came is no OpenID metadata with issuer and jwks_uri".to_owned())?;
    // Section 4.3: exactly the same.
    if said.issuer != issuer {
        return Err(format!(
            "this is the metadata of {:?}, not of {issuer:?}; write the issuer as it does",
            said.issuer
        ));
    }
    let keys = Url::parse(&said.jwks_uri).map_err(|error| format!("its jwks_uri is no URL: {error}"))?;
    if keys.scheme() != "https" && reach == Reach::Public {
        return Err("its jwks_uri is not https".to_owned());
    }
    if (keys.host_str(), keys.port_or_known_default()) != (metadata.host_str(), metadata.port_or_known_default()) {
        let host = keys.host_str().unwrap_or_default();
        return Err(format!("its jwks_uri is on another host, {host}; if that is right, write it as keys in verify"));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.com/tenant/";

    fn found(issuer: &str, jwks_uri: &str) -> Result<String, String> {
        let metadata = Url::parse(&metadata_of(ISSUER)).unwrap();
        let document = format!(r#"{{"issuer": "{issuer}", "jwks_uri": "{jwks_uri}", "more": []}}"#);
        keys_of(ISSUER, &metadata, document.as_bytes(), Reach::Public).map(String::from)
    }

    #[test]
    fn the_metadata_is_under_the_issuer() {
        let expected = "https://id.example.com/tenant/.well-known/openid-configuration";
        for issuer in [ISSUER, "https://id.example.com/tenant"] {
            assert_eq!(metadata_of(issuer), expected);
        }
    }

    #[test]
    fn the_keys_are_on_the_issuers_own_host() {
        let keys = "https://id.example.com/keys";
        assert_eq!(found(ISSUER, keys), Ok(keys.to_owned()));
        assert_eq!(found(ISSUER, "https://ID.example.com:443/keys"), Ok(keys.to_owned()));
        for (issuer, jwks_uri, why) in [
            ("https://id.example.com/tenant", keys, "not of"),
            ("https://evil.example/", keys, "not of"),
            (ISSUER, "http://id.example.com/keys", "not https"),
            (ISSUER, "https://evil.example/keys", "another host"),
            (ISSUER, "https://id.example.com.evil.example/keys", "another host"),
            (ISSUER, "https://id.example.com@evil.example/keys", "another host"),
            (ISSUER, "https://id.example.com:8443/keys", "another host"),
            (ISSUER, "https://169.254.169.254/keys", "another host"),
            (ISSUER, "/keys", "no URL"),
        ] {
            let refused = found(issuer, jwks_uri).unwrap_err();
            assert!(refused.contains(why), "{issuer} {jwks_uri}: {refused}");
        }
        let metadata = Url::parse(&metadata_of(ISSUER)).unwrap();
        for document in ["", "{}", r#"{"issuer": "https://id.example.com/tenant/"}"#, "<html>"] {
            assert!(keys_of(ISSUER, &metadata, document.as_bytes(), Reach::Public).is_err(), "{document}");
        }
    }
}
