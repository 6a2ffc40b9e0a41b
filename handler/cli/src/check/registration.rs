//! How the key of a source comes to it, where its provider delivers it with a handshake.

use std::sync::Arc;

use doorbell_adapters::registration::{self, Registration};
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::Platform;
use doorbell_core::config::SourceConfig;

use crate::wait::wait;

/// The way of a key that a handshake delivers.
pub(super) struct Delivered {
    registration: Option<Registration>,
    /// Whether it is still to come; `None` where nobody can say.
    pending: Option<bool>,
}

/// That of a source's key; `None` where the key is agreed otherwise. A place in a cloud is looked at only online.
pub(super) fn of(source: &SourceConfig, online: bool) -> Option<Delivered> {
    registration::delivers(source).then(|| {
        let registration = Registration::of(source, &Arc::new(Vault::new()));
        let looked_at = registration.as_ref().filter(|registration| online || registration.is_near());
        let pending = looked_at.and_then(|registration| wait(registration.pending()).ok().flatten());
        Delivered { registration, pending }
    })
}

impl Delivered {
    /// Whether it is still to come, for certain.
    pub(super) fn is_awaited(&self) -> bool {
        self.pending == Some(true)
    }

    /// What an operator does about it.
    pub(super) fn say(&self, source: &SourceConfig, platform: Platform) -> String {
        let Some(registration) = &self.registration else {
            return "set by hand; name one place that is empty as the secret, and the first one is kept there: a file:///path or \
                    ssm:///path that is not there, an aws-sm://id without a value, or a gcp-sm://project/name@1 without a \
                    version"
                .to_owned();
        };
        let place = registration.place();
        let title = source.provider().map_or("its provider", |provider| provider.title);
        let until = "until then deliveries are answered 503";
        match self.pending {
            Some(true) => {
                let in_memory = platform.forgets() && registration.is_near();
                let disk = if in_memory { ", whose folder must be on a volume" } else { "" };
                format!(
                    "awaited: register this URL at {title}; the first key that comes is kept in {place}{disk}, and {until}"
                )
            }
            Some(false) => {
                let emptied = registration.emptied();
                format!("in {place}; {emptied} the next registration's key is kept there")
            }
            None => {
                let make = registration.preparation().map(|make| format!("run `{make}`, and ")).unwrap_or_default();
                format!(
                    "the first one is kept in {place}, if none is there: {make}register this URL at {title}; {until}"
                )
            }
        }
    }
}
