//! doorbell-cloud-run.
