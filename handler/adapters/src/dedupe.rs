//! Where dedupe records live: one file a store.

pub mod memory;
