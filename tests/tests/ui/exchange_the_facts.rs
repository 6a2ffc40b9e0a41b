//! The facts of an event are those that were read from its delivery.

use doorbell_core::Event;
use doorbell_core::name::SourceName;

pub fn exchange(event: Event, source: SourceName) -> Event {
    Event { source, ..event }
}

fn main() {}
