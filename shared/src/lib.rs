//! doorbell-core.
