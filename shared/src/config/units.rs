//! The quantities people write: text in, number out, or nothing. A number too large for its type becomes the type's
//! largest, so that the range check answers and not an overflow.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;

/// Units of time, smallest first, in milliseconds.
pub(super) const TIMES: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Units of size, smallest first, in bytes. `KB` is 1000 and `KiB` is 1024, as everywhere but in memory adverts.
pub(super) const SIZES: &[(&str, u64)] = &[
    ("B", 1),
    ("KB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

/// So many in so long: `50/s`, `10/m`, `500/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In how long.
    pub per: Duration,
}

/// `500ms`, `8s`, `5m`, `72h`, `3d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    quantity(text, TIMES).map(Duration::from_millis)
}

/// `256KiB`, `1MiB`, `64KB`.
pub(super) fn bytes(text: &str) -> Option<u64> {
    quantity(text, SIZES)
}

/// `50/s`, `10/m`, `500/h`; never zero.
pub(super) fn rate(text: &str) -> Option<Rate> {
    let (count, unit) = text.split_once('/')?;
    let count = Some(count).filter(|count| count.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    let per = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    Some(Rate { count, per: Duration::from_secs(per) })
}

/// `192.0.2.0/24`, `2001:db8::/32`; a bare address is a network of one.
pub(super) fn net(text: &str) -> Option<IpNet> {
    let net = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    net.map(|net: IpNet| net.trunc())
}

/// The shortest way to write an amount exactly.
pub(super) fn written(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = units.iter().rev().find(|(_, size)| amount >= *size && amount.is_multiple_of(*size));
    match fits {
        Some((unit, size)) => format!("{}{unit}", amount / size),
        None => "0".to_owned(),
    }
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.find(|letter: char| !letter.is_ascii_digit())?)?;
    let (_, size) = units.iter().find(|(name, _)| *name == unit)?;
    if digits.is_empty() {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX).saturating_mul(*size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("8s", Some(8_000)),
            ("5m", Some(300_000)),
            ("72h", Some(259_200_000)),
            ("3d", Some(259_200_000)),
            ("0s", Some(0)),
            ("99999999999999999999d", Some(u64::MAX)),
            ("", None),
            ("8", None),
            ("s", None),
            ("8 s", None),
            ("-8s", None),
            ("+8s", None),
            ("1.5s", None),
            ("1h30m", None),
            ("8S", None),
            ("8s ", None),
            ("８s", None),
        ] {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn sizes() {
        for (text, size) in [
            ("256KiB", Some(262_144)),
            ("1MiB", Some(1_048_576)),
            ("64KB", Some(64_000)),
            ("99999999999999999999GiB", Some(u64::MAX)),
            ("1 MiB", None),
            ("1mib", None),
            ("1M", None),
            ("1e3KB", None),
        ] {
            assert_eq!(bytes(text), size, "{text:?}");
        }
    }

    #[test]
    fn rates() {
        for (text, count_and_seconds) in [
            ("50/s", Some((50, 1))),
            ("10/m", Some((10, 60))),
            ("500/h", Some((500, 3_600))),
            ("0/s", None),
            ("+5/s", None),
            ("5", None),
            ("5/", None),
            ("/s", None),
            ("5/d", None),
            ("4294967296/s", None),
        ] {
            let expected = count_and_seconds
                .map(|(count, per)| Rate { count: NonZeroU32::new(count).unwrap(), per: Duration::from_secs(per) });
            assert_eq!(rate(text), expected, "{text:?}");
        }
    }

    #[test]
    fn nets() {
        for (text, expected) in [
            ("192.0.2.0/24", Some("192.0.2.0/24")),
            ("192.0.2.7/24", Some("192.0.2.0/24")),
            ("192.0.2.7", Some("192.0.2.7/32")),
            ("2001:db8::/32", Some("2001:db8::/32")),
            ("::1", Some("::1/128")),
            ("192.0.2.0/33", None),
            ("192.0.2", None),
            ("example.com", None),
        ] {
            assert_eq!(net(text).map(|net| net.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn amounts_are_written_in_their_largest_exact_unit() {
        for (amount, units, text) in [
            (32 << 20, SIZES, "32MiB"),
            (1_500, SIZES, "1500B"),
            (1, SIZES, "1B"),
            (90_000, TIMES, "90s"),
            (0, TIMES, "0"),
        ] {
            assert_eq!(written(amount, units), text);
        }
    }
}
