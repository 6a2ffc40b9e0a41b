//! What goes wrong on our side, or behind us: the sender should try again.

/// A failure that is ours or downstream's. Answered 503 with `Retry-After`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The source's secrets could not be fetched, or were withdrawn.
    SecretsMissing,
    /// None of the keys matched, and whether there are fresher ones could not be found out.
    KeysUnreachable(Cause),
    /// None of the keys matched, and it is not this delivery's turn to ask for fresher ones.
    KeysBusy,
    /// The sender did not take our confirmation.
    ConfirmationFailed(Cause),
    /// A key that a handshake delivered was not kept.
    KeyNotKept(Cause),
    /// A handshake is answered with a value that the source does not have.
    ValueMissing,
    /// The condition of a route came to no answer.
    ConditionFailed(Cause),
    /// A required destination refused, or could not be reached.
    DestinationFailed(Cause),
    /// A required destination did not answer inside the budget.
    DestinationTimedOut,
    /// A required destination panicked; the event was not handed off.
    DestinationPanicked,
    /// The dedupe store refused, or could not be reached.
    DedupeFailed(Cause),
    /// A twin of this delivery was still in flight when the budget ended.
    TwinInFlight,
    /// The twin that this delivery waited for failed; this is its answer too.
    TwinFailed,
    /// Nothing was left of the budget before the hand-off could start.
    BudgetSpent,
    /// The process holds as many request bytes as it may.
    Overloaded,
    /// The chain itself panicked.
    Panicked,
}

/// Why a port failed, as text for the operator's log. Made by adapters, which promise that it holds
/// neither a secret nor a byte of the body: say the operation, the resource and the system's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause(String);

impl Cause {
    /// Operation, resource and error in one lowercase fragment (`append to /var/events.jsonl: no space left`).
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Fault {
    /// The stable name in logs and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SecretsMissing => "secrets-missing",
            Self::KeysUnreachable(_) => "keys-unreachable",
            Self::KeysBusy => "keys-busy",
            Self::ConfirmationFailed(_) => "confirmation-failed",
            Self::KeyNotKept(_) => "key-not-kept",
            Self::ValueMissing => "value-missing",
            Self::ConditionFailed(_) => "condition-failed",
            Self::DestinationFailed(_) => "destination-failed",
            Self::DestinationTimedOut => "destination-timed-out",
            Self::DestinationPanicked => "destination-panicked",
            Self::DedupeFailed(_) => "dedupe-failed",
            Self::TwinInFlight => "twin-in-flight",
            Self::TwinFailed => "twin-failed",
            Self::BudgetSpent => "budget-spent",
            Self::Overloaded => "overloaded",
            Self::Panicked => "panicked",
        }
    }

    /// What the adapter said, where one spoke.
    #[must_use]
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::ConditionFailed(cause)
            | Self::ConfirmationFailed(cause)
            | Self::DestinationFailed(cause)
            | Self::DedupeFailed(cause)
            | Self::KeyNotKept(cause)
            | Self::KeysUnreachable(cause) => Some(cause),
            Self::SecretsMissing
            | Self::KeysBusy
            | Self::ValueMissing
            | Self::DestinationTimedOut
            | Self::DestinationPanicked
            | Self::TwinInFlight
            | Self::TwinFailed
            | Self::BudgetSpent
            | Self::Overloaded
            | Self::Panicked => None,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.cause() {
            Some(cause) => write!(formatter, "{}: {cause}", self.code()),
            None => formatter.write_str(self.code()),
        }
    }
}

impl std::error::Error for Fault {}
