//! Which destinations an event goes to. Pure.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::condition::{Asked, Condition, Sieved, Undecided};
use crate::destination::Target;
use crate::event::Fact;
use crate::extract::{Extract, Extracted, Unfit, Untaken};
use crate::fault::Cause;
use crate::respond::Respond;
use crate::schema::Schema;
use crate::{Event, Rejection};

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
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Its place among all routes of the config, from 1: how it is called in logs.
    pub number: usize,
    /// What an event must be for it; nothing: any.
    pub when: Option<Arc<Condition>>,
    /// What a condition that fails means.
    pub on_error: OnError,
    /// What it takes out of an event.
    pub extract: Arc<[Extract]>,
    /// Every one of these must hold the event before the sender is told yes.
    pub to: Vec<Arc<Target>>,
    /// These get it once it is held; what becomes of that is told to the operator and not to the sender.
    pub also: Vec<Arc<Target>>,
    /// What the sender is told once the event is held.
    pub respond: Respond,
    /// Whether the routes after it are asked as well.
    pub goes_on: bool,
}

/// What a condition that fails means for its event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The sender is to try again: nobody knows where the event belongs.
    #[default]
    Fail,
    /// As if it held.
    Deliver,
    /// As if it did not hold.
    Ignore,
}

/// The routes of one source, in order.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    all: Vec<Route>,
    sieved: Sieved,
}

/// What is to be done with an event.
#[derive(Debug)]
pub enum Decision {
    /// Hand it to every one of these targets.
    HandOff(Plan),
    /// Nothing, on purpose.
    Ignore(Ignored),
}

/// Where an event goes, by all routes that take it.
#[derive(Debug, Default)]
pub struct Plan {
    /// Each once, in the order of the routes. Never empty.
    pub to: Vec<Arc<Target>>,
    /// Each once, none of them in `to`.
    pub also: Vec<Arc<Target>>,
    /// What the routes took out of the event.
    pub extracted: Extracted,
    /// What the sender is told: by the first of the routes that has more to say than a yes.
    pub respond: Respond,
    /// The numbers of the routes, where there is more than one to tell apart.
    pub routes: Vec<usize>,
}

/// Why an event is deliberately dropped. Made here only.
#[derive(Debug, PartialEq, Eq)]
pub struct Ignored {
    reason: &'static str,
}

impl Ignored {
    /// A batch of no events.
    pub(crate) const fn empty_batch() -> Self {
        Self { reason: "empty-batch" }
    }

    /// The stable name in logs and tests.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

/// What one route says of an event.
#[derive(Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its number.
    pub number: usize,
    /// Its condition.
    pub when: Option<String>,
    /// What it says.
    pub said: Said,
}

/// What a route says of an event.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The event goes its way.
    Takes,
    /// Its condition does not hold.
    Passes,
    /// It comes to no answer, and nothing after it is asked.
    Fails(Indecision),
    /// Whatever it would say: an earlier one decided.
    NotAsked,
}

/// Why there is no decision.
#[derive(Debug, PartialEq, Eq)]
pub enum Indecision {
    /// The event is not as its source or its routes need it.
    Refused(Refusal),
    /// A condition failed.
    Failed(Cause),
}

/// What is wrong with a proven event, for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The source or a route asks for a body that cannot be read.
    Malformed,
    /// The source demands JSON or a form, and the body is neither.
    Unsupported,
    /// It lacks what it must have.
    Unfit(Unfit),
}

impl Refusal {
    /// The guard.
    #[must_use]
    pub const fn rejection(&self) -> Rejection {
        match self {
            Self::Malformed => Rejection::MalformedBody,
            Self::Unsupported => Rejection::UnsupportedBody,
            Self::Unfit(_) => Rejection::UnfitBody,
        }
    }
}

impl From<Untaken> for Indecision {
    fn from(untaken: Untaken) -> Self {
        Self::Refused(match untaken {
            Untaken::Malformed => Refusal::Malformed,
            Untaken::Unfit(unfit) => Refusal::Unfit(unfit),
        })
    }
}

impl Route {
    /// A route that takes every event.
    #[must_use]
    pub fn to(to: Vec<Arc<Target>>) -> Self {
        Self { to, ..Self::default() }
    }

    /// `text_at` gives the text at a pointer into the body.
    fn takes<'t>(
        &self,
        event: &'t Event,
        asked: &Asked<'_>,
        text_at: &dyn Fn(&str) -> Option<&'t str>,
    ) -> Result<bool, Indecision> {
        let Some(when) = &self.when else { return Ok(true) };
        if let Some(told) = when.sieve().verdict(event, text_at) {
            return Ok(told);
        }
        match (when.holds(asked, &self.extract), self.on_error) {
            (Ok(holds), _) => Ok(holds),
            (Err(_), OnError::Deliver) => Ok(true),
            (Err(_), OnError::Ignore) => Ok(false),
            (Err(Undecided::Malformed), OnError::Fail) => Err(Indecision::Refused(Refusal::Malformed)),
            (Err(Undecided::Failed(why)), OnError::Fail) => {
                Err(Indecision::Failed(Cause::new(format!("the condition of route {}: {why}", self.number))))
            }
        }
    }
}

impl Routes {
    /// These, in order. What their conditions need of a body is found in one pass.
    #[must_use]
    pub fn new(all: Vec<Route>) -> Self {
        let sieved = Sieved::new(all.iter().filter_map(|route| Some(route.when.as_ref()?.sieve())));
        Self { all, sieved }
    }

    /// What each route says of an event, for whoever explains a decision.
    #[must_use]
    pub fn judge(&self, event: &Event) -> Vec<Judged> {
        let (takes, mut ended) = (self.taker(event), false);
        let judged = |route: &Route| {
            let said = if ended {
                Said::NotAsked
            } else {
                match takes(route) {
                    Ok(true) => {
                        ended = !route.goes_on;
                        Said::Takes
                    }
                    Ok(false) => Said::Passes,
                    Err(indecision) => {
                        ended = true;
                        Said::Fails(indecision)
                    }
                }
            };
            let when = route.when.as_ref().map(|when| when.text().to_owned());
            Judged { number: route.number, when, said }
        };
        self.all.iter().map(judged).collect()
    }

    /// Whether a route takes the event. What they need of it is found once for all of them.
    fn taker<'e>(&'e self, event: &'e Event) -> impl Fn(&Route) -> Result<bool, Indecision> + 'e {
        let (asked, found) = (Asked::new(event), OnceCell::new());
        move |route| {
            let text_at = |pointer: &str| {
                let found: &Vec<(&str, Option<String>)> = found.get_or_init(|| self.sieved.find(event));
                found.iter().find(|(known, _)| *known == pointer)?.1.as_deref()
            };
            route.takes(event, &asked, &text_at)
        }
    }

    /// The routes that take an event: the first, and those after it for as long as they go on.
    fn taking(&self, event: &Event) -> Result<Vec<&Route>, Indecision> {
        let (takes, mut taking) = (self.taker(event), Vec::new());
        for route in &self.all {
            if takes(route)? {
                taking.push(route);
                if !route.goes_on {
                    break;
                }
            }
        }
        Ok(taking)
    }
}

/// The first route that takes the event wins, and those after it for as long as they go on; an event that the filter does not
/// take, or no route wants, is ignored. Only what the filter takes must satisfy the schema.
///
/// # Errors
/// [`Indecision`].
pub fn decide(
    event: &Event,
    filter: &Filter,
    schema: Option<&Schema>,
    routes: &Routes,
) -> Result<Decision, Indecision> {
    if !filter.takes(event) {
        return Ok(Decision::Ignore(Ignored { reason: "filtered" }));
    }
    if let Some(schema) = schema {
        schema.judge(event).map_err(Indecision::Refused)?;
    }
    let mut plan = Plan::default();
    for route in routes.taking(event)? {
        plan.extracted.join(Extracted::of(&route.extract, event)?);
        if routes.all.len() > 1 {
            plan.routes.push(route.number);
        }
        if matches!(plan.respond, Respond::Ack) {
            plan.respond = route.respond.clone();
        }
        add(&mut plan.to, &route.to);
        add(&mut plan.also, &route.also);
    }
    // Whatever is required is not merely offered.
    plan.also.retain(|target| !plan.to.iter().any(|required| required.name == target.name));
    // A route to nowhere would be a yes without a receipt.
    Ok(if plan.to.is_empty() { Decision::Ignore(Ignored { reason: "unrouted" }) } else { Decision::HandOff(plan) })
}

fn add(targets: &mut Vec<Arc<Target>>, more: &[Arc<Target>]) {
    for target in more {
        if !targets.iter().any(|known| known.name == target.name) {
            targets.push(Arc::clone(target));
        }
    }
}
