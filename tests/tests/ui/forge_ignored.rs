//! Only the decision drops an event on purpose.

use doorbell_core::route::Ignored;

pub fn forge() -> Ignored {
    Ignored { reason: "forged" }
}

fn main() {}
