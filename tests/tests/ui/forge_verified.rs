//! Only the gate says that a delivery is proven.

use doorbell_core::Delivery;
use doorbell_core::verify::{Proof, Verified};

pub fn forge(delivery: Delivery, proof: Proof) -> Verified {
    Verified { delivery, proof }
}

fn main() {}
