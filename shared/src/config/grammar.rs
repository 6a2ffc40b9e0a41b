//! The grammar as data: which keys a table may have, what each one holds, and which are not built yet. The reader and
//! the JSON Schema both come out of these tables. Does not know which destinations, stores or providers exist: those
//! come in a [`Registry`].

use std::time::Duration;

use super::described::VERIFY;
use crate::destination::Durability;
use crate::provider::Provider;
use crate::reply::Yes;

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// What it is for: a lowercase fragment, shown by editors and in the fix for its absence.
    pub doc: &'static str,
    /// Whether it works yet.
    pub status: Status,
    /// Whether its table is refused without it.
    pub required: bool,
}

/// One of the forms of a table.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The key that says that the table has this form.
    pub choice: Key,
    /// The keys that go with it.
    pub keys: &'static [&'static [Key]],
}

impl Form {
    /// Its own keys.
    pub(super) fn own(&self) -> impl Iterator<Item = Key> {
        std::iter::once(self.choice).chain(self.keys.iter().copied().flatten().copied())
    }
}

/// Whether a key of the grammar works yet. One that does not is refused, never ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does what the grammar says.
    Built,
    /// Not yet; the text says what to do instead.
    Later(&'static str),
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// An amount such as `256KiB`, or a number of bytes.
    Bytes {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A length of time such as `8s`.
    Duration {
        /// The least.
        min: Duration,
        /// The most.
        max: Duration,
    },
    /// A table of one of these forms.
    Forms {
        /// The forms.
        forms: &'static [Form],
        /// The keys that each of them has besides.
        also: &'static [Key],
    },
    /// Where a value is taken from, or a table that says more of it.
    Extract(&'static [Key]),
    /// The name of an HTTP header.
    Header,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// The name of something registered; its own keys join the table's.
    Kind(Family),
    /// A non-empty list.
    List(&'static Shape),
    /// Where a fact sits: `header:NAME`, `json:/pointer`, `form:FIELD` or `query:NAME`.
    Locate,
    /// Keys that the operator chooses.
    Map(&'static Shape),
    /// Things that the operator names; each is a table of these keys.
    Named(&'static [Key]),
    /// An address or a CIDR range.
    Net,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One, or a non-empty list of them.
    OneOrMore(&'static Shape),
    /// What the signature covers, part by part: `body`, `header:NAME`, or literal text.
    Part,
    /// The path of a URL, not one of Doorbell's own.
    Path,
    /// The name of a provider.
    Provider,
    /// One of these words, or a table of these keys.
    OneOfOr(&'static [&'static str], &'static [Key]),
    /// So many in so long, such as `50/s`.
    Rate,
    /// A reference to a secret.
    Secret,
    /// `true` or `false`, or the JSON pointer of an array.
    Split,
    /// A table of these keys.
    Table(&'static [Key]),
    /// Text, not empty.
    Text,
    /// An `http://` or `https://` URL.
    Url,
}

/// The families of things that the core names but does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Where events go.
    Destination,
    /// Where dedupe records live.
    Store,
}

/// One kind of destination or dedupe store, as its adapter describes it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// As it is written.
    pub name: &'static str,
    /// Its own keys, beside those every one of its family has.
    pub keys: &'static [Key],
    /// What it is: a lowercase fragment.
    pub doc: &'static str,
    /// Whether this program has it.
    pub built: bool,
    /// What its receipt means.
    pub durability: Durability,
    /// The flag without which it is never required; it becomes one of the kind's keys by itself.
    pub danger: Option<&'static str>,
    /// Whether what stands behind it gives an answer that a sender can be told.
    pub relays: bool,
    /// The largest body that surely fits, in bytes, whatever its encoding; nothing: it takes what a source takes.
    pub largest: Option<usize>,
    /// Whether it can keep a body alone, for the claim check of another.
    pub parks: bool,
}

/// The scheme of a secret reference, without `://`.
pub type SchemeName = &'static str;

/// Everything that a config may name and the core does not know.
#[derive(Debug, Clone, Copy)]
pub struct Registry {
    /// The kinds of destination, unbuilt ones too.
    pub destinations: &'static [Kind],
    /// The dedupe stores, unbuilt ones too; the first is the one used when a config names none.
    pub stores: &'static [Kind],
    /// The schemes of secret references that can be fetched.
    pub secret_schemes: &'static [SchemeName],
    /// The table of providers; a provider's default mode stands first.
    pub providers: &'static [&'static Provider],
}

impl Key {
    /// An optional key that works.
    pub const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Key {
        Key { name, shape, doc, status: Status::Built, required: false }
    }

    /// The same key, required.
    pub const fn required(self) -> Key {
        Key { required: true, ..self }
    }

    /// The same key, not built yet; `fix` says what to do instead.
    pub const fn later(self, fix: &'static str) -> Key {
        Key { status: Status::Later(fix), ..self }
    }
}

impl Kind {
    /// Its own keys and its danger flag.
    pub(super) fn own_keys(&self) -> impl Iterator<Item = Key> {
        let doc = "accepts that its receipt holds nothing: an event sent here is answered 200 and may be gone";
        let danger = self.danger.map(|flag| Key::new(flag, Shape::Bool, doc));
        self.keys.iter().copied().chain(danger)
    }
}

impl Registry {
    pub(super) fn kinds(&self, family: Family) -> &'static [Kind] {
        match family {
            Family::Destination => self.destinations,
            Family::Store => self.stores,
        }
    }

    /// The kinds that work, by name.
    pub(super) fn built(&self, family: Family) -> impl Iterator<Item = &'static str> {
        self.kinds(family).iter().filter(|kind| kind.built).map(|kind| kind.name)
    }

    /// Each provider once.
    pub(super) fn provider_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.providers.iter().map(|provider| provider.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Shape {
    /// Any length of time that is not nothing.
    pub const TIME: Shape = Shape::Duration { min: Duration::from_millis(1), max: DAY.saturating_mul(366) };
}

pub(super) const DAY: Duration = Duration::from_secs(86_400);
const REMOVE: &str = "remove it";

/// The whole config.
pub(super) const ROOT: &[Key] = &[
    Key::new("trusted_hops", Shape::Integer { min: 0, max: 8 }, "proxies in front whose X-Forwarded-* is believed"),
    Key::new("public_url", Shape::Url, "the URL senders use, for schemes that sign it"),
    Key::new("dedupe", Shape::Table(DEDUPE), "how repeated deliveries are recognised"),
    Key::new("source", Shape::Named(SOURCE), "who may ring, by name").required(),
    Key::new("route", Shape::List(&Shape::Table(ROUTE)), "which events go where; the first that takes one wins")
        .required(),
    Key::new("destination", Shape::Named(DESTINATION), "where events go, by name").required(),
];

const DEDUPE: &[Key] = &[
    Key::new("store", Shape::Kind(Family::Store), "where the records live"),
    Key::new(
        "window",
        Shape::TIME,
        "how long a delivery is remembered; by default the provider's retry horizon, else 24h",
    ),
];

const SOURCE: &[Key] = &[
    Key::new("path", Shape::Path, "where it answers POST; by default /<name>"),
    Key::new("provider", Shape::Provider, "who signs the requests"),
    Key::new(
        "arn",
        Shape::Text,
        "the queue or the topic whose events are taken; where they invoke a function the source has no path",
    ),
    Key::new("mode", Shape::Text, "which of the provider's schemes"),
    Key::new("version", Shape::Text, "which version of the provider's scheme").later(REMOVE),
    Key::new("issuer", Shape::Text, "who must have signed a token, where the provider's senders are many"),
    Key::new("audience", Shape::Text, "for whom a token must be; by default the source's public URL"),
    Key::new("email", Shape::Text, "the account whose tokens are taken"),
    Key::new("verify", Shape::Forms { forms: VERIFY, also: &[] }, "a scheme of no known provider, described"),
    Key::new(
        "and",
        Shape::List(&Shape::Forms { forms: VERIFY, also: FACTOR }),
        "what each delivery must prove besides, in the forms of verify; each with a secret of its own",
    ),
    Key::new("dangerously_unsigned", Shape::Bool, "accepts anyone"),
    Key::new(
        "secret",
        Shape::OneOrMore(&Shape::Secret),
        "where the signing secret lives; several while one is rotated; keys that the provider publishes need none",
    ),
    Key::new(
        "verify_token",
        Shape::Secret,
        "where the token lives that the provider's handshake must know; it proves no delivery",
    ),
    Key::new("values", Shape::Map(&Shape::Text), "plain text that the provider's handshake asks for, by its name"),
    Key::new(
        "events",
        Shape::List(&Shape::Text),
        "the types to take, such as push or issues.opened; others are ignored",
    ),
    Key::new("ack_within", Shape::Duration { min: Duration::from_millis(100), max: DAY }, "the sender's patience"),
    Key::new("dedupe", Shape::OneOf(&["id", "content", "off"]), "what makes two deliveries the same"),
    Key::new(
        "dead_letter",
        Shape::Text,
        "the destination that takes what is proven and refused for good, so that its queue stops sending it",
    ),
    Key::new("id", Shape::Locate, "where the delivery's id sits"),
    Key::new("type", Shape::Locate, "where the event's type sits"),
    Key::new("schema", Shape::Text, "the file of the JSON Schema that the bodies of its events must satisfy"),
    Key::new(
        "split",
        Shape::Split,
        "whether each element of an array is an event: true where the provider sends one, else where it is, such as /events",
    ),
    Key::new("limits", Shape::Table(LIMITS), "how much, how often, from where"),
    Key::new("public_url", Shape::Url, "the URL this sender uses, where it is not the config's"),
];

const FACTOR: &[Key] = &[Key::new("secret", Shape::OneOrMore(&Shape::Secret), "where the secret of this proof lives")];

const LIMITS: &[Key] = &[
    Key::new("body", Shape::Bytes { min: 1, max: 32 << 20 }, "the largest body; by default the provider's, else 1MiB"),
    Key::new("rate", Shape::Rate, "the most deliveries, such as 50/s"),
    Key::new("burst", Shape::Integer { min: 1, max: 1_000_000 }, "how many may come at once before the rate counts"),
    Key::new("allow", Shape::List(&Shape::Net), "the addresses that may ring"),
];

const ROUTE: &[Key] = &[
    Key::new("from", Shape::List(&Shape::Text), "the sources it takes; by default every one"),
    Key::new("to", Shape::List(&Shape::Text), "the destinations that must all take the event").required(),
    Key::new("when", Shape::Text, "a condition on the event, in CEL; without it the route takes every one"),
    Key::new(
        "on_error",
        Shape::OneOf(&["fail", "deliver", "ignore"]),
        "what a condition that fails means; by default fail: the sender is to try again",
    ),
    Key::new(
        "extract",
        Shape::Map(&Shape::Extract(EXTRACT)),
        "values to take out of the event, for conditions and templates and as attributes of what leaves",
    ),
    Key::new(
        "also",
        Shape::List(&Shape::Text),
        "destinations offered the event once it is held; they decide no answer",
    ),
    Key::new(
        "respond",
        Shape::OneOfOr(&["ack", "relay"], RESPOND),
        "what the sender is told once the event is held: that it is, the answer of the one HTTP destination in to, or this",
    ),
    Key::new("continue", Shape::Bool, "whether the routes after it are asked as well"),
];

const EXTRACT: &[Key] = &[
    Key::new("from", Shape::Text, "where the value is").required(),
    Key::new("type", Shape::OneOf(&["string", "integer", "number", "boolean"]), "what it must be"),
    Key::new("default", Shape::Text, "what it is where nothing is there"),
    Key::new("required", Shape::Bool, "whether an event without it is refused: 422"),
];

const RESPOND: &[Key] = &[
    Key::new(
        "status",
        Shape::Integer { min: Yes::LEAST, max: Yes::MOST },
        "the status, one that says yes; by default 200",
    ),
    Key::new("headers", Shape::Map(&Shape::Text), "headers to add"),
    Key::new("content_type", Shape::Text, "the body's media type; by default application/json"),
    Key::new(
        "body",
        Shape::Text,
        "makes the body, as MiniJinja does: {{ body.user.name }}; {{ type }}, extracted values and more are known, too",
    ),
];

const DESTINATION: &[Key] = &[
    Key::new("kind", Shape::Kind(Family::Destination), "what stands there").required(),
    Key::new("timeout", Shape::TIME, "how long one hand-off may take"),
    Key::new(
        "template",
        Shape::Text,
        "makes the body that it gets, as MiniJinja does: {{ body.user.name }}; {{ id }}, {{ type }}, what all its routes extract \
         and more are known, too",
    ),
    Key::new("content_type", Shape::Text, "the template's media type; by default application/json"),
    Key::new("spill", Shape::Text, "the destination that takes the event when this one fails"),
    Key::new(
        "claim_check",
        Shape::Text,
        "the destination that keeps a body which is too large for this one; the event says where it is",
    ),
];
