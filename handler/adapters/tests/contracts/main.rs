//! What every destination and every dedupe store must do, and what single ones do beside it.

#![cfg(test)]

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod aws_registration;
#[cfg(feature = "aws")]
mod aws_secrets;
mod bench;
mod buckets;
mod chain;
mod dedupe;
mod destination;
#[cfg(feature = "aws")]
mod dynamodb;
#[cfg(feature = "google")]
mod emulator;
#[cfg(any(feature = "aws", feature = "google"))]
mod faults;
#[cfg(feature = "google")]
mod firestore;
#[cfg(feature = "google")]
mod firestore_emulator;
mod http;
mod key_set;
mod memory;
#[cfg(feature = "aws")]
mod moto;
#[cfg(feature = "google")]
mod pubsub;
mod service;
mod sns;
