//! Where events go: one file a kind.

pub mod discard;
pub mod journal;
pub mod stdout;
