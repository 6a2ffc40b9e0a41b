//! What trusted proxies say of the client.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use crate::{Head, Peer};

/// The client's address, as far as anybody trustworthy knows it.
///
/// Each proxy appends the address it saw to `X-Forwarded-For`, so with `hops` trusted proxies the
/// client is the `hops`-th entry **from the right**; what stands further left is the client's own
/// invention. (Google's load balancer appends `<client>,<balancer>` to what was sent:
/// cloud.google.com/load-balancing/docs/https.)
#[must_use]
pub fn client(head: &Head, hops: u8) -> Option<IpAddr> {
    match head.door.peer {
        Peer::Vouched(address) => address,
        Peer::Invoker => None,
        Peer::Socket(address) if hops == 0 => address,
        Peer::Socket(_) | Peer::Proxy => address(from_the_right(&head.headers, "x-forwarded-for", hops.max(1))?),
    }
}

/// Whether the client spoke HTTPS; `None` where nobody trustworthy says so.
#[must_use]
pub fn https(head: &Head, hops: u8) -> Option<bool> {
    match head.door.peer {
        Peer::Vouched(_) | Peer::Invoker => Some(true),
        Peer::Socket(_) if hops == 0 => None,
        // A proxy writes one value here; where several stand, the nearest trusted one wrote the last. A trusted
        // proxy that says nothing has not said that it was HTTPS.
        Peer::Socket(_) | Peer::Proxy => {
            let scheme = from_the_right(&head.headers, "x-forwarded-proto", 1);
            Some(scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")))
        }
    }
}

/// An entry of `X-Forwarded-For`: an address, or one with a port as a load balancer writes it that keeps client ports.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.parse().ok().or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()));
    bare.map(|address: IpAddr| address.to_canonical())
}

fn from_the_right<'a>(headers: &'a HeaderMap, name: &str, position: u8) -> Option<&'a str> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let entries: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
    entries.len().checked_sub(usize::from(position)).and_then(|index| entries.get(index).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeliveryId, Door, Timestamp};
    use http::{HeaderValue, Method};
    use std::time::Duration;

    fn head(peer: Peer, forwarded: &[(&'static str, &'static str)]) -> Head {
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let received_at = Timestamp::from_unix_seconds(0);
        let door = Door { id: DeliveryId::new("t"), peer, received_at, remaining: None, age: Duration::ZERO };
        Head { method: Method::POST, path: "/".into(), query: None, headers, door }
    }

    #[track_caller]
    fn check(hops: u8, forwarded: &[(&'static str, &'static str)], expected: Option<&str>) {
        let head = head(Peer::Socket("192.0.2.9".parse().ok()), forwarded);
        assert_eq!(client(&head, hops), expected.and_then(|text| text.parse().ok()));
    }

    #[test]
    fn the_client_is_counted_from_the_right() {
        check(0, &[("x-forwarded-for", "203.0.113.1")], Some("192.0.2.9"));
        check(1, &[("x-forwarded-for", "6.6.6.6, 203.0.113.1")], Some("203.0.113.1"));
        check(2, &[("x-forwarded-for", "6.6.6.6, 203.0.113.1,198.51.100.2")], Some("203.0.113.1"));
        check(
            2,
            &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.1, 198.51.100.2")],
            Some("203.0.113.1"),
        );
    }

    #[test]
    fn fewer_entries_than_hops_is_nobody() {
        check(2, &[("x-forwarded-for", "6.6.6.6")], None);
        check(1, &[], None);
        check(1, &[("x-forwarded-for", "not an address")], None);
        check(1, &[("x-forwarded-for", "203.0.113.1:4711")], Some("203.0.113.1"));
        check(1, &[("x-forwarded-for", "::ffff:203.0.113.1")], Some("203.0.113.1"));
    }

    #[test]
    fn https_is_known_only_behind_a_trusted_proxy() {
        let socket = Peer::Socket(None);
        assert_eq!(https(&head(socket, &[("x-forwarded-proto", "https")]), 0), None);
        assert_eq!(https(&head(socket, &[("x-forwarded-proto", "https, http")]), 1), Some(false));
        assert_eq!(https(&head(socket, &[("x-forwarded-proto", "HTTPS")]), 1), Some(true));
        assert_eq!(https(&head(socket, &[]), 1), Some(false));
        assert_eq!(https(&head(Peer::Vouched(None), &[]), 0), Some(true));
    }

    #[test]
    fn a_proxy_by_nature_needs_no_declared_hop() {
        let plain = head(Peer::Proxy, &[("x-forwarded-for", "6.6.6.6, 203.0.113.1"), ("x-forwarded-proto", "http")]);
        assert_eq!(client(&plain, 0), "203.0.113.1".parse().ok());
        assert_eq!(https(&plain, 0), Some(false));
        assert_eq!(https(&head(Peer::Proxy, &[("x-forwarded-proto", "https")]), 0), Some(true));
        let behind_another = head(Peer::Proxy, &[("x-forwarded-for", "203.0.113.1, 198.51.100.2")]);
        assert_eq!(client(&behind_another, 2), "203.0.113.1".parse().ok());
    }
}
