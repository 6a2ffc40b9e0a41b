//! Apple.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use x509_cert::der::asn1::ObjectIdentifier;

use super::entry::{BASE, NO_FACTS, known, places};
use super::{Facts, Level, Provider, Retries, TimeForm};
use crate::envelope::Envelope;
use crate::locate::at;
use crate::verify::jwt::{Bound, Marks, Place, Said};
use crate::verify::{Chained, Expected, Scheme, Window};

const HOUR: u64 = 3600;
const PAYLOAD: &str = "/signedPayload";

/// Every app's notifications are signed by the same certificates, so the bundle id is the authority; and what is bought in
/// the sandbox costs nothing, so the environment counts, too. The signed transaction and the signed renewal inside are
/// tokens of their own: whoever passes them on alone has to verify them again.
///
/// Stricter than the vendor's library, which does not compare the third certificate with the root. Whether a certificate was
/// revoked is not asked (OCSP): nothing is fetched before the proof.
pub(super) static APP_STORE: Provider = Provider {
    name: "apple-app-store",
    mode: Some("v2"),
    title: "Apple App Store Server Notifications V2",
    docs: "https://developer.apple.com/documentation/appstoreservernotifications/app-store-server-notifications-v2",
    scheme: Scheme::Chained(Chained {
        place: Place::Json(Borrowed(PAYLOAD)),
        // Apple Root CA - G3, https://www.apple.com/certificateauthority/AppleRootCA-G3.cer, until 2039-04-30; SHA-256
        // 63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179.
        root: include_bytes!("apple_root_ca_g3.der"),
        // github.com/apple/app-store-server-library-node, `jws_verification.ts`.
        marks: Marks {
            signer: ObjectIdentifier::new_unwrap("1.2.840.113635.100.6.11.1"),
            issuer: ObjectIdentifier::new_unwrap("1.2.840.113635.100.6.2.1"),
        },
        bound: Borrowed(&[
            Bound { value: "bundle_id", said: BUNDLE, required: true, expected: Expected::Configured },
            Bound { value: "environment", said: ENVIRONMENT, required: true, expected: Expected::Configured },
            Bound { value: "app_apple_id", said: APP, required: false, expected: Expected::Configured },
        ]),
        time: "/signedDate",
        // A retry may keep its signature.
        window: Some(Window { max_age: Duration::from_secs(7 * 24 * HOUR), max_future: Duration::from_secs(60) }),
    }),
    facts: Facts {
        id: places![[json "/notificationUUID"]],
        kind: places![[json "/notificationType"]],
        action: places![[json "/subtype"]],
        time: Some((at!(json "/signedDate"), TimeForm::UnixMillis)),
        ..NO_FACTS
    },
    envelope: Some(Envelope::TokenAt(PAYLOAD)),
    // Five more times, 1, 12, 24, 48 and 72 hours after the one before
    // (developer.apple.com/documentation/appstoreservernotifications/responding-to-app-store-server-notifications).
    retries: Retries::For(Duration::from_secs(157 * HOUR)),
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// One of these objects is there, by what the notification is about (as in the vendor's library).
const BUNDLE: &[Said] = &[
    Said::At("/data/bundleId"),
    Said::At("/summary/bundleId"),
    Said::At("/externalPurchaseToken/bundleId"),
    Said::At("/appData/bundleId"),
];
const APP: &[Said] = &[
    Said::At("/data/appAppleId"),
    Said::At("/summary/appAppleId"),
    Said::At("/externalPurchaseToken/appAppleId"),
    Said::At("/appData/appAppleId"),
];
const ENVIRONMENT: &[Said] = &[
    Said::At("/data/environment"),
    Said::At("/summary/environment"),
    Said::By {
        pointer: "/externalPurchaseToken/externalPurchaseId",
        start: "SANDBOX",
        says: ["Sandbox", "Production"],
    },
    Said::At("/appData/environment"),
];
