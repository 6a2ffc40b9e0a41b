//! Only the fan-out that collected every receipt says that there is a hand-off.

use doorbell_core::destination::Handoff;

pub fn forge() -> Handoff {
    Handoff { receipts: 1 }
}

fn main() {}
