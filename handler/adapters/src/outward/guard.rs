//! Which addresses are not the public internet (iana.org/assignments/iana-ipv4-special-registry and
//! iana-ipv6-special-registry).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that nothing may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    host: Option<String>,
    address: IpAddr,
    what: &'static str,
}

impl Refused {
    /// The same, for the name that led there.
    #[must_use]
    pub fn of(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, address, what } = self;
        match host {
            Some(host) => write!(formatter, "{host} is at {address}, which is {what}")?,
            None => write!(formatter, "{address} is {what}")?,
        }
        formatter.write_str(", not the public internet; if it is meant, say allow_private = true")
    }
}

impl std::error::Error for Refused {}

/// First match counts: a host's own place before the range it lies in.
const V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(169, 254, 169, 254), 32, "a cloud's metadata server"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's metadata server"),
    (Ipv4Addr::new(0, 0, 0, 0), 8, "unspecified"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared by a carrier"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "for protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "for documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "for benchmarks"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, "a cloud's metadata server"),
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "private"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
    // Teredo and ORCHID among them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "for protocols"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "for documentation"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "for documentation"),
];

/// All that is given out for the public internet.
const GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// IPv4 in the last four bytes: mapped, and NAT64 (RFC 6052).
const LAST: &[(Ipv6Addr, u32)] =
    &[(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96)];
/// IPv4 after the first two bytes: 6to4 (RFC 3056).
const SIX_TO_FOUR: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16);

/// Whether an address is on the public internet. An IPv6 address that only wraps an IPv4 one is that one.
///
/// # Errors
/// [`Refused`], with what the address is for.
pub fn check(address: IpAddr) -> Result<(), Refused> {
    let what = match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    };
    what.map_or(Ok(()), |what| Err(Refused { host: None, address, what }))
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    let holds = |net: &Ipv4Addr, prefix: u32| (bits ^ u32::from(*net)).leading_zeros() >= prefix;
    V4.iter().find(|(net, prefix, _)| holds(net, *prefix)).map(|(_, _, what)| *what)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = u128::from(address);
    let holds = |net: &Ipv6Addr, prefix: u32| (bits ^ u128::from(*net)).leading_zeros() >= prefix;
    let [_, _, a, b, c, d, .., w, x, y, z] = address.octets();
    if LAST.iter().any(|(net, prefix)| holds(net, *prefix)) {
        return special_v4(Ipv4Addr::new(w, x, y, z));
    }
    if holds(&SIX_TO_FOUR.0, SIX_TO_FOUR.1) {
        return special_v4(Ipv4Addr::new(a, b, c, d));
    }
    let named = V6.iter().find(|(net, prefix, _)| holds(net, *prefix)).map(|(_, _, what)| *what);
    named.or_else(|| (!holds(&GLOBAL.0, GLOBAL.1)).then_some("reserved"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_public_internet_is_refused() {
        // The first and the last address of each range of IANA's two registries, and what wraps one of them.
        for text in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.192",
            "192.0.0.255",
            "192.0.2.0",
            "192.0.2.255",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.0",
            "198.51.100.255",
            "203.0.113.0",
            "203.0.113.255",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:0.0.0.0",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "64:ff9b:1::808:808",
            "100::",
            "100:0:0:1::",
            "2001::",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            "2002:a00:1::",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::",
            "3fff::",
            "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            "4000::",
            "5f00::",
            "fc00::",
            "fd00:ec2::254",
            "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "fe80::1",
            "febf:ffff::",
            "fec0::1",
            "ff02::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            assert!(check(text.parse().unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_neighbours_of_each_range_are_let_through() {
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:200::",
            "2001:db7::",
            "2001:db9::",
            "2002:808:808::",
            "2003::",
            "2606:4700::1111",
            "3ffe:ffff::",
            "3fff:1000::",
        ] {
            assert_eq!(check(text.parse().unwrap()), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_refusal_says_the_way_out() {
        let refused = check("169.254.169.254".parse().unwrap()).unwrap_err().of("metadata.example");
        let said = "metadata.example is at 169.254.169.254, which is a cloud's metadata server, not the public internet; \
                    if it is meant, say allow_private = true";
        assert_eq!(refused.to_string(), said);
    }
}
