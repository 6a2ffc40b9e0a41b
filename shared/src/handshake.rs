//! Proofs of URL ownership that a provider asks for, as data.
//!
//! Which handshakes may be asked for is said by the provider of the source at the path, never guessed: many of them
//! look alike.

mod agreed;
mod answer;
mod capture;
mod challenge;
mod confirmation;
mod keyed;

use std::time::Duration;

use http::Method;

use crate::clock::Clock;
use crate::delivery::Head;
use crate::locate::{self, Locate};
use crate::secret::Secret;
use crate::verify::{Trust, Verified};
use crate::{Fault, Rejection};
use confirmation::Confirmation;

pub use agreed::Agreed;
pub use answer::{Answer, Body, Good, Greeting, Piece, Written};
pub(crate) use answer::{Asked, Known, Mute};
pub use capture::{Captured, KeyTaker, Taken};
pub use challenge::Pattern;
pub use confirmation::Confirmer;

/// One handshake of a provider.
#[derive(Debug)]
pub struct Handshake {
    /// The method it comes with.
    pub method: Method,
    /// The last segment of its path, where that is not the source's: it stands beside it then.
    pub beside: Option<&'static str>,
    /// Whether the provider signs it. A signed one is answered after the proof only; an unsigned
    /// one authenticates nobody, so its answer must tell nothing.
    pub signed: bool,
    /// It is this handshake when all of these hold.
    pub when: &'static [(Locate, Is)],
    /// Once it is this handshake these must hold as well, or it is refused with what stands there.
    pub terms: &'static [(Locate, Is, Rejection)],
    /// What to answer.
    pub answer: Form,
}

/// What a fact of a handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// There, and not empty.
    Present,
    /// Not there.
    Absent,
    /// This text.
    Text(&'static str),
    /// The source's `verify_token`, compared in constant time.
    VerifyToken,
    /// The same, of a source that has one; else anything.
    VerifyTokenIfAny,
    /// One of the words that the source's `values` have under this name, with blanks between them.
    OneOf(&'static str),
}

/// The form of an answer.
#[derive(Debug)]
pub enum Form {
    /// This.
    Say(Answer),
    /// 200 and nothing, once the URL of the fact was asked. Only a signed one: its scheme let no other URL pass.
    Confirm(Locate),
    /// This, once the key that the fact is was taken: by the port, and only while a registration is pending.
    Capture(Locate, Pattern, Answer),
}

/// 200 and nothing.
pub const EMPTY: Form = Form::Say(Answer { good: Good::Ok, headers: &[], body: Body::Empty });

/// A handshake that nothing is known of but that it comes: the entries say what differs.
pub const HANDSHAKE: Handshake =
    Handshake { method: Method::POST, beside: None, signed: false, when: &[], terms: &[], answer: EMPTY };

impl Handshake {
    /// Whether it may come with this head: its method, and its place.
    pub(crate) fn fits(&self, head: &Head, path: &str) -> bool {
        self.method == head.method && self.beside.is_none() == (head.path == path)
    }

    fn is_asked(&self, head: &Head, body: &[u8], agreed: &Agreed) -> bool {
        self.when.iter().all(|(place, is)| agreed.holds(*is, value(head, body, place).as_deref()))
    }

    /// Whether the terms hold. What the source does not have is our fault, and nobody's wrong guess.
    fn judge(&self, asked: Asked<'_>, agreed: &Agreed) -> Result<(), Mute> {
        for (place, is, rejection) in self.terms {
            if !agreed.has(*is) {
                return Err(Mute::Failed(Fault::ValueMissing));
            }
            if !agreed.holds(*is, value(asked.head, asked.body, place).as_deref()) {
                return Err(Mute::Refused(*rejection));
            }
        }
        Ok(())
    }

    /// Whether an answer is made with the source's key.
    pub(crate) fn is_keyed(&self) -> bool {
        self.said().is_some_and(|answer| answer.pieces().any(|piece| matches!(piece, Piece::Mac(..))))
    }

    /// Whether it delivers the key that is to prove deliveries.
    #[must_use]
    pub const fn delivers_key(&self) -> bool {
        matches!(self.answer, Form::Capture(..))
    }

    /// Whether it asks for the source's `verify_token` at all.
    pub(crate) fn takes_verify_token(&self) -> bool {
        self.needs_verify_token() || self.facts().any(|is| is == Is::VerifyTokenIfAny)
    }

    /// Whether it needs the source's `verify_token`.
    #[must_use]
    pub fn needs_verify_token(&self) -> bool {
        self.facts().any(|is| is == Is::VerifyToken)
            || self.said().is_some_and(|answer| answer.pieces().any(|piece| matches!(piece, Piece::Hashed(..))))
    }

    /// The names that it looks up in the source's `values`.
    pub fn values(&self) -> impl Iterator<Item = &'static str> {
        let facts = self.facts().filter_map(|is| if let Is::OneOf(name) = is { Some(name) } else { None });
        let pieces = self.said().into_iter().flat_map(Answer::pieces);
        facts.chain(pieces.filter_map(|piece| if let Piece::Own(name) = piece { Some(*name) } else { None }))
    }

    /// Every place of a request that it reads.
    pub fn places(&self) -> impl Iterator<Item = &Locate> + use<'_> {
        let asked = match &self.answer {
            Form::Confirm(place) | Form::Capture(place, ..) => Some(place),
            Form::Say(_) => None,
        };
        let said = self.said().into_iter().flat_map(Answer::pieces).filter_map(|piece| piece.place());
        let terms = self.terms.iter().map(|(place, _, _)| place);
        self.when.iter().map(|(place, _)| place).chain(terms).chain(asked).chain(said)
    }

    /// The answer to a request that is this handshake, within `limit`.
    pub(crate) async fn greet(
        &self,
        asked: Asked<'_>,
        known: Known<'_>,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Result<Greeting, Mute> {
        self.judge(asked, known.agreed)?;
        match &self.answer {
            Form::Say(answer) => answer.greeting(asked, known),
            Form::Confirm(place) => {
                let confirmation = Confirmation::of(place, asked).ok_or(Mute::Refused(Rejection::BadChallenge))?;
                confirmation.made(known.confirmer, clock, limit).await.map_err(Mute::Failed)
            }
            Form::Capture(place, pattern, answer) => {
                let greeting = answer.greeting(asked, known)?;
                let key = asked.challenge(place, *pattern)?;
                let key = Secret::new(key).map_err(|_empty| Mute::Refused(Rejection::BadChallenge))?;
                capture::captured(known.agreed.taker.as_deref(), Captured(key), clock, limit).await?;
                Ok(greeting)
            }
        }
    }

    fn facts(&self) -> impl Iterator<Item = Is> {
        self.when.iter().map(|(_, is)| *is).chain(self.terms.iter().map(|(_, is, _)| *is))
    }

    fn said(&self) -> Option<&Answer> {
        match &self.answer {
            Form::Say(answer) | Form::Capture(_, _, answer) => Some(answer),
            Form::Confirm(_) => None,
        }
    }
}

/// The handshake that a delivery is, of those that may come.
#[derive(Clone, Copy)]
pub(crate) struct Handshakes<'a> {
    /// Those of the source's provider.
    pub(crate) all: &'static [Handshake],
    /// The source's path.
    pub(crate) path: &'a str,
    /// What the operator agreed with the provider.
    pub(crate) agreed: &'a Agreed,
}

impl Handshakes<'_> {
    /// Those that may come with this head.
    pub(crate) fn fitting(self, head: &Head) -> impl Iterator<Item = &'static Handshake> {
        self.all.iter().filter(move |handshake| handshake.fits(head, self.path))
    }

    /// The methods that are answered at the path of this head, as `Allow` has them.
    pub(crate) fn methods(self, head: &Head) -> String {
        let own = (head.path == self.path).then_some(&Method::POST);
        let at_path = self.all.iter().filter(|handshake| handshake.beside.is_none() == own.is_some());
        let mut methods: Vec<&str> =
            own.into_iter().chain(at_path.map(|one| &one.method)).map(Method::as_str).collect();
        methods.sort_unstable();
        methods.dedup();
        methods.join(", ")
    }

    /// The handshake that this proven delivery is. What is not posted can be nothing else, so one that its provider
    /// does not sign is seen then, too; of what is posted only where nothing is signed.
    pub(crate) fn proven(self, verified: &Verified) -> Option<&'static Handshake> {
        let (head, body) = (verified.head(), verified.body());
        let any = head.method != Method::POST || verified.trust() == Trust::Unsigned;
        self.fitting(head).filter(|one| one.signed || any).find(|one| one.is_asked(head, body, self.agreed))
    }

    /// The handshake that this delivery without evidence is, of those that the provider does not sign.
    pub(crate) fn unproven(self, head: &Head, body: &[u8]) -> Option<&'static Handshake> {
        self.fitting(head).filter(|one| !one.signed).find(|one| one.is_asked(head, body, self.agreed))
    }

    /// Whether this could be the challenge of a handshake that is answered with the source's key: its signature is then
    /// one that anybody may have got from us.
    pub(crate) fn could_be_challenge(self, body: &[u8]) -> bool {
        let pieces = self.all.iter().filter_map(Handshake::said).flat_map(Answer::pieces);
        let mut patterns =
            pieces.filter_map(|piece| if let Piece::Mac(_, pattern, _) = piece { Some(pattern) } else { None });
        patterns.any(|pattern| pattern.is_message(body))
    }
}

fn value(head: &Head, body: &[u8], place: &Locate) -> Option<String> {
    let [found] = locate::find(head, body, [std::slice::from_ref(place)]);
    found.map(|(_, text)| text)
}
