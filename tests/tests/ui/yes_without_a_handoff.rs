//! The receipt of one destination is not yet a yes: the reply wants the hand-off.

use doorbell_core::destination::{Durability, Receipt};
use doorbell_core::reply::Outcome;

pub fn yes() -> Outcome {
    Outcome::HandedOff(Receipt::new(Durability::Durable), None)
}

fn main() {}
