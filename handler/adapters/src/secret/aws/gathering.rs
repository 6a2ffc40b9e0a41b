//! Fetches that begin together go out as one call.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doorbell_core::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::{Shared, join_all};

use super::keeper::{Answers, Keeper};
use super::stored::Stored;
use crate::aws::{Client, Refusal};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// One store in one region.
pub(super) struct Gathering {
    keeper: Keeper,
    client: Client,
    open: Mutex<Option<Round>>,
}

/// Those who will go out together. Each of them drives the call, so that it goes on when one is dropped.
#[derive(Clone)]
struct Round {
    ids: Arc<Mutex<BTreeSet<String>>>,
    answers: Shared<BoxFuture<'static, Arc<Answers>>>,
}

impl std::fmt::Debug for Gathering {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Gathering({:?})", self.client)
    }
}

impl Gathering {
    pub(super) const fn new(keeper: Keeper, client: Client) -> Self {
        Self { keeper, client, open: Mutex::new(None) }
    }

    /// The current version, in one call with all that are asked for in the same turn of the runtime.
    pub(super) async fn get(self: &Arc<Self>, id: &str) -> Result<Stored, Refusal> {
        let answers = self.join(id);
        tokio::task::yield_now().await;
        let answers = answers.await;
        answers
            .get(id)
            .cloned()
            .unwrap_or_else(|| Err(Refusal::Unreadable("an answer about something else".to_owned())))
    }

    /// The version before the current one.
    pub(super) async fn previous(&self, id: &str) -> Result<Option<Stored>, Refusal> {
        self.keeper.one(&self.client, id, PREVIOUS).await.map(Some)
    }

    /// A call of its own.
    pub(super) async fn alone(&self, id: &str) -> Result<Stored, Refusal> {
        self.keeper.one(&self.client, id, CURRENT).await
    }

    fn join(self: &Arc<Self>, id: &str) -> Shared<BoxFuture<'static, Arc<Answers>>> {
        let mut open = lock(&self.open);
        if let Some(round) = open.as_ref() {
            let mut ids = lock(&round.ids);
            if ids.contains(id) || ids.len() < self.keeper.at_once() {
                ids.insert(id.to_owned());
                return round.answers.clone();
            }
        }
        let ids = Arc::new(Mutex::new(BTreeSet::from([id.to_owned()])));
        let (gathering, gathered) = (Arc::clone(self), Arc::clone(&ids));
        let answers = async move { Arc::new(gathering.ask(&gathering.close(&gathered)).await) };
        let answers = answers.boxed().shared();
        *open = Some(Round { ids, answers: answers.clone() });
        answers
    }

    /// Takes what has gathered; whoever comes now begins another round.
    fn close(&self, gathered: &Arc<Mutex<BTreeSet<String>>>) -> Vec<String> {
        let mut open = lock(&self.open);
        open.take_if(|round| Arc::ptr_eq(&round.ids, gathered));
        std::mem::take(&mut *lock(gathered)).into_iter().collect()
    }

    /// What a call for many has no value of, and what it is refused for one of them, is asked for alone: that answer says
    /// why, and for whom.
    async fn ask(&self, ids: &[String]) -> Answers {
        let mut answers = match ids {
            [_one] => Answers::new(),
            many => match self.keeper.many(&self.client, many).await {
                Err(refusal) if !(refusal.is_denied() || refusal.is_missing()) => {
                    return ids.iter().map(|id| (id.clone(), Err(refusal.clone()))).collect();
                }
                answers => answers.unwrap_or_default(),
            },
        };
        let rest = ids.iter().filter(|id| !answers.contains_key(*id));
        let alone = join_all(rest.map(async |id| (id.clone(), self.alone(id).await))).await;
        answers.extend(alone);
        answers
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
