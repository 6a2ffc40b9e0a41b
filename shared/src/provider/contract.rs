//! What a sender makes of our answers.
//!
//! A redirect is not in it: Doorbell never answers one.

/// What a sender makes of an answer, as far as that is established. What it does after a 5xx, or after none, is
/// [`super::Retries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// What it takes for a yes.
    pub success: Success,
    /// What it does after a 4xx: every one but a 429, and a 410 where `gone` says otherwise.
    pub refused: After,
    /// What it does after a 410.
    pub gone: After,
    /// When it stops sending, or slows down: the end of the sentence that begins with what happens then.
    pub stops: Option<&'static str>,
    /// Which no makes it come again.
    pub later: Later,
}

/// What a sender takes for a yes, and so what is answered when an event is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Success {
    /// Not established: an empty 200, which nobody is known to refuse.
    Unknown,
    /// Any 2xx.
    Any,
    /// Exactly 200.
    Ok,
    /// 200 or 204, without a body.
    OkOrNoContent,
    /// Exactly 204.
    NoContent,
    /// 200 with exactly this text.
    Text(&'static str),
    /// 200 with an answer to what it asks; an empty one is none.
    Answer,
}

/// What a sender does after an answer that is no yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Not established.
    Unknown,
    /// What it does after a 5xx.
    Retries,
    /// It lets the event go.
    GivesUp,
    /// It lets the event go, and sends no others.
    Stops,
}

/// What a sender is answered when an event could not be taken, so that it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// A 503.
    Unavailable,
    /// A 429: nothing else makes it come again, and [`super::Retries`] is what it does after one.
    TooMany,
}

impl Contract {
    /// Nothing of it is established.
    pub const UNKNOWN: Self = Self {
        success: Success::Unknown,
        refused: After::Unknown,
        gone: After::Unknown,
        stops: None,
        later: Later::Unavailable,
    };

    /// What it takes for a yes, and no more, is established.
    pub(super) const fn yes(success: Success) -> Self {
        Self { success, ..Self::UNKNOWN }
    }
}
