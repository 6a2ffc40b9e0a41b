//! What all destinations on AWS have in common.

use std::time::Duration;

use doorbell_core::fault::Cause;

use super::{OpenError, Site};
use crate::aws::{Client, Service, region};

/// How long each asks at the start whether what is behind it is there: less than a start waits, so that it can say what
/// did not answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// A client of one service: in this region, else in that of this process.
///
/// # Errors
/// No region is known, or the service's place is none.
pub(super) fn client(site: &Site, service: Service, named: Option<&str>) -> Result<Client, OpenError> {
    let unknown = || OpenError::new("no region of AWS is known", "set AWS_REGION");
    let region = named.map(str::to_owned).or_else(region).ok_or_else(unknown)?;
    site.vault.aws().client(service, &region).map_err(|what| OpenError::new(what, "mend it"))
}

/// The largest body that surely fits a message of so many bytes: in base64, beside 32 KiB of attributes.
pub(super) const fn room(message: usize) -> usize {
    message.saturating_sub(32 << 10) / 4 * 3
}

/// Whether the service takes so much. No retry helps where it does not.
///
/// # Errors
/// Both sizes, and what to do.
pub(super) fn fits(doing: &str, place: &str, size: usize, most: usize) -> Result<(), Cause> {
    if size <= most {
        return Ok(());
    }
    let next = "name a bucket as its claim_check, or route such events to a destination that takes more, such as http";
    Err(Cause::new(format!("{doing} {place}: {size} bytes, and {most} is the most; {next}")))
}
