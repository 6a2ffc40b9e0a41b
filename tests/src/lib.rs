//! What the tests of the chain share: doubles of its ports, a door without a network, and the case
//! files. It knows no runtime and no real clock; a test says when time passes.

#![expect(clippy::expect_used, reason = "a double that cannot be built is a broken test: it panics with its reason")]

pub mod case;
pub mod clock;
pub mod dedupe;
pub mod destination;
pub mod door;
pub mod repository;
pub mod source;
pub mod stage;
pub mod task;
