//! Lengths of time and sizes, as people say them.

use std::time::Duration;

/// `250 ms`, `9.75 s`, `5 min`, `24 h`, `3 d`: the largest unit that says it exactly.
pub(crate) fn time(length: Duration) -> String {
    let seconds = length.as_secs();
    if length.subsec_nanos() != 0 {
        let millis = length.as_millis();
        return if millis < 1_000 { format!("{millis} ms") } else { format!("{} s", length.as_secs_f64()) };
    }
    match seconds {
        172_800.. if seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        3_600.. if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        60.. if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// `1 MiB`, `256 KiB`, `1500 B`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
    let exact = units.iter().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    exact.map_or_else(|| "0 B".to_owned(), |(name, unit)| format!("{} {name}", bytes / unit))
}

/// As the platforms give their limits: `4.5`, `1`.
pub(crate) fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (millis, text) in [
            (0, "0 s"),
            (250, "250 ms"),
            (9_750, "9.75 s"),
            (90_000, "90 s"),
            (300_000, "5 min"),
            (86_400_000, "24 h"),
            (259_200_000, "3 d"),
        ] {
            assert_eq!(time(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn sizes() {
        for (bytes, text) in [(0, "0 B"), (1_500, "1500 B"), (1 << 18, "256 KiB"), (1 << 20, "1 MiB")] {
            assert_eq!(size(bytes), text);
        }
    }
}
