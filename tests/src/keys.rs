//! A source of keys that a test scripts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use doorbell_core::BoxFuture;
use doorbell_core::fault::Cause;
use doorbell_core::keys::{KeyFault, KeySource, Want};
use doorbell_core::secret::Keyring;
use doorbell_core::verify::Scheme;
use futures_util::FutureExt;

use crate::source::keyring;

/// What one fetch does.
#[derive(Clone, Debug)]
pub enum Fetch {
    /// Gives a ring of these secrets.
    Give(Vec<&'static str>),
    /// The store does not answer well.
    Fail,
    /// The store says that the keys are withdrawn.
    Withdraw,
    /// Nothing comes back.
    Hang,
    /// The adapter breaks.
    Panic,
}

/// Plays its script, its last line for ever, and counts.
#[derive(Clone, Debug)]
pub struct ScriptedKeys {
    scheme: Arc<Scheme>,
    script: Arc<Mutex<VecDeque<Fetch>>>,
    asked: Arc<Mutex<Vec<bool>>>,
}

impl ScriptedKeys {
    /// Keys of that scheme.
    #[must_use]
    pub fn new(scheme: &Scheme, script: impl IntoIterator<Item = Fetch>) -> Self {
        let script = Mutex::new(script.into_iter().collect());
        Self { scheme: Arc::new(scheme.clone()), script: Arc::new(script), asked: Arc::default() }
    }

    /// Another script from now on.
    pub fn rewrite(&self, script: impl IntoIterator<Item = Fetch>) {
        *self.script.lock().expect("nobody panics with the script") = script.into_iter().collect();
    }

    /// The fetches so far: whether each was for a delivery that matched nothing.
    #[must_use]
    pub fn asked(&self) -> Vec<bool> {
        self.asked.lock().expect("nobody panics while counting").clone()
    }
}

impl KeySource for ScriptedKeys {
    fn fetch(&self, want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>> {
        self.asked.lock().expect("nobody panics while counting").push(want == Want::Mismatch);
        let mut script = self.script.lock().expect("nobody panics with the script");
        let line = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        let cause = || Cause::new("as scripted");
        match line {
            Some(Fetch::Give(secrets)) => {
                let ring = keyring(&self.scheme, &secrets).expect("secrets of the scheme's form");
                std::future::ready(Ok(ring)).boxed()
            }
            Some(Fetch::Fail) => std::future::ready(Err(KeyFault::Unreachable(cause()))).boxed(),
            Some(Fetch::Withdraw) => std::future::ready(Err(KeyFault::Gone(cause()))).boxed(),
            Some(Fetch::Panic) => async { panic!("as scripted") }.boxed(),
            Some(Fetch::Hang) | None => std::future::pending().boxed(),
        }
    }
}
