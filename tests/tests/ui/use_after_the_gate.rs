//! The gate takes the delivery: nobody goes on with the unproven one.

use doorbell_core::verify::{Scheme, verify};
use doorbell_core::{Delivery, Timestamp};

pub fn twice(delivery: Delivery, scheme: &Scheme, now: Timestamp) -> usize {
    let _verified = verify(delivery, scheme, None, now);
    delivery.untrusted_body().len()
}

fn main() {}
