//! What the store in DynamoDB does between instances, and when the network or DynamoDB fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use doorbell_adapters::aws::service::DYNAMODB;
use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::dedupe::dynamodb::{Table, permits, store};
use doorbell_adapters::startup::registry;
use doorbell_core::Dedupe;
use doorbell_core::config::{Config, DedupeConfig};
use doorbell_core::dedupe::{Granted, Leader};
use futures_util::future::join_all;
use serde_json::json;

use crate::bench::{A, AB, Bench, Got, LEASE, leased, names};
use crate::faults::Faults;
use crate::moto::{Moto, REGION, aws};

/// `[dedupe]` with these lines.
fn dedupe(lines: &str) -> DedupeConfig {
    let text = format!(
        "[dedupe]\nstore = \"dynamodb\"\n{lines}\n[source.bell]\ndangerously_unsigned = true\n\
         [[route]]\nto = [\"log\"]\n[destination.log]\nkind = \"discard\"\ndangerously_discard = true\n"
    );
    Config::parse(&text, "test.toml", &registry()).unwrap().dedupe
}

fn named(table: &str) -> Table {
    Table::new(&dedupe(&format!("table = \"{table}\"\nregion = \"{REGION}\"")).settings).unwrap()
}

/// A table that no other test has.
pub(crate) async fn table(moto: &Moto) -> Table {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("case-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let input = json!({
        "TableName": name,
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    moto.call(DYNAMODB, "CreateTable", &input).await;
    named(&name)
}

pub(crate) fn opened(table: &Table, url: &str) -> Arc<dyn Dedupe> {
    store(table.clone(), &aws(url), Arc::new(SystemClock::start())).unwrap()
}

fn instance(table: &Table, url: &str) -> Bench {
    Bench { store: opened(table, url) }
}

/// Two instances on one table, and what they need to live.
async fn two() -> Option<(Bench, Bench, Arc<Moto>)> {
    let moto = Moto::shared().await?;
    let table = table(&moto).await;
    Some((instance(&table, &moto.url()), instance(&table, &moto.url()), moto))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_take_over_at_once_one_does_and_the_others_hear_of_it() {
    let Some((one, other, _moto)) = two().await else { return };
    let dead = one.lease(1, AB, 0).await;
    let racers = (0..50).map(|index| {
        let instance = if index % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(async move { instance.claim(1, AB, LEASE).await })
    });
    let (mut leaders, mut twins) = (Vec::new(), Vec::new());
    for granted in join_all(racers).await {
        match granted.unwrap() {
            Granted::Leased { token, .. } => leaders.push(token),
            Granted::InFlight(twin) => twins.push(tokio::spawn(twin)),
            Granted::Settled => panic!("nobody settled"),
        }
    }
    assert_eq!((leaders.len(), twins.len()), (1, 49));
    // The dead leader's late word changes nothing; whoever settles need not be the instance that claimed.
    one.settle(1, (dead, AB), AB, 100).await;
    assert_eq!(one.got(1, AB, LEASE).await, Got::InFlight);
    other.settle(1, (leaders[0], AB), AB, 100).await;
    for outcome in join_all(twins).await {
        assert_eq!(outcome.unwrap(), Leader::Settled);
    }
}

#[tokio::test]
async fn an_item_that_expired_is_claimed_anew_though_ttl_has_not_taken_it() {
    let Some(moto) = Moto::shared().await else { return };
    let faults = Faults::before(moto.port()).await;
    let bench = instance(&table(&moto).await, &faults.url());
    let token = bench.lease(1, A, 0).await;
    bench.settle(1, (token, A), A, 50).await;
    assert_eq!(bench.got(1, A, 49).await, Got::Settled);
    let before = faults.answers();
    assert_eq!(bench.got(1, A, 50).await, leased(A));
    assert_eq!(faults.answers() - before, 1, "the expiry is in the claim's own condition");
    // An instance whose clock is behind: the new lease stands.
    assert_eq!(bench.got(1, A, 20).await, Got::InFlight);
}

#[tokio::test]
async fn a_claim_and_its_settlement_are_one_call_each_and_so_is_a_duplicate() {
    let Some(moto) = Moto::shared().await else { return };
    let faults = Faults::before(moto.port()).await;
    let bench = instance(&table(&moto).await, &faults.url());
    let token = bench.lease(1, A, 0).await;
    assert_eq!(faults.answers(), 1);
    bench.settle(1, (token, A), A, 100).await;
    assert_eq!(faults.answers(), 2);
    assert_eq!(bench.got(1, A, 1).await, Got::Settled);
    assert_eq!(faults.answers(), 3, "who loses is told what is there");
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_still_ours() {
    let Some(moto) = Moto::shared().await else { return };
    let faults = Faults::before(moto.port()).await;
    let bench = instance(&table(&moto).await, &faults.url());
    // New, taken over, and settled.
    faults.lose_the_next_answer();
    bench.lease(1, A, 0).await;
    faults.lose_the_next_answer();
    let granted = bench.claim(1, AB, LEASE).await;
    let Granted::Leased { token, missing } = granted else { panic!("{granted:?}") };
    assert_eq!(missing, names(AB));
    faults.lose_the_next_answer();
    bench.settle(1, (token, AB), AB, 100).await;
    assert_eq!(bench.got(1, AB, LEASE + 1).await, Got::Settled);
}

#[tokio::test]
async fn what_is_missing_is_said_with_the_next_step() {
    let Some(moto) = Moto::shared().await else { return };
    opened(&table(&moto).await, &moto.url()).reach().await.unwrap();
    let cause = opened(&named("nowhere"), &moto.url()).reach().await.unwrap_err().to_string();
    assert!(cause.starts_with("reach in dynamodb nowhere (eu-west-1): ResourceNotFoundException (400)"), "{cause}");
    assert!(cause.ends_with("; check its name, its region and its account, or deploy it"), "{cause}");
}

#[tokio::test]
async fn what_is_down_is_an_error_in_time() {
    let Some(moto) = Moto::start().await else { return };
    let bench = instance(&table(&moto).await, &moto.url());
    bench.lease(1, A, 0).await;
    drop(moto);
    let cause = tokio::time::timeout(Duration::from_secs(6), bench.try_claim(2, A, 0)).await.unwrap().unwrap_err();
    assert!(cause.to_string().contains("(eu-west-1): no connection"), "{cause}");
}

#[test]
fn a_table_is_named_or_refused() {
    let judged = |lines: &str| Table::new(&dedupe(lines).settings).map(|_| ()).map_err(|error| (error.key, error.what));
    let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/doorbell";
    assert_eq!(judged(&format!("table = \"{arn}\"")), Ok(()));
    for name in ["ab", "a/b", "arn:aws:sqs:eu-west-1:1:table/doorbell", "arn:aws:dynamodb:eu-west-1:1:doorbell"] {
        assert_eq!(
            judged(&format!("table = \"{name}\"")),
            Err((Some("table"), format!("dynamodb: {name:?} is no table")))
        );
    }
    let other = judged(&format!("table = \"{arn}\"\nregion = \"us-east-1\""));
    assert_eq!(other, Err((Some("region"), "dynamodb: the table's ARN is of another region".to_owned())));

    let of = |lines: &str| permits(&dedupe(lines)).iter().map(|permit| permit.statement()).collect::<Vec<_>>();
    assert_eq!(
        of("table = \"doorbell\"\nregion = \"eu-west-1\""),
        ["{ Effect: Allow, Action: [dynamodb:GetItem, dynamodb:PutItem], Resource: \
          \"arn:aws:dynamodb:eu-west-1:*:table/doorbell\" }"]
    );
    assert!(of(&format!("table = \"{arn}\""))[0].ends_with(&format!("Resource: \"{arn}\" }}")));
}
