//! Only the primitives of the gate mint a proof.

use doorbell_core::verify::{Proof, Trust};

pub fn forge() -> Proof {
    Proof { trust: Trust::Verified, version: None, covered: (&[]).into() }
}

fn main() {}
