//! `split`: where the array of many events is.

use super::{Problem, Table, VerifierConfig};
use crate::locate::Locate;

/// Where it is, if the source splits; reports what cannot be.
pub(super) fn read(
    table: &Table<'_>,
    verifier: Option<&VerifierConfig>,
    problems: &mut Vec<Problem>,
) -> Option<Locate> {
    let at = table.keys.key_at("split")?;
    let pointer = table.keys.text("split");
    if pointer.is_none() && !table.keys.flag("split") {
        return None;
    }
    let (what, fix) = match (verifier?, pointer) {
        (VerifierConfig::Provider(provider), None) => match &provider.value.batch {
            Some(batch) => return Some(batch.clone()),
            None => (format!("{} sends no arrays of events", provider.value.title), "remove it"),
        },
        (VerifierConfig::Provider(provider), Some(_)) => {
            (format!("where the events of {} are is known", provider.value.title), "write split = true")
        }
        (VerifierConfig::Described(_) | VerifierConfig::DangerouslyUnsigned, None) => {
            ("where the array is nobody says".to_owned(), "write its JSON pointer, such as split = \"/events\"")
        }
        (VerifierConfig::Described(_) | VerifierConfig::DangerouslyUnsigned, Some(pointer)) => {
            return Some(Locate::Json(pointer.to_owned().into()));
        }
    };
    problems.push(Problem::new(at, what, fix));
    None
}
