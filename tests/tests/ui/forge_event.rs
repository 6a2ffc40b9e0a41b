//! An event is read from what was proven, inside the chain.

use doorbell_core::Event;
use doorbell_core::name::SourceName;
use doorbell_core::provider::Facts;
use doorbell_core::verify::Verified;

pub fn forge(verified: Verified, source: &SourceName, facts: &Facts) -> Event {
    Event::of(verified, source, facts)
}

fn main() {}
