//! A sender of a subscription that says yes, or does not.

use std::sync::{Arc, Mutex};

use doorbell_core::BoxFuture;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Confirmer;
use futures_util::FutureExt;

/// Keeps every URL that it was asked to ask.
#[derive(Clone, Debug, Default)]
pub struct Confirms {
    asked: Arc<Mutex<Vec<String>>>,
    fails: bool,
}

impl Confirms {
    /// One whose sender does not say yes.
    #[must_use]
    pub fn failing() -> Self {
        Self { fails: true, ..Self::default() }
    }

    /// The URLs so far.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics while counting").clone()
    }
}

impl Confirmer for Confirms {
    fn confirm(&self, url: &str) -> BoxFuture<'static, Result<(), Cause>> {
        self.asked.lock().expect("nobody panics while counting").push(url.to_owned());
        let answer = if self.fails { Err(Cause::new("as scripted")) } else { Ok(()) };
        std::future::ready(answer).boxed()
    }
}
