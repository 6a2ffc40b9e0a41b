//! How the key of a source comes to it, where its provider delivers it with a handshake.

use doorbell_adapters::registration::Registration;
use doorbell_adapters::startup::Platform;
use doorbell_core::config::SourceConfig;
use doorbell_core::handshake::Handshake;

/// What an operator does about it; `None` where the key is agreed otherwise.
pub(super) fn of(source: &SourceConfig, platform: Platform) -> Option<String> {
    let provider = source.provider().filter(|of| of.handshakes.iter().any(Handshake::delivers_key))?;
    let Some(registration) = Registration::of(source) else {
        return Some(
            "set by hand; name one file that is not there as the secret, and the first one is kept".to_owned(),
        );
    };
    let place = registration.place();
    if !registration.is_pending() {
        return Some(format!("in {place}; without that file the next registration's key is kept there"));
    }
    let disk = if platform.forgets() { ", whose folder must be on a volume" } else { "" };
    Some(format!(
        "awaited: register this URL at {}; the first key that comes is kept in {place}{disk}, and until then deliveries \
         are answered 503",
        provider.title
    ))
}
