//! doorbell-adapters.
