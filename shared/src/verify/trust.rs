//! What a proof is worth.

/// How much was proven; every event carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The sender and the body.
    Verified,
    /// The sender, by something that does not depend on the body.
    Authenticated,
    /// Nothing.
    Unsigned,
}

impl Trust {
    /// The greater of two that were both proven.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Verified, _) | (_, Self::Verified) => Self::Verified,
            (Self::Authenticated, _) | (_, Self::Authenticated) => Self::Authenticated,
            (Self::Unsigned, Self::Unsigned) => Self::Unsigned,
        }
    }

    /// The attribute's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Authenticated => "authenticated",
            Self::Unsigned => "unsigned",
        }
    }
}
