//! What an answer costs at a sender, in words: the one place that says it, for `check` and `providers`.

use doorbell_core::provider::{After, Contract, Later, Provider, Retries, Success};

use crate::amount;

/// `never`, `for 3 d`, `yes, how long is not said`, `unknown`.
pub(crate) fn retries(retries: Retries) -> String {
    match retries {
        Retries::Never => "never".to_owned(),
        Retries::For(horizon) => format!("for {}", amount::time(horizon)),
        Retries::Again => "yes, how long is not said".to_owned(),
        Retries::Unknown => "unknown".to_owned(),
    }
}

/// The word for scripts, and the seconds.
pub(crate) const fn retries_in_short(retries: Retries) -> (&'static str, Option<u64>) {
    match retries {
        Retries::Never => ("never", None),
        Retries::For(horizon) => ("for", Some(horizon.as_secs())),
        Retries::Again => ("again", None),
        Retries::Unknown => ("unknown", None),
    }
}

/// What it takes for a yes, for scripts.
pub(crate) const fn success(success: Success) -> &'static str {
    match success {
        Success::Unknown => "unknown",
        Success::Any => "2xx",
        Success::Ok => "200",
        Success::OkOrNoContent => "200 or 204",
        Success::NoContent => "204",
        Success::Text(_) => "200 with a text",
        Success::Answer => "200 with an answer",
    }
}

/// What it takes for a yes, and what Doorbell says.
pub(crate) fn yes(success: Success) -> String {
    match success {
        Success::Unknown => "not established; Doorbell answers an empty 200".to_owned(),
        Success::Any => "any 2xx".to_owned(),
        Success::Ok => "200".to_owned(),
        Success::OkOrNoContent => "200 or 204, without a body".to_owned(),
        Success::NoContent => "204, which Doorbell answers".to_owned(),
        Success::Text(text) => format!("200 with {text:?}, which Doorbell answers"),
        Success::Answer => {
            "200 with an answer to what it asks; Doorbell's empty 200 is none: set a route's respond".to_owned()
        }
    }
}

/// What it does after an answer, for scripts.
pub(crate) const fn after(after: After) -> &'static str {
    match after {
        After::Unknown => "unknown",
        After::Retries => "retries",
        After::GivesUp => "gives up",
        After::Stops => "stops",
    }
}

/// What a 503 costs at a provider, or at nobody we know.
pub(crate) fn of_503(provider: Option<&Provider>) -> String {
    let sender = sender(provider);
    if provider.is_some_and(|provider| provider.contract.later == Later::TooMany) {
        return format!("the event: {sender} comes again after a 429 alone, which Doorbell answers instead");
    }
    match provider.map_or(Retries::Unknown, |provider| provider.retries) {
        Retries::Never => format!("the event: {sender} does not come again by itself"),
        Retries::For(horizon) => format!("a delay: {sender} retries for {}", amount::time(horizon)),
        Retries::Again => format!("a delay: {sender} retries, for how long is not established"),
        Retries::Unknown => format!("perhaps the event: whether {sender} retries is not established"),
    }
}

/// What a 401, as any 4xx, costs at a provider, or at nobody we know.
pub(crate) fn of_401(provider: Option<&Provider>) -> String {
    let sender = sender(provider);
    let known = provider.map(|provider| (provider.contract.refused, provider.retries));
    match known.unwrap_or((After::Unknown, Retries::Unknown)) {
        (After::GivesUp, _) => format!("the event: {sender} lets it go after a 4xx"),
        (After::Stops, _) => format!("all events to come: {sender} stops after a 4xx"),
        (After::Retries, _) | (After::Unknown, Retries::Never) => of_503(provider),
        (After::Unknown, Retries::For(_) | Retries::Again | Retries::Unknown) => {
            format!("perhaps the event: whether {sender} retries after a 4xx is not established")
        }
    }
}

/// When it stops sending: after a 410, or as it says itself; `None`: not established.
pub(crate) fn stops(contract: Contract) -> Option<String> {
    let gone = (contract.gone == After::Stops).then_some("nothing more comes after a 410");
    let all: Vec<&str> = contract.stops.into_iter().chain(gone).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn sender(provider: Option<&Provider>) -> &'static str {
    provider.map_or("the sender", |provider| provider.title)
}
