//! The forms of a described scheme, as data.

use std::time::Duration;

use crate::config::grammar::{DAY, Form};
use crate::config::{Key, Shape};

/// Every form of `verify`. The first key says which one it is.
pub(in crate::config) const VERIFY: &[Form] = &[
    Form { choice: required("hmac", HASHES, "an HMAC of this hash, such as sha256"), keys: &[TAGS, KEY, SIGNED] },
    Form {
        choice: required("hash", HASHES, "a plain digest of this hash; the secret is one of the signed parts"),
        keys: &[TAGS, KEY, SIGNED],
    },
    Form {
        choice: required(
            "signature",
            ALGORITHMS,
            "a signature by the sender's private key; the secret is the public key",
        ),
        keys: &[TAGS, SIGNED],
    },
    Form {
        choice: required(
            "token",
            Shape::Text,
            "where the secret itself stands: header:NAME, query:NAME, json:/pointer or path",
        ),
        keys: &[&[Key::new("prefix", Shape::Text, "text before the token in its place, such as \"Bearer \"")]],
    },
    Form { choice: required("basic", Shape::Bool, "a user and a password; the secret is USER:PASSWORD"), keys: &[] },
    Form {
        choice: required(
            "jwt",
            Shape::Text,
            "where the issuer's token stands: bearer (of Authorization), header:NAME, json:/pointer or body",
        ),
        keys: &[JWT],
    },
];

const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key::new(name, shape, doc).required()
}

const HASHES: Shape = Shape::OneOf(&["sha256", "sha1", "sha384", "sha512", "md5"]);
const ALGORITHMS: Shape =
    Shape::OneOf(&["ed25519", "ecdsa-p256", "rsa-sha256", "rsa-sha512", "ecdsa-p256-sha1", "rsa-sha1"]);
const ENCODINGS: Shape = Shape::OneOf(&["hex", "base64", "base64url"]);

/// Where the signatures are, and how they are written.
const TAGS: &[Key] = &[
    Key::new(
        "header",
        Shape::OneOrMore(&Shape::Header),
        "the header that carries the signature; of several, whichever are there",
    ),
    Key::new(
        "at",
        Shape::Locate,
        "where the signature stands, if in no header: query:NAME, json:/pointer or form:FIELD",
    ),
    Key::new("numbered", Shape::Bool, "the header stands several times, as NAME-1, NAME-2 and so on"),
    Key::new("repeated", Shape::Bool, "the header may stand several times under its one name"),
    Key::new("prefix", Shape::Text, "text before the signature, such as sha256="),
    Key::new("list", Shape::Text, "what stands between several signatures, such as a comma; each has the prefix"),
    Key::new("pairs", Shape::Text, "what stands between the pairs of the header, such as the comma of t=1,v1=abc"),
    Key::new("tag", Shape::Text, "the key of the pair that is the signature, such as v1"),
    Key::new("encoding", ENCODINGS, "how the signature is written; by default hex, for public keys base64"),
];

const KEY: &[Key] = &[Key::new(
    "key",
    Shape::OneOf(&["text", "base64", "hex", "whsec", "sha1", "sha256"]),
    "what the secret's text is: by default the key itself; whsec is base64 after whsec_; sha1 and sha256 make the key by that digest",
)];

/// What is signed, and when it was.
const SIGNED: &[Key] = &[
    required(
        "signed",
        Shape::List(&Shape::Part),
        "the signed parts in order: body, header:NAME, pair:KEY, method, url, host, path, path-and-query, query:NAME, sorted-query, json:/pointer, form:FIELD, sorted-form, sha256:body, sha256-base64:body, sha256-raw:body, crc32:body, value:NAME, secret, or literal text",
    ),
    Key::new(
        "body_digest",
        Shape::Locate,
        "the signed place where the sender put a digest of the body, such as header:Content-Digest",
    ),
    Key::new(
        "digest",
        Shape::OneOf(&[
            "sha256",
            "sha256-base64",
            "sha256-base64url",
            "sha512",
            "sha512-base64",
            "sha1",
            "sha1-base64",
            "md5",
            "md5-base64",
        ]),
        "what body_digest is; by default sha256, which is hex",
    ),
    Key::new("time", Shape::Part, "the signed part with the time of signing, such as header:X-Time"),
    Key::new("unit", Shape::OneOf(&["s", "ms", "rfc3339", "http-date"]), "how the time is written; by default s"),
    Key::new(
        "max_age",
        Shape::Duration { min: Duration::from_secs(1), max: DAY },
        "how old a request may be; by default 5m",
    ),
    Key::new(
        "max_future",
        Shape::Duration { min: Duration::ZERO, max: DAY },
        "how far ahead its clock may be; by default 1m",
    ),
];

const JWT: &[Key] = &[
    Key::new("issuer", Shape::Text, "who must have signed the token, such as https://accounts.example.com"),
    Key::new("audience", Shape::Text, "for whom the token must be"),
    Key::new(
        "alg",
        Shape::OneOf(&["RS256", "ES256", "ES512", "HS256"]),
        "what the token is signed with; by default RS256",
    ),
    Key::new(
        "keys",
        Shape::Url,
        "where the issuer publishes its keys as JWKS; by default where its OpenID metadata says, on its own host",
    ),
    Key::new(
        "max_age",
        Shape::Duration { min: Duration::from_secs(1), max: DAY },
        "how long ago the token may have been issued, where it does not say when it ends",
    ),
    Key::new("body_claim", Shape::Text, "the claim with the SHA-256 of the body: the token covers the body then"),
    Key::new("encoding", ENCODINGS, "how that digest is written; by default hex"),
    Key::new("url_claim", Shape::Text, "the claim with the URL that the token was sent to, query included"),
];
