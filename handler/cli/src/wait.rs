//! The command is a sequence; what it asks of a cloud is awaited here.

use crate::exit::Refusal;

/// Runs `work` to its end on this thread.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> Result<T, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Refusal::Unreachable(format!("cannot start the runtime: {error}")))?;
    Ok(runtime.block_on(work))
}
