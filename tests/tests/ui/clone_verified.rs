//! A proof is for one delivery.

use doorbell_core::verify::Verified;

fn copy<T: Clone>(value: &T) -> T {
    value.clone()
}

pub fn twice(verified: &Verified) -> Verified {
    copy(verified)
}

fn main() {}
