//! The URL at which a source answers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A path under a base. A base that has the path already is the URL itself.
pub(crate) use doorbell_core::config::url_under as under;
use doorbell_core::config::{Config, SourceConfig};

/// The URL to paste at the sender: the public one where the config knows it, else under `base`. What the platform brings
/// has none: the name of its sender stands there.
pub(crate) fn of(source: &SourceConfig, config: &Config, base: &str) -> String {
    if source.verifier.invoked().is_some() {
        return source.path.value.clone();
    }
    let public = source.public_url.as_ref().or(config.public_url.as_ref()).map(|url| url.value.as_str());
    under(public.unwrap_or(base), &source.path.value)
}

/// How this machine reaches what listens at an address.
pub(crate) fn local(listen: SocketAddr) -> String {
    let ip = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_under_its_base_once() {
        for (base, url) in [
            ("https://hooks.example.com", "https://hooks.example.com/in/stripe"),
            ("https://hooks.example.com/", "https://hooks.example.com/in/stripe"),
            ("https://hooks.example.com/in/stripe", "https://hooks.example.com/in/stripe"),
            ("https://example.com/hooks", "https://example.com/hooks/in/stripe"),
            ("http://in/stripe", "http://in/stripe/in/stripe"),
        ] {
            assert_eq!(under(base, "/in/stripe"), url);
        }
    }

    #[test]
    fn every_address_has_one_that_can_be_called() {
        for (listen, url) in [
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1:81", "http://127.0.0.1:81"),
            ("[::1]:81", "http://[::1]:81"),
        ] {
            assert_eq!(local(listen.parse().unwrap()), url);
        }
    }
}
