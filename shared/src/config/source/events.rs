//! Which events of its provider a source takes.

use crate::config::problem::nearest;
use crate::config::{Placed, Problem, Settings};
use crate::provider::Provider;

/// An entry that no event of the provider can match would ignore what the operator is waiting for. A source whose
/// config says where its type sits has types of its own.
pub(super) fn check(provider: &Provider, keys: &Settings, problems: &mut Vec<Problem>) {
    if provider.types.is_empty() || keys.key_at("type").is_some() {
        return;
    }
    for Placed { value: entry, at } in keys.texts("events") {
        let kind = match entry.split_once('.') {
            Some((kind, _)) if !provider.facts.action.is_empty() => kind,
            Some(_) | None => &entry,
        };
        if !provider.types.contains(&kind) {
            let fix = match nearest(kind, provider.types) {
                Some(name) => format!("did you mean {name:?}?"),
                None => format!("`doorbell providers {}` lists its types", provider.name),
            };
            problems.push(Problem::new(at, format!("{} has no event {kind:?}", provider.title), fix));
        }
    }
}
