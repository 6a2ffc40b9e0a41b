//! A batch: every event goes its own way, the answer comes when all have arrived.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};

use super::{Receiver, Rest};
use crate::name::DestinationName;
use crate::reply::Outcome;
use crate::route::Ignored;
use crate::tally::End;
use crate::{Event, Fault};

/// So many events of one batch are on their way at once.
const AT_ONCE: usize = 16;

impl Receiver {
    /// Every event is decided, claimed and handed off on its own, inside the one budget; in no promised order. A failure is the answer
    /// before a refusal is, for the retry may mend it; and a refusal before a yes. What is held stays held: the claims let a
    /// retry repeat only what is missing.
    pub(super) async fn each(&self, batch: Event, elements: Vec<Bytes>, rest: Rest<'_>) -> Outcome {
        let Rest { source, deadline, trail } = rest;
        trail.record.events = Some(elements.len());
        trail.event(&batch);
        let whole = &*trail;
        let events = batch.each(elements, &source.facts).into_iter().enumerate();
        let ended = stream::iter(events).map(async |(index, event)| {
            let mut trail = whole.fork(self.clock.as_ref());
            source.batched.receive();
            // Deciding takes no turn of its own: of ten thousand events each may think for a while.
            let outcome = if trail.last < deadline {
                self.dispatch(event, source, deadline, &mut trail).await
            } else {
                Outcome::Failed(Fault::BudgetSpent)
            };
            source.batched.end(outcome.end());
            (rank(&outcome), index, outcome, trail)
        });
        let ended: Vec<_> = ended.buffer_unordered(AT_ONCE).collect().await;
        let [mut missed, mut spilled] = [Vec::new(), Vec::new()];
        for (.., trail) in &ended {
            once_each(&mut missed, &trail.record.missed);
            once_each(&mut spilled, &trail.record.spilled);
        }
        match ended.into_iter().min_by_key(|(rank, index, ..)| (*rank, *index)) {
            Some((_, _, outcome, worst)) => {
                *trail = worst;
                (trail.record.missed, trail.record.spilled) = (missed, spilled);
                plain(outcome)
            }
            None => Outcome::Ignored(Ignored::empty_batch()),
        }
    }
}

/// Each destination, with the first of its faults.
fn once_each(all: &mut Vec<(DestinationName, Fault)>, more: &[(DestinationName, Fault)]) {
    for (name, fault) in more {
        if !all.iter().any(|(known, _)| known == name) {
            all.push((name.clone(), fault.clone()));
        }
    }
}

/// Without what a route would tell the sender of one event: there is one answer, and there are many events.
fn plain(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::HandedOff(handoff, _) => Outcome::HandedOff(handoff, None),
        Outcome::Duplicate(settled, _) => Outcome::Duplicate(settled, None),
        other @ (Outcome::DeadLettered(..)
        | Outcome::Ignored(_)
        | Outcome::Answered(_)
        | Outcome::Refused(..)
        | Outcome::Unfit(_)
        | Outcome::Failed(_)) => other,
    }
}

/// What counts for the whole batch, first.
const fn rank(outcome: &Outcome) -> u8 {
    match outcome.end() {
        End::Failed => 0,
        End::Refused => 1,
        End::HandedOff => 2,
        End::Duplicate => 3,
        End::Ignored | End::Answered => 4,
    }
}
