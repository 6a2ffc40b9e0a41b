//! `[source.NAME.limits]`: how much, how often, from where.

use ipnet::IpNet;

use crate::config::{Problem, Rate, Settings};

/// What a source lets in before it looks closer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// The largest body in bytes.
    pub body: Option<u64>,
    /// The most deliveries over time.
    pub rate: Option<Rate>,
    /// How many may come at once before the rate counts. Only with a rate.
    pub burst: Option<u32>,
    /// The addresses that may ring; empty means any.
    pub allow: Vec<IpNet>,
}

pub(super) fn read(keys: &Settings, problems: &mut Vec<Problem>) -> Limits {
    if let (Some(at), None) = (keys.key_at("burst"), keys.key_at("rate")) {
        problems.push(Problem::new(at, "\"burst\" without \"rate\"", "add rate = \"50/s\", or remove it"));
    }
    Limits {
        body: keys.bytes("body"),
        rate: keys.get("rate").copied(),
        burst: keys.integer("burst").and_then(|burst| burst.try_into().ok()),
        allow: keys.all("allow").into_iter().map(|net| net.value).collect(),
    }
}
