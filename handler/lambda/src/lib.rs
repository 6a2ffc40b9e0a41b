//! doorbell-lambda.
