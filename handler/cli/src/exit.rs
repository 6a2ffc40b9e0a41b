//! How a command ends, as a script sees it.

use std::process::ExitCode;

use doorbell_core::config::Problems;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Bad usage or config.
    Usage,
    /// A service was unreachable, or the system did not give what it should.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Yes => 0_u8,
            Exit::No => 1,
            Exit::Usage => 64,
            Exit::Unreachable => 69,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The operator asked for something that does not hold together: what, and the next step.
    Usage(String),
    /// The config has problems.
    Config(Problems),
    /// Something outside did not answer.
    Unreachable(String),
}

impl Refusal {
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Config(_) => Exit::Usage,
            Self::Unreachable(_) => Exit::Unreachable,
        }
    }
}
