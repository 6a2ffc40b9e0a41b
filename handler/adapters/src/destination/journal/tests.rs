mod platter;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use doorbell_core::fault::Cause;
use futures_util::FutureExt;
use futures_util::future::join_all;
use proptest::prelude::*;

use super::disk::Disk;
use super::tape::Tape;
use super::{Journal, OpenError};
use platter::{End, Op, Platter};

fn line(text: &str) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}

fn append<D: Disk>(tape: &mut Tape<D>, texts: &[&str]) -> Result<(), Cause> {
    let lines: Vec<_> = texts.iter().map(|text| line(text)).collect();
    tape.append(lines.iter().map(Vec::as_slice))
}

fn open(platter: &Platter, rotate: u64) -> Tape<Platter> {
    Tape::open(platter.clone(), rotate).unwrap()
}

const NEVER: u64 = u64::MAX;

#[derive(Clone, Debug)]
enum Step {
    /// Appends a group of lines of these lengths.
    Append(Vec<usize>),
    /// From here on so many operations of 256 fail.
    Trouble(u8),
    /// The host or the process ends after so many operations more.
    EndAfter(u32, End),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(0_usize..40, 1..6).prop_map(Step::Append),
        2 => prop_oneof![Just(0_u8), 0..120_u8].prop_map(Step::Trouble),
        1 => (0..20_u32).prop_map(|after| Step::EndAfter(after, End::Power)),
        2 => (0..20_u32).prop_map(|after| Step::EndAfter(after, End::Process)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_acknowledged_is_lost(seed: u64, rotate in 20_u64..400, steps in prop::collection::vec(step(), 1..40)) {
        let platter = Platter::new(seed);
        let mut acknowledged = BTreeSet::new();
        let mut tape = None;
        let mut made = 0;
        for step in steps.into_iter().chain([Step::Trouble(0), Step::EndAfter(0, End::Power)]) {
            match step {
                Step::Append(lengths) => {
                    let texts: Vec<_> = lengths.iter().map(|length| {
                        made += 1;
                        format!("<{made}:{}>", "x".repeat(*length))
                    }).collect();
                    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
                    if tape.is_none() {
                        tape = Tape::open(platter.clone(), rotate).ok();
                    }
                    if let Some(tape) = &mut tape && append(tape, &texts).is_ok() {
                        acknowledged.extend(texts.iter().map(|text| line(text)));
                    }
                }
                Step::Trouble(chance) => platter.trouble(chance),
                Step::EndAfter(operations, end) => platter.end_after(operations, end),
            }
            if platter.is_off() {
                tape = None;
                platter.start_again();
                let kept = platter.lines();
                let lost: Vec<_> = acknowledged.difference(&kept).map(|line| String::from_utf8_lossy(line)).collect();
                prop_assert!(lost.is_empty(), "lost {lost:?} of {:?}", platter);
            }
        }
    }
}

#[test]
fn a_torn_tail_is_closed_before_the_first_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    fs::write(&path, "{\"whole\":1}\n{\"torn\":").unwrap();
    let mut tape = Tape::open(super::HostDisk::new(&path), NEVER).unwrap();
    append(&mut tape, &["{\"next\":2}"]).unwrap();
    append(&mut tape, &["{\"next\":3}"]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text, "{\"whole\":1}\n{\"torn\":\n{\"next\":2}\n{\"next\":3}\n");
}

#[test]
fn a_torn_tail_is_closed_before_its_file_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    fs::write(&path, "{\"torn\":").unwrap();
    let mut tape = Tape::open(super::HostDisk::new(&path), 4).unwrap();
    append(&mut tape, &["one"]).unwrap();
    append(&mut tape, &["two"]).unwrap();
    assert_eq!(read(&path, ".1"), "{\"torn\":\none\n");
    assert_eq!(read(&path, ""), "two\n");
}

#[test]
fn a_second_journal_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let first = Journal::open(&path, None).unwrap();
    let second = Journal::open(&path, None);
    assert!(matches!(&second, Err(OpenError::Locked { path: locked }) if *locked == path), "{second:?}");
    drop(first);
    Journal::open(&path, None).unwrap();
}

#[test]
fn what_is_no_file_is_refused() {
    let refused = Journal::open(Path::new("/dev/null"), None);
    assert!(matches!(refused, Err(OpenError::NotAFile { .. })), "{refused:?}");
    let folder = tempfile::tempdir().unwrap();
    let refused = Journal::open(folder.path(), None).unwrap_err();
    assert!(matches!(refused, OpenError::Failed { doing: "open", .. }), "{refused:?}");
    let refused = Journal::open(&folder.path().join("no/such/folder"), None).unwrap_err();
    assert!(refused.to_string().starts_with("cannot open the journal /"), "{refused}");
}

#[test]
fn rotation_keeps_every_record_and_deletes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    // Neither of these is one of ours.
    fs::write(folder.path().join("events.jsonl.bak"), "theirs").unwrap();
    fs::write(folder.path().join("events.jsonl.7"), "old").unwrap();
    let mut tape = Tape::open(super::HostDisk::new(&path), 10).unwrap();
    for texts in [&["1234", "5678"][..], &["9"], &["longer than a file may be"], &["a", "b"]] {
        append(&mut tape, texts).unwrap();
    }
    assert_eq!(read(&path, ".7"), "old");
    assert_eq!(read(&path, ".8"), "1234\n5678\n");
    assert_eq!(read(&path, ".9"), "9\n");
    assert_eq!(read(&path, ".10"), "longer than a file may be\n");
    assert_eq!(read(&path, ""), "a\nb\n");
    drop(tape);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
}

#[test]
fn the_lock_goes_with_the_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut tape = Tape::open(super::HostDisk::new(&path), 4).unwrap();
    append(&mut tape, &["one"]).unwrap();
    append(&mut tape, &["two"]).unwrap();
    assert!(matches!(Journal::open(&path, None), Err(OpenError::Locked { .. })));
}

#[test]
fn another_file_in_its_place_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut tape = Tape::open(super::HostDisk::new(&path), 4).unwrap();
    append(&mut tape, &["one"]).unwrap();
    fs::rename(&path, folder.path().join("moved")).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    append(&mut tape, &["two"]).unwrap();
    assert_eq!(read(&path, ""), "somebody else's");
    assert_eq!(read(folder.path(), "/moved"), "one\ntwo\n");
}

#[test]
fn a_file_that_was_moved_away_is_followed_by_a_new_one_at_the_next_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut tape = Tape::open(super::HostDisk::new(&path), 4).unwrap();
    append(&mut tape, &["one"]).unwrap();
    fs::rename(&path, folder.path().join("moved")).unwrap();
    append(&mut tape, &["two"]).unwrap();
    assert_eq!((read(folder.path(), "/moved").as_str(), read(&path, "").as_str()), ("one\n", "two\n"));
}

fn read(path: &Path, suffix: &str) -> String {
    fs::read_to_string(format!("{}{suffix}", path.display())).unwrap()
}

#[test]
fn a_rotation_that_fails_leaves_the_old_file_in_use() {
    for op in [Op::SetAside, Op::Create, Op::SyncNames] {
        let platter = Platter::new(0);
        let mut tape = open(&platter, 4);
        append(&mut tape, &["one"]).unwrap();
        platter.fail_next(op);
        append(&mut tape, &["two"]).unwrap();
        append(&mut tape, &["six"]).unwrap();
        let files: Vec<_> = platter.files().into_values().collect();
        assert_eq!(files, ["six\n", "one\ntwo\n"], "{op:?}");
    }
}

#[test]
fn a_full_disk_is_a_cause_and_leaves_no_torn_line() {
    let platter = Platter::new(0);
    let mut tape = open(&platter, NEVER);
    append(&mut tape, &["one"]).unwrap();
    platter.fail_next(Op::Append);
    let cause = append(&mut tape, &["never written"]).unwrap_err();
    assert_eq!(cause.to_string(), "append to /platter/events.jsonl: no space left");
    append(&mut tape, &["two"]).unwrap();
    assert_eq!(platter.files().into_values().collect::<Vec<_>>(), ["one\ntwo\n"]);
}

#[test]
fn a_torn_line_that_cannot_be_cut_off_is_closed() {
    let platter = Platter::new(0);
    let mut tape = open(&platter, NEVER);
    platter.fail_next(Op::Append);
    platter.fail_next(Op::Truncate);
    append(&mut tape, &["torn"]).unwrap_err();
    append(&mut tape, &["two"]).unwrap();
    assert_eq!(platter.files().into_values().collect::<Vec<_>>(), ["to\ntwo\n"]);
}

#[test]
fn after_a_failed_sync_the_file_is_opened_anew() {
    let platter = Platter::new(0);
    let mut tape = open(&platter, NEVER);
    append(&mut tape, &["one"]).unwrap();
    platter.fail_next(Op::Sync);
    let cause = append(&mut tape, &["lost"]).unwrap_err();
    assert_eq!(cause.to_string(), "sync /platter/events.jsonl: input/output error");
    platter.fail_next(Op::Open);
    let cause = append(&mut tape, &["lost"]).unwrap_err();
    assert_eq!(
        cause.to_string(),
        "append to /platter/events.jsonl: cannot open the journal /platter/events.jsonl: input/output error"
    );
    append(&mut tape, &["two"]).unwrap();
    assert_eq!(
        (platter.opened(), platter.files().into_values().collect::<Vec<_>>()),
        (2, vec!["one\ntwo\n".to_owned()])
    );
}

#[tokio::test]
async fn records_that_come_during_a_sync_share_the_next_one() {
    let platter = Platter::new(0);
    let journal = Journal::start(platter.clone(), NEVER).unwrap();
    let before = platter.count(Op::Sync);
    let gate = platter.hold_next_sync();
    let mut first = Box::pin(journal.append(line("first")));
    assert!((&mut first).now_or_never().is_none());
    gate.entered();
    let mut others: Vec<_> = (0..49).map(|_| Box::pin(journal.append(line("another")))).collect();
    assert!(others.iter_mut().all(|other| other.now_or_never().is_none()));
    assert!((&mut first).now_or_never().is_none(), "answered before its sync was done");
    gate.leave();
    first.await.unwrap();
    assert_eq!(join_all(others).await, vec![Ok(()); 49]);
    assert_eq!(platter.count(Op::Sync) - before, 2);
}

#[tokio::test]
async fn a_failed_sync_acknowledges_nobody() {
    let platter = Platter::new(0);
    let journal = Journal::start(platter.clone(), NEVER).unwrap();
    let gate = platter.hold_next_sync();
    let mut first = Box::pin(journal.append(line("first")));
    assert!((&mut first).now_or_never().is_none());
    gate.entered();
    let mut others: Vec<_> = (0..9).map(|_| Box::pin(journal.append(line("another")))).collect();
    assert!(others.iter_mut().all(|other| other.now_or_never().is_none()));
    platter.fail_next(Op::Sync);
    platter.fail_next(Op::Sync);
    gate.leave();
    assert!(first.await.is_err());
    assert!(join_all(others).await.iter().all(Result::is_err));
    journal.append(line("last")).await.unwrap();
    assert_eq!(platter.files().into_values().collect::<Vec<_>>(), ["last\n"]);
}

#[tokio::test]
async fn a_waiter_that_went_away_breaks_nothing_and_is_not_written_for() {
    let platter = Platter::new(0);
    let journal = Journal::start(platter.clone(), NEVER).unwrap();
    let gate = platter.hold_next_sync();
    let mut first = Box::pin(journal.append(line("first")));
    assert!((&mut first).now_or_never().is_none());
    gate.entered();
    let mut second = Box::pin(journal.append(line("second")));
    assert!((&mut second).now_or_never().is_none());
    drop((first, second));
    gate.leave();
    journal.append(line("third")).await.unwrap();
    assert_eq!(platter.files().into_values().collect::<Vec<_>>(), ["first\nthird\n"]);
}

#[tokio::test]
async fn a_group_ends_where_its_file_does() {
    let platter = Platter::new(0);
    let journal = Journal::start(platter.clone(), 12).unwrap();
    let gate = platter.hold_next_sync();
    let mut waiting: Vec<_> = Vec::new();
    for text in ["first", "1", "2", "3", "4", "5", "6", "7", "8"] {
        let mut append = Box::pin(journal.append(line(text)));
        assert!((&mut append).now_or_never().is_none());
        if waiting.is_empty() {
            gate.entered();
        }
        waiting.push(append);
    }
    gate.leave();
    assert!(join_all(waiting).await.iter().all(Result::is_ok));
    let files: Vec<_> = platter.files().into_values().collect();
    assert_eq!(files, ["4\n5\n6\n7\n8\n", "first\n1\n2\n3\n"]);
}
