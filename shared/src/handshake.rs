//! Proofs of URL ownership that a provider asks for, as data.

mod confirmation;

use crate::delivery::Head;
use crate::locate::{self, Locate};
use crate::verify::Verified;

pub use confirmation::Confirmer;
pub(crate) use confirmation::confirmation;

/// One handshake of a provider.
#[derive(Debug)]
pub struct Handshake {
    /// Whether the provider signs it. A signed one is answered after the proof only; an unsigned
    /// one authenticates nobody, so its answer must tell nothing.
    pub signed: bool,
    /// It is this handshake when all of these facts have these values.
    pub when: &'static [(Locate, &'static str)],
    /// What to answer.
    pub answer: Form,
}

/// The form of an answer.
#[derive(Debug)]
pub enum Form {
    /// 200 and nothing.
    Empty,
    /// 200 and the fact as `text/plain`, not to be sniffed.
    Echo(Locate),
    /// 200 and nothing, once the URL of the fact was asked. Only a signed one: its scheme let no other URL pass.
    Confirm(Locate),
}

/// What a recognised handshake is answered. Made here only.
#[derive(Debug, PartialEq, Eq)]
pub struct Greeting {
    pub(crate) text: String,
}

/// An echoed value is reflected content: short and visible, or it is no handshake.
const ECHO_LIMIT: usize = 1024;

/// The answer, if this proven delivery is a handshake.
#[must_use]
pub fn signed(handshakes: &[Handshake], verified: &Verified) -> Option<Greeting> {
    recognise(handshakes, true, verified.head(), verified.body())
}

/// The answer, if this unproven delivery is one of the handshakes that the provider does not sign.
#[must_use]
pub fn unsigned(handshakes: &[Handshake], head: &Head, body: &[u8]) -> Option<Greeting> {
    recognise(handshakes, false, head, body)
}

fn recognise(handshakes: &[Handshake], signed: bool, head: &Head, body: &[u8]) -> Option<Greeting> {
    handshakes.iter().filter(|handshake| handshake.signed == signed).find_map(|handshake| handshake.answer(head, body))
}

impl Handshake {
    fn answer(&self, head: &Head, body: &[u8]) -> Option<Greeting> {
        if !self.is_asked(head, body) {
            return None;
        }
        match &self.answer {
            Form::Confirm(_) => None,
            Form::Empty => Some(Greeting { text: String::new() }),
            Form::Echo(place) => value(head, body, place)
                .filter(|text| text.len() <= ECHO_LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic()))
                .map(|text| Greeting { text }),
        }
    }

    fn is_asked(&self, head: &Head, body: &[u8]) -> bool {
        self.when.iter().all(|(place, wanted)| value(head, body, place).as_deref() == Some(*wanted))
    }
}

fn value(head: &Head, body: &[u8], place: &Locate) -> Option<String> {
    let [found] = locate::find(head, body, [std::slice::from_ref(place)]);
    found.map(|(_, text)| text)
}
