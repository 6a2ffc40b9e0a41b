//! What every destination and every dedupe store must do, and what single ones do beside it.

#![cfg(test)]

mod bench;
mod chain;
mod dedupe;
mod destination;
mod http;
mod key_set;
mod memory;
mod service;
