//! The secret of another case, where the two are not one.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorbell::conform::Secrets;

/// Whether two cases have a text of their secrets in common.
pub(crate) fn shares(one: &Secrets, other: &Secrets) -> bool {
    match (one, other) {
        (Secrets::Texts(one), Secrets::Texts(other)) => one.iter().any(|text| other.contains(text)),
        // One key, in hex here and in Base64 there.
        (Secrets::PublicKey(one), Secrets::PublicKey(other)) => {
            let in_hex = |text: &String| -> String {
                STANDARD.decode(text).unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
            };
            one == other || in_hex(one) == *other || *one == in_hex(other)
        }
        // The same keys under other ids.
        (Secrets::KeySet(one), Secrets::KeySet(other)) => {
            let modulus = |set: &str| {
                let set: serde_json::Value = serde_json::from_str(set).unwrap();
                let keys = set.get("keys").and_then(serde_json::Value::as_array).unwrap();
                keys.iter().filter_map(|key| Some(key.get("n")?.to_string())).collect::<BTreeSet<_>>()
            };
            modulus(one).intersection(&modulus(other)).next().is_some()
        }
        (Secrets::Texts(texts), Secrets::WithVerifyToken { secret, .. }) => texts.contains(secret),
        (one, other) => one == other,
    }
}

/// Another case's secret as this one has its own: certificates under these URLs, or they would not be asked at all.
pub(crate) fn in_the_form_of(secret: &Secrets, genuine: &Secrets) -> Option<Secrets> {
    match (secret, genuine) {
        (Secrets::Certificates(theirs), Secrets::Certificates(ours)) => {
            let pem = theirs.values().next().filter(|pem| !ours.values().any(|our| our == *pem))?;
            Some(Secrets::Certificates(ours.keys().map(|url| (url.clone(), pem.clone())).collect()))
        }
        (Secrets::Texts(theirs), Secrets::WithVerifyToken { verify_token, .. }) => {
            Some(Secrets::WithVerifyToken { secret: theirs.first()?.clone(), verify_token: verify_token.clone() })
        }
        _ => (std::mem::discriminant(secret) == std::mem::discriminant(genuine)).then(|| secret.clone()),
    }
}
