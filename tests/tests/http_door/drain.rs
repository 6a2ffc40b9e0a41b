//! A sender that hangs up, and a process that is told to stop.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use conformance::dedupe::Book;
use conformance::destination::Step;
use conformance::h2c;
use conformance::served::{Served, eventually};
use conformance::stage::{Stage, source_of};
use conformance::wire::{self, Wire};
use doorbell_cloud_run::{Drained, Limits};
use doorbell_core::destination::{Durability, Target};
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::{BoxFuture, Destination, Event, Receipt};
use http::{Method, Response};
use tokio::task::JoinHandle;

use super::{open, open_with};

/// Holds a hand-off until the test lets go, and notes which tasks have run it.
#[derive(Debug)]
struct Held {
    gate: tokio::sync::Semaphore,
    tasks: Mutex<Vec<tokio::task::Id>>,
    taken: AtomicUsize,
}

impl Held {
    fn tasks(&self) -> usize {
        self.tasks.lock().unwrap().len()
    }
}

impl Destination for Held {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, _: &'a Event, _: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        let mut gate = Box::pin(self.gate.acquire());
        Box::pin(async move {
            let noted = std::future::poll_fn(|context| {
                let mut tasks = self.tasks.lock().unwrap();
                let task = tokio::task::id();
                if tasks.last() != Some(&task) {
                    tasks.push(task);
                }
                gate.as_mut().poll(context)
            });
            noted.await.unwrap().forget();
            self.taken.fetch_add(1, Ordering::Relaxed);
            Ok(Receipt::new(Durability::Durable))
        })
    }
}

async fn held() -> (Served, Stage, Arc<Held>) {
    let held = Held { gate: tokio::sync::Semaphore::new(0), tasks: Mutex::default(), taken: AtomicUsize::default() };
    let held = Arc::new(held);
    let name = DestinationName::parse("one").unwrap();
    let target = Target::new(name, Arc::clone(&held) as Arc<dyn Destination>);
    let source = source_of("standard-webhooks", vec![Arc::new(target)]);
    let stage = Stage::new(vec![source], Arc::new(Book::default()), 0);
    (Served::start(&stage, Limits::default()).await, stage, held)
}

/// How a sender can go away.
#[derive(Clone, Copy, Debug)]
enum Gone {
    Closed,
    Reset,
    StreamReset,
}

/// Sends `msg_1`, and goes away once the destination has it in hand.
async fn hang_up(served: &Served, stage: &Stage, held: &Held, gone: Gone) {
    let request = stage.message("msg_1");
    match gone {
        Gone::Closed | Gone::Reset => {
            let mut wire = Wire::to(served.address).await.unwrap();
            wire.send(wire::whole(&request)).await;
            eventually(|| held.tasks() == 1).await;
            let socket = wire.into_socket();
            if matches!(gone, Gone::Reset) {
                socket.set_zero_linger().unwrap();
            }
        }
        Gone::StreamReset => {
            let connection = h2c::Connection::to(served.address).await;
            let (answer, mut body) = connection.begin(&request).await;
            body.send_data(request.body.clone(), true).unwrap();
            eventually(|| held.tasks() == 1).await;
            body.send_reset(h2::Reason::CANCEL);
            drop(answer);
            eventually(|| held.tasks() == 2).await;
        }
    }
    // The server has noticed: the delivery goes on in a task of its own.
    eventually(|| held.tasks() == 2).await;
}

#[tokio::test]
async fn a_delivery_whose_sender_is_gone_is_finished_and_settled() {
    for gone in [Gone::Closed, Gone::Reset, Gone::StreamReset] {
        let (served, stage, held) = held().await;
        hang_up(&served, &stage, &held, gone).await;
        assert!(!stage.counts("standard-webhooks").balanced(), "{gone:?}: ended before the receipt");
        held.gate.add_permits(1);
        eventually(|| stage.counts("standard-webhooks").balanced()).await;
        // The retry finds it settled.
        assert_eq!(served.log.outcome(&served.send(&stage.message("msg_1")).await), "duplicate 200", "{gone:?}");
        let counts = stage.counts("standard-webhooks");
        assert_eq!((counts.received, counts.handed_off, counts.duplicate), (2, 1, 1), "{gone:?}");
        assert_eq!(held.taken.load(Ordering::Relaxed), 1, "{gone:?}");
    }
}

/// The retry comes while the delivery that nobody waits for is still on its way.
#[tokio::test]
async fn the_twin_of_an_abandoned_delivery_gets_its_answer() {
    let (served, stage, held) = held().await;
    hang_up(&served, &stage, &held, Gone::Closed).await;
    let (twin, address) = (stage.message("msg_1"), served.address);
    let twin = tokio::spawn(async move { wire::send(address, &twin).await });
    eventually(|| stage.counts("standard-webhooks").received == 2).await;
    held.gate.add_permits(1);
    assert_eq!(served.log.outcome(&twin.await.unwrap()), "duplicate 200");
    assert_eq!(held.taken.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_drain_waits_for_a_delivery_whose_sender_is_gone() {
    let (served, stage, held) = held().await;
    hang_up(&served, &stage, &held, Gone::Closed).await;
    let stopping = served.stop();
    closed_to_the_new(stopping.address).await;
    assert!(stopping.waits().await);
    held.gate.add_permits(1);
    assert_eq!(stopping.drained().await, Drained::Whole);
    assert_eq!(held.taken.load(Ordering::Relaxed), 1);
    assert_eq!(stage.counts("standard-webhooks").handed_off, 1);
}

fn send_all(address: SocketAddr, stage: &Stage, count: usize) -> Vec<JoinHandle<Response<Bytes>>> {
    let request = |index| stage.message(&format!("msg_{index}"));
    let send = |request| tokio::spawn(async move { wire::send(address, &request).await });
    (0..count).map(request).map(send).collect()
}

/// Connections are refused, or were closed in the queue without a word.
async fn closed_to_the_new(address: SocketAddr) {
    for _ in 0..1_000 {
        // One that the system took before the port was closed is given up from this side.
        let Ok(_taken) = Wire::to(address).await else { return };
        tokio::task::yield_now().await;
    }
    panic!("the door still takes connections");
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nobody() {
    const SENDERS: usize = 20;
    let (served, stage, destination) = open(&[Step::Wait; SENDERS]).await;
    let senders = send_all(served.address, &stage, SENDERS);
    let abreast = h2c::Connection::to(served.address).await;
    let (over_h2c, mut body) = abreast.begin(&stage.message("msg_h2c")).await;
    body.send_data(stage.message("msg_h2c").body, true).unwrap();
    // Who says nothing, or nothing more, holds nobody up.
    let _silent = Wire::to(served.address).await.unwrap();
    let mut idle = Wire::to(served.address).await.unwrap();
    idle.send(wire::whole(&stage.message("msg_idle"))).await;
    eventually(|| destination.calls() == SENDERS + 2).await;
    // All but `SENDERS` go through: the script is at its end.
    eventually(|| stage.counts("standard-webhooks").handed_off == 2).await;

    let stopping = served.stop();
    closed_to_the_new(stopping.address).await;
    assert!(stopping.waits().await);
    (0..SENDERS).for_each(|_| destination.release());
    for sender in senders {
        assert_eq!(stopping.log.outcome(&sender.await.unwrap()), "handed-off 200");
    }
    assert_eq!(stopping.log.outcome(&h2c::answer(over_h2c).await), "handed-off 200");
    assert_eq!(idle.reply(&Method::POST).await.unwrap().status(), 200);
    assert_eq!(stopping.drained().await, Drained::Whole);
    assert_eq!(destination.taken().len(), SENDERS + 2);
    let counts = stage.counts("standard-webhooks");
    assert!(counts.balanced());
    assert_eq!(counts.handed_off, SENDERS as u64 + 2);
}

#[tokio::test]
async fn a_destination_that_never_ends_does_not_hold_the_end_up() {
    let limits = Limits { drain: Duration::from_secs(3), ..Limits::default() };
    let (served, stage, destination) = open_with(&[Step::Hang], limits).await;
    let sender = send_all(served.address, &stage, 1);
    eventually(|| destination.calls() == 1).await;
    // The budget of the delivery is slept on already.
    let sleepers = stage.clock.sleepers();
    let stopping = served.stop();
    eventually(|| stage.clock.sleepers() > sleepers).await;
    stage.clock.advance(limits.drain - Duration::from_millis(1));
    assert!(stage.clock.sleepers() > sleepers, "ended before its time");
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(stopping.drained().await, Drained::CutShort);
    sender.iter().for_each(JoinHandle::abort);
}
