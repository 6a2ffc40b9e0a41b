//! `verify = { token = "header:NAME" }` and `verify = { basic = true }`: the secret itself.

use std::borrow::Cow;

use crate::config::{Placed, Problem, Settings};
use crate::locate::Locate;
use crate::verify::{Token, TokenPlace};

/// `None` only where a problem was reported.
pub(super) fn read(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Token> {
    let prefix = Cow::Owned(keys.text("prefix").unwrap_or_default().to_owned());
    if let Some(at) = keys.key_at("basic") {
        if !keys.flag("basic") {
            if !keys.is_refused("basic") {
                problems.push(Problem::new(at, "\"basic\" is false", "write true, or another form in its place"));
            }
            return None;
        }
        return Some(Token { at: TokenPlace::Basic, prefix });
    }
    let Placed { value: text, at } = keys.placed::<String>("token")?;
    let place = match (text.as_str(), super::locate(&text)) {
        ("path", _) => Some(TokenPlace::Path),
        (_, Some(Locate::Header(name))) => Some(TokenPlace::Header(name)),
        (_, Some(Locate::Query(name))) => Some(TokenPlace::Query(name)),
        (_, Some(Locate::Json(pointer))) => Some(TokenPlace::Json(pointer)),
        _ => None,
    };
    if place.is_none() {
        let fix = "write \"header:NAME\", \"query:NAME\", \"json:/pointer\" or \"path\"";
        problems.push(Problem::new(at, format!("\"token\" is {text:?}, which is no place of a token"), fix));
    }
    place.map(|at| Token { at, prefix })
}
