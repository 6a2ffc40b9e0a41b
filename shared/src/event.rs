//! What a proven delivery means.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::Timestamp;
use crate::batch::Place;
use crate::dedupe::hex;
use crate::delivery::{self, DeliveryId, Head};
use crate::envelope::Letter;
use crate::extract::Extracted;
use crate::fault::Fault;
use crate::locate::{self, Locate};
use crate::name::{DestinationName, SourceName};
use crate::pick::{self, Found};
use crate::provider::{Facts, TimeForm};
use crate::secret::SecretVersion;
use crate::verify::{Trust, Verified};
use crate::view::{self, Charset, Malformed, View, XmlTree};

/// A fact of an event, typed by whether the proof covers it. A claimed fact may make two deliveries
/// distinct, never equal, and never decides authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The proof covers it.
    Signed(String),
    /// Whoever sent it says so.
    Claimed(String),
}

impl Fact {
    /// The text, trusted or not.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Signed(text) | Self::Claimed(text) => text,
        }
    }
}

/// A verified delivery with its meaning; the only thing that can be dispatched. Made from a
/// [`Verified`] by the receiver and nowhere else.
#[derive(Debug)]
pub struct Event {
    /// Shared by the events of a batch.
    verified: Arc<Verified>,
    /// What was in the envelope, or is one of a batch.
    letter: Option<Box<Letter>>,
    source: SourceName,
    id: Option<Fact>,
    kind: Option<Fact>,
    time: Timestamp,
    action_at: std::borrow::Cow<'static, [Locate]>,
    action: OnceLock<Option<Fact>>,
    digest: OnceLock<[u8; 32]>,
    view: OnceLock<Result<View, Malformed>>,
    tree: OnceLock<Result<Option<XmlTree>, Malformed>>,
    extracted: Extracted,
    /// Where it stands in its batch, where it is of one and has no id.
    place: Option<Place>,
}

impl Event {
    /// Reads the facts: one pass over the body if one of them lives there, none otherwise.
    pub(crate) fn of(verified: Verified, source: &SourceName, facts: &Facts) -> Self {
        Self::read(Arc::new(verified), None, source, facts)
    }

    /// The event that was in an envelope. What the letter says of itself is `Claimed`: no signature of its writer came
    /// along.
    pub(crate) fn opened(verified: Verified, letter: Letter, source: &SourceName, facts: &Facts) -> Self {
        Self::read(Arc::new(verified), Some(Box::new(letter)), source, facts)
    }

    /// One event of a batch.
    pub(crate) fn element(
        verified: Arc<Verified>,
        letter: Letter,
        source: &SourceName,
        facts: &Facts,
        place: Place,
    ) -> Self {
        let event = Self::read(verified, Some(Box::new(letter)), source, facts);
        Self { place: event.id.is_none().then_some(place), ..event }
    }

    /// The delivery and its proof.
    pub(crate) fn proof(&self) -> Arc<Verified> {
        Arc::clone(&self.verified)
    }

    fn read(verified: Arc<Verified>, letter: Option<Box<Letter>>, source: &SourceName, facts: &Facts) -> Self {
        let body = letter.as_ref().map_or(verified.body(), |letter| &letter.body);
        let time_at = facts.time.as_ref().map_or(&[][..], |(place, _)| std::slice::from_ref(place));
        let found = locate::find(verified.head(), body, [&facts.id, &facts.kind, time_at]);
        let [id, kind, time] = found.map(|fact| fact.map(|(place, text)| (verified.covers(place), text)));
        let typed = |(signed, text)| if signed { Fact::Signed(text) } else { Fact::Claimed(text) };
        let time = time.zip(facts.time.as_ref()).and_then(|((_, text), (_, form))| match form {
            TimeForm::UnixSeconds => text.parse().ok().map(Timestamp::from_unix_seconds),
            TimeForm::UnixMillis => text.parse().ok().map(Timestamp::from_unix_millis),
            TimeForm::Rfc3339 => Timestamp::parse_rfc3339(&text),
        });
        let said =
            |of: fn(&Letter) -> &Option<String>| letter.as_deref().and_then(|it| of(it).clone()).map(Fact::Claimed);
        let time = time.or_else(|| letter.as_ref()?.time);
        Self {
            source: source.clone(),
            id: id
                .map(|(signed, text)| typed((signed && !facts.id_is_shared, text)))
                .or_else(|| said(|letter| &letter.id)),
            kind: kind.map(typed).or_else(|| said(|letter| &letter.kind)),
            time: time.unwrap_or(verified.head().door.received_at),
            action_at: facts.action.clone(),
            action: said(|letter| &letter.action).map_or_else(OnceLock::new, |action| Some(action).into()),
            digest: OnceLock::new(),
            view: OnceLock::new(),
            tree: OnceLock::new(),
            extracted: Extracted::default(),
            place: None,
            letter,
            verified,
        }
    }

    /// The source that took it: what routes and counters go by.
    #[must_use]
    pub const fn source(&self) -> &SourceName {
        &self.source
    }
    /// Where it comes from, in the words of CloudEvents: the source that took it, or the one that an envelope names. A
    /// claim then, and no authority.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.letter.as_ref().and_then(|letter| letter.origin.as_deref()).unwrap_or(self.source.as_str())
    }
    /// The provider's id of the event.
    #[must_use]
    pub const fn id(&self) -> Option<&Fact> {
        self.id.as_ref()
    }
    /// The provider's name of the event's type.
    #[must_use]
    pub const fn kind(&self) -> Option<&Fact> {
        self.kind.as_ref()
    }
    /// The provider's action beside the type; the body is read for it when first asked.
    #[must_use]
    pub fn action(&self) -> Option<&Fact> {
        let read = || {
            let [found] = locate::find(self.head(), self.body(), [&self.action_at]);
            found
                .map(|(place, text)| if self.verified.covers(place) { Fact::Signed(text) } else { Fact::Claimed(text) })
        };
        self.action.get_or_init(read).as_ref()
    }
    /// Whether the provider has actions at all, or the letter names one.
    #[must_use]
    pub fn may_have_action(&self) -> bool {
        !self.action_at.is_empty() || matches!(self.action.get(), Some(Some(_)))
    }
    /// When it happened, as the provider says; else when it arrived.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }
    /// The body, byte for byte as it came, unless a template of its destination made it; of what is inside, where there was an
    /// envelope.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.letter.as_ref().map_or(self.verified.body(), |letter| &letter.body)
    }
    /// What the body says, read when first asked.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn view(&self) -> Result<&View, Malformed> {
        self.view.get_or_init(|| View::written(self.body(), self.charset())).as_ref().map_err(|malformed| *malformed)
    }
    /// The body as an XML document, read when first asked; `None` where it does not begin as one.
    pub(crate) fn tree(&self) -> Result<Option<&XmlTree>, Malformed> {
        let read = || {
            let body = self.charset().decoded(self.body());
            if view::is_xml(&body) { XmlTree::of(&body).map(Some) } else { Ok(None) }
        };
        self.tree.get_or_init(read).as_ref().map(Option::as_ref).map_err(|malformed| *malformed)
    }
    /// What the body may be written in where it is not UTF-8.
    fn charset(&self) -> Charset {
        Charset::of(self.content_type())
    }
    /// Whether it can be looked into as it stands.
    fn is_plain(&self) -> bool {
        self.charset().is_utf8() && !locate::is_form(self.body())
    }
    /// What is at a JSON pointer of a JSON body, found without the tree; `None` where only the tree can tell. Whether somebody
    /// asked for the tree before makes no difference, also where there is none: one pass checks less of what it passes over.
    pub(crate) fn scalar_at(&self, pointer: &str) -> Option<Option<serde_json::Value>> {
        if matches!(self.view.get(), Some(Ok(_))) || !self.is_plain() {
            return None;
        }
        match pick::scalars(self.body(), &[pointer])?.pop()? {
            Found::Nothing => Some(None),
            Found::Scalar(value) => Some(Some(value)),
            Found::Compound => None,
        }
    }
    /// The texts at these JSON pointers of a JSON body, in one pass; `None` where something else is, or nothing.
    pub(crate) fn texts_at<'p>(&self, pointers: &[&'p str]) -> Vec<(&'p str, Option<String>)> {
        let found = if self.is_plain() { pick::scalars(self.body(), pointers) } else { None };
        let text = |found| match found {
            Found::Scalar(serde_json::Value::String(text)) => Some(text),
            Found::Scalar(_) | Found::Nothing | Found::Compound => None,
        };
        let texts = found.into_iter().flatten().map(text).chain(std::iter::repeat(None));
        pointers.iter().copied().zip(texts).collect()
    }
    /// What its routes took out of it.
    #[must_use]
    pub const fn extracted(&self) -> &Extracted {
        &self.extracted
    }
    /// The same event with what its routes took out.
    pub(crate) fn with(self, extracted: Extracted) -> Self {
        Self { extracted, ..self }
    }
    /// The same event, with nothing read of it yet.
    fn again(&self) -> Self {
        Self {
            verified: Arc::clone(&self.verified),
            letter: self.letter.clone(),
            source: self.source.clone(),
            id: self.id.clone(),
            kind: self.kind.clone(),
            time: self.time,
            action_at: self.action_at.clone(),
            action: self.action().cloned().into(),
            digest: (*self.digest()).into(),
            view: OnceLock::new(),
            tree: OnceLock::new(),
            extracted: self.extracted.clone(),
            place: self.place,
        }
    }
    /// The same event on its way to the spill of a destination that did not take it: it says which, and why.
    pub(crate) fn spilled(&self, of: &DestinationName, fault: &Fault) -> Self {
        Self { extracted: self.extracted.clone().spilled(of, fault), ..self.again() }
    }
    /// The same event without its body, which is kept there: what leaves says so by the attribute `dataref`
    /// (github.com/cloudevents/spec, `cloudevents/extensions/dataref.md`), and how long the body is and its digest beside it.
    pub(crate) fn parked(&self, place: &str) -> Self {
        let said = [
            ("dataref", place.to_owned()),
            ("datasize", self.body().len().to_string()),
            ("datadigest", format!("sha256:{}", self.body_digest())),
        ];
        let came = self.extensions().iter().filter(|(name, _)| !said.iter().any(|(ours, _)| ours == name));
        let extensions = came.cloned().chain(said.clone().map(|(name, value)| (name.to_owned(), value))).collect();
        let letter = Letter {
            content_type: self.content_type().map(str::to_owned),
            extensions,
            body: Bytes::new(),
            ..self.letter.as_deref().cloned().unwrap_or_default()
        };
        Self { letter: Some(Box::new(letter)), ..self.again() }
    }
    /// The same event with a body that a destination's template made of it.
    pub(crate) fn made(&self, body: Bytes, content_type: &str) -> Self {
        let letter = Letter {
            content_type: Some(content_type.to_owned()),
            body,
            made: true,
            ..self.letter.as_deref().cloned().unwrap_or_default()
        };
        Self { letter: Some(Box::new(letter)), ..self.again() }
    }
    /// Whether the body is what came; else a template made it.
    #[must_use]
    pub fn is_as_it_came(&self) -> bool {
        self.letter.as_ref().is_none_or(|letter| !letter.made)
    }
    /// SHA-256 of the body, in hex.
    #[must_use]
    pub fn body_digest(&self) -> String {
        hex(&Sha256::digest(self.body()))
    }
    /// The key under which the queue before us kept events in order.
    #[must_use]
    pub fn ordering_key(&self) -> Option<&str> {
        self.letter.as_ref()?.ordering_key.as_deref()
    }
    /// How often the queue before us has delivered it, this time included, where it counts.
    #[must_use]
    pub fn delivery_attempt(&self) -> Option<u32> {
        self.letter.as_ref()?.attempt
    }
    /// Attributes of the event that came in an envelope and that nobody here reads.
    pub(crate) fn extensions(&self) -> &[(String, String)] {
        self.letter.as_ref().map_or(&[], |letter| &letter.extensions)
    }
    /// The request's head.
    #[must_use]
    pub fn head(&self) -> &Head {
        self.verified.head()
    }
    /// How much was proven.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.verified.trust()
    }
    /// Which version of the secret matched.
    #[must_use]
    pub fn secret_version(&self) -> Option<&SecretVersion> {
        self.verified.secret_version()
    }
    /// The headers that held the evidence, lower case: a static token stands there in the clear.
    pub fn evidence_headers(&self) -> impl Iterator<Item = &str> {
        self.verified.evidence_headers()
    }
    /// The id that the sender's reply carries.
    #[must_use]
    pub fn delivery_id(&self) -> &DeliveryId {
        &self.head().door.id
    }
    /// The body's declared media type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        if let Some(letter) = &self.letter {
            return letter.content_type.as_deref();
        }
        self.head().headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }
    /// What names it where nothing else does: the content, and in a batch the place.
    pub(crate) fn nameless(&self) -> &[u8; 32] {
        self.place.as_ref().unwrap_or_else(|| self.digest())
    }
    /// The content digest, computed when first asked: of what is inside, so that neither another attempt of the queue
    /// nor a second publication makes an event another one.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        let origin = self.letter.as_ref().map(|_| self.origin());
        self.digest.get_or_init(|| delivery::digest(self.source.as_str(), self.head(), self.body(), origin))
    }
}
