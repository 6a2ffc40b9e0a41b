//! What every destination and every dedupe store must do, and what single ones do beside it.

#![cfg(test)]

mod bench;
mod chain;
mod dedupe;
mod destination;
#[cfg(feature = "google")]
mod emulator;
#[cfg(feature = "google")]
mod faults;
#[cfg(feature = "google")]
mod firestore;
#[cfg(feature = "google")]
mod firestore_emulator;
mod http;
mod key_set;
mod memory;
#[cfg(feature = "google")]
mod pubsub;
mod service;
mod sns;
