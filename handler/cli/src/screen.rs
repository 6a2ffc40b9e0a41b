//! What goes to the terminal: sentences for a person, one JSON document for a script.
//!
//! A reader that has gone away (`doorbell providers | head -1`) is no error: the command goes on without it.

use std::io::{ErrorKind, IsTerminal, Write};

use serde::Serialize;

use crate::exit::Refusal;

/// Both streams of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Whether a script reads.
    pub(crate) json: bool,
    colour: bool,
}

/// How a word stands out, where colour is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    /// Names.
    Strong,
    /// As it should be.
    Good,
    /// Deserves a look.
    Warning,
    /// Not as it should be.
    Bad,
}

impl Screen {
    /// Colour only on a terminal, and without `NO_COLOR` (no-color.org).
    pub(crate) fn new(json: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { json, colour: !json && !refused && std::io::stdout().is_terminal() }
    }

    pub(crate) fn tint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A line of the answer.
    pub(crate) fn line(self, text: &str) {
        match writeln!(std::io::stdout().lock(), "{text}") {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => {
                // An answer that nobody gets must not look like one.
                self.aside(&format!("doorbell: cannot write the answer: {error}"));
                std::process::exit(1);
            }
        }
    }

    /// The answer, for a script.
    pub(crate) fn document(self, document: &impl Serialize) {
        let text = serde_json::to_string_pretty(document).unwrap_or_default();
        self.line(&text);
    }

    /// A line beside the answer.
    pub(crate) fn aside(self, text: &str) {
        let _reader_gone = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Why there is no answer.
    pub(crate) fn refusal(self, refusal: &Refusal) {
        match (refusal, self.json) {
            (Refusal::Config(problems), true) => self.document(problems),
            (Refusal::Config(problems), false) => self.aside(&problems.to_string()),
            (Refusal::Usage(text) | Refusal::Unreachable(text), true) => {
                self.document(&serde_json::json!({ "error": text }));
            }
            (Refusal::Usage(text) | Refusal::Unreachable(text), false) => self.aside(&format!("doorbell: {text}")),
        }
    }
}
