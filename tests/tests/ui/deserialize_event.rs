//! An event does not come out of bytes.

use doorbell_core::Event;
use serde::{Deserialize, Deserializer};

pub fn parse<'a, D: Deserializer<'a>>(bytes: D) -> Result<Event, D::Error> {
    Event::deserialize(bytes)
}

fn main() {}
