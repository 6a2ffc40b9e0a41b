//! What the tests share: doubles of the chain's ports, a door without a network, the case files; and the
//! real doors in this process, with clients that speak to them in bytes.
//!
//! Time stands still; a test says when it passes.

#![expect(clippy::expect_used, reason = "a double that cannot be built is a broken test: it panics with its reason")]

pub mod case;
pub mod clock;
pub mod confirm;
pub mod dedupe;
pub mod destination;
pub mod door;
pub mod h2c;
pub mod invocation;
pub mod keys;
pub mod lines;
pub mod marker;
pub mod program;
pub mod repository;
pub mod routing;
pub mod runtime_api;
pub mod served;
pub mod source;
pub mod stage;
pub mod task;
pub mod token;
pub mod topic;
pub mod unproven;
pub mod way;
pub mod wire;
