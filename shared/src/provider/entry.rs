//! How entries of the table are written.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::{Contract, Evidence, Facts, Level, Provider, Retries};
use crate::verify::{Hash, KeyForm, Mac, Message, Scheme, Time, Token, TokenPlace, Window};

/// What an entry says that says nothing else.
pub(super) const BASE: Provider = Provider {
    name: "",
    mode: None,
    title: "",
    docs: "",
    scheme: Scheme::Unsigned,
    methods: super::POST,
    required: &[],
    facts: NO_FACTS,
    batch: None,
    envelope: None,
    handshakes: &[],
    types: &[],
    max_body: None,
    deadline: None,
    retries: Retries::Unknown,
    contract: Contract::UNKNOWN,
    evidence: Evidence { level: Level::Secondary, checked: "2026-11", unsure: &[] },
};

/// Nothing is known of an event but that it came.
pub(super) const NO_FACTS: Facts =
    Facts { id: Borrowed(&[]), kind: Borrowed(&[]), action: Borrowed(&[]), time: None, id_is_shared: false };

/// An HMAC-SHA256 under the secret's text.
pub(super) const fn hmac(message: Message) -> Scheme {
    Scheme::Mac(Mac { hash: Hash::Sha256, key: KeyForm::Raw, message })
}

/// The same of another hash.
pub(super) const fn hmac_of(hash: Hash, message: Message) -> Scheme {
    Scheme::Mac(Mac { hash, key: KeyForm::Raw, message })
}

/// The secret itself in a header, after some text.
pub(super) const fn token(header: &'static str, prefix: &'static str) -> Scheme {
    Scheme::Token(Token { at: TokenPlace::Header(Borrowed(header)), prefix: Borrowed(prefix) })
}

/// A user and a password.
pub(super) const BASIC: Scheme = Scheme::Token(Token { at: TokenPlace::Basic, prefix: Borrowed("") });

/// So many seconds into the past, a minute into the future.
pub(super) const fn seconds(max_age: u64) -> Option<Window> {
    Some(Window { max_age: Duration::from_secs(max_age), max_future: Duration::from_secs(60) })
}

/// How an entry is known, and which of its fields beside the scheme no source says.
pub(super) const fn known(level: Level, unsure: &'static [&'static str]) -> Evidence {
    Evidence { level, checked: "2026-11", unsure }
}

/// A time in a signed part.
pub(super) const fn time(part: crate::verify::Part, unit: crate::verify::Unit, window: Option<Window>) -> Option<Time> {
    Some(Time { part, unit, window })
}

/// One signed part: `part!("literal")`, `part!(body)`, `part!(header "x-time")`, `part!(pair "t")`, ...
macro_rules! part {
    ($text:literal) => {
        $crate::verify::Part::Literal(std::borrow::Cow::Borrowed($text))
    };
    (body) => {
        $crate::verify::Part::Body
    };
    (secret) => {
        $crate::verify::Part::Secret
    };
    (method) => {
        $crate::verify::Part::Method
    };
    (url) => {
        $crate::verify::Part::Url($crate::verify::Expected::Configured)
    };
    (url_of_any_port) => {
        $crate::verify::Part::UrlOfAnyPort($crate::verify::Expected::Configured)
    };
    (path) => {
        $crate::verify::Part::Path
    };
    (path_and_query) => {
        $crate::verify::Part::PathAndQuery
    };
    (sorted_form) => {
        $crate::verify::Part::FormSorted
    };
    (crc32) => {
        $crate::verify::Part::BodyCrc32
    };
    (digest $hash:ident $encoding:ident) => {
        $crate::verify::Part::BodyDigest($crate::verify::Hash::$hash, $crate::verify::Encoding::$encoding)
    };
    (header $name:literal) => {
        $crate::verify::Part::Header(std::borrow::Cow::Borrowed($name))
    };
    (pair $key:literal) => {
        $crate::verify::Part::Pair(std::borrow::Cow::Borrowed($key))
    };
    (json $pointer:literal) => {
        $crate::verify::Part::Json(std::borrow::Cow::Borrowed($pointer))
    };
    (field $pointer:literal $field:literal) => {
        $crate::verify::Part::Field(std::borrow::Cow::Borrowed($pointer), std::borrow::Cow::Borrowed($field))
    };
    (php_form $without:literal) => {
        $crate::verify::Part::FormOfPhp(std::borrow::Cow::Borrowed($without))
    };
    (headers_of $key:literal) => {
        $crate::verify::Part::HeadersOf(std::borrow::Cow::Borrowed($key))
    };
    (sorted_query) => {
        $crate::verify::Part::QuerySorted
    };
    (line_end_or_not) => {
        $crate::verify::Part::LineEndOrNot
    };
    (if_body [$($part:tt)+]) => {
        $crate::verify::Part::IfBody(&$crate::provider::entry::part!($($part)+))
    };
    (raw_digest $hash:ident) => {
        $crate::verify::Part::RawBodyDigest($crate::verify::Hash::$hash)
    };
    (query $name:literal) => {
        $crate::verify::Part::Query(std::borrow::Cow::Borrowed($name))
    };
    (value $name:literal) => {
        $crate::verify::Part::Value(std::borrow::Cow::Borrowed($name), $crate::verify::Expected::Configured)
    };
    (if_there $before:literal [$($part:tt)+] $after:literal) => {
        $crate::verify::Part::IfThere(
            std::borrow::Cow::Borrowed($before),
            &$crate::provider::entry::part!($($part)+),
            std::borrow::Cow::Borrowed($after),
        )
    };
}
pub(super) use part;

/// What is signed: `signed![[header "x-time"] ["."] [body]]`.
macro_rules! signed {
    ($([$($part:tt)+])+) => {
        std::borrow::Cow::Borrowed(&[$($crate::provider::entry::part!($($part)+)),+])
    };
}
pub(super) use signed;

/// Where facts are: `places![[header "x-id"] [json "/id"]]`.
macro_rules! places {
    ($([$($place:tt)+])*) => {
        std::borrow::Cow::Borrowed(&[$($crate::locate::at!($($place)+)),*])
    };
}
pub(super) use places;

/// The scheme of Standard Webhooks under the headers of one family: `standard!("svix", KeyForm::Base64("whsec_"))`.
macro_rules! standard {
    ($family:literal, $key:expr) => {
        $crate::verify::Mac {
            hash: $crate::verify::Hash::Sha256,
            key: $key,
            message: $crate::verify::Message {
                tags: $crate::verify::Place::Header(std::borrow::Cow::Borrowed(concat!($family, "-signature"))),
                layout: $crate::verify::Layout::List(
                    std::borrow::Cow::Borrowed(" "),
                    std::borrow::Cow::Borrowed("v1,"),
                ),
                encoding: $crate::verify::Encoding::Base64,
                parts: std::borrow::Cow::Borrowed(&[
                    $crate::verify::Part::Header(std::borrow::Cow::Borrowed(concat!($family, "-id"))),
                    $crate::verify::Part::Literal(std::borrow::Cow::Borrowed(".")),
                    $crate::verify::Part::Header(std::borrow::Cow::Borrowed(concat!($family, "-timestamp"))),
                    $crate::verify::Part::Literal(std::borrow::Cow::Borrowed(".")),
                    $crate::verify::Part::Body,
                ]),
                time: $crate::provider::entry::time(
                    $crate::verify::Part::Header(std::borrow::Cow::Borrowed(concat!($family, "-timestamp"))),
                    $crate::verify::Unit::Seconds,
                    $crate::provider::entry::seconds(300),
                ),
                fixed: &[],
                body_digest: None,
            },
        }
    };
}
pub(super) use standard;
