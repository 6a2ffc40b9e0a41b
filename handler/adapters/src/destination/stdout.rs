//! Standard output, for a person at a terminal or a platform that collects it.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorbell_core::config::Kind;
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event, cloudevent};

use super::Adapter;

/// Writes each event as one line, a CloudEvents JSON object. Lines of concurrent events never mix:
/// each is one write under a lock.
///
/// Its receipt is worth nothing: whoever reads the other end may be gone. The write blocks its
/// thread while a full pipe is not read.
pub struct Stdout<W = std::io::Stdout>(Mutex<W>);

impl Stdout {
    /// To this process's standard output.
    #[must_use]
    pub fn new() -> Self {
        Self::to(std::io::stdout())
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: Write + Send> Stdout<W> {
    /// To any writer.
    #[must_use]
    pub const fn to(writer: W) -> Self {
        Self(Mutex::new(writer))
    }

    fn write(&self, line: &[u8]) -> Result<(), Cause> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = writer.write_all(line).and_then(|()| writer.flush());
        written.map_err(|error| Cause::new(format!("write to standard output: {error}")))
    }
}

impl<W> std::fmt::Debug for Stdout<W> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Stdout")
    }
}

impl<W: Write + Send> Destination for Stdout<W> {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let mut line = cloudevent::json(event);
            line.push(b'\n');
            self.write(&line)?;
            Ok(Receipt::new(Durability::None))
        })
    }
}

/// Standard output, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "stdout",
        keys: &[],
        doc: "standard output, a CloudEvent a line",
        built: true,
        durability: Durability::None,
        danger: Some("dangerously_stdout"),
        relays: false,
        largest: None,
        parks: false,
    },
    judge: super::NOTHING_WRONG,
    open: |_config, _site| Box::pin(std::future::ready(Ok(Arc::new(Stdout::new()) as _))),
    grants: super::NO_GRANTS,
};
