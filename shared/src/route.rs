//! Which destinations an event goes to. Pure.

use std::sync::Arc;

use crate::Event;
use crate::destination::Target;
use crate::event::Fact;

/// The `events` of a source: what is taken at all.
#[derive(Clone, Debug, Default)]
pub struct Filter(Option<Vec<Entry>>);

#[derive(Clone, Debug)]
enum Entry {
    /// `X`: the type, whatever its action.
    Kind(String),
    /// `X.*`: the type with an action, or every type below it.
    Below(String),
    /// `X.a`: the type `X.a` itself, or the type X with the action a.
    Exact { whole: String, kind: String, action: String },
}

impl Filter {
    /// No list takes everything.
    #[must_use]
    pub fn new(entries: Option<&[String]>) -> Self {
        let entry = |text: &String| match text.rsplit_once('.') {
            Some((kind, "*")) => Entry::Below(kind.to_owned()),
            Some((kind, action)) => {
                Entry::Exact { whole: text.clone(), kind: kind.to_owned(), action: action.to_owned() }
            }
            None => Entry::Kind(text.clone()),
        };
        Self(entries.map(|entries| entries.iter().map(entry).collect()))
    }

    /// Whether the event is on the list. The body is read for the action only if an entry of this
    /// event's type needs it.
    #[must_use]
    pub fn takes(&self, event: &Event) -> bool {
        let Some(entries) = &self.0 else { return true };
        let Some(kind) = event.kind().map(Fact::text) else { return false };
        let has_action = |wanted: Option<&str>| {
            event.may_have_action()
                && event.action().is_some_and(|action| wanted.is_none_or(|wanted| action.text() == wanted))
        };
        entries.iter().any(|entry| match entry {
            Entry::Kind(wanted) => kind == wanted,
            Entry::Below(above) => kind.strip_prefix(above.as_str()).is_some_and(|rest| match rest {
                "" => has_action(None),
                rest => rest.starts_with('.'),
            }),
            Entry::Exact { whole, kind: bare, action } => kind == whole || (kind == bare && has_action(Some(action))),
        })
    }
}

/// One `[[route]]`, as one of its sources sees it.
#[derive(Clone, Debug)]
pub struct Route {
    /// Every one of these must hold the event before the sender is told yes.
    pub to: Vec<Arc<Target>>,
    /// These get it once it is held; what becomes of that is told to the operator and not to the sender.
    pub also: Vec<Arc<Target>>,
}

/// What is to be done with an event.
#[derive(Debug)]
pub enum Decision<'r> {
    /// Hand it to every target of this route.
    HandOff(&'r Route),
    /// Nothing, on purpose.
    Ignore(Ignored),
}

/// Why an event is deliberately dropped. Made here only.
#[derive(Debug, PartialEq, Eq)]
pub struct Ignored {
    reason: &'static str,
}

impl Ignored {
    /// The stable name in logs and tests.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

/// The first route wins; an event that the filter does not take, or no route wants, is ignored.
#[must_use]
pub fn decide<'r>(event: &Event, filter: &Filter, routes: &'r [Route]) -> Decision<'r> {
    if !filter.takes(event) {
        return Decision::Ignore(Ignored { reason: "filtered" });
    }
    // A route to nowhere would be a yes without a receipt.
    let route = routes.first().filter(|route| !route.to.is_empty());
    route.map_or(Decision::Ignore(Ignored { reason: "unrouted" }), Decision::HandOff)
}
