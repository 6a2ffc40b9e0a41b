//! Only a granted claim is a lease.

use doorbell_core::dedupe::{DedupeKey, Lease};

pub fn forge(key: DedupeKey) -> Lease {
    Lease { key, token: 1, missing: Vec::new() }
}

fn main() {}
