//! The rules of the repository.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::single_match,
    reason = "helpers of tests, which look at a few of many"
)]

use std::collections::{BTreeMap, BTreeSet};

use conformance::repository::{files, read, root, sources};
use doorbell_core::Rejection;
use doorbell_core::locate::Locate;
use doorbell_core::provider::{ALL, Provider};
use doorbell_core::verify::message::MAX_PARTS;
use doorbell_core::verify::{Message, Part, Scheme};
use toml::{Table, Value};

/// A file is read in one sitting.
const LINES: usize = 400;
/// Longer ones, and why they are not split.
const LONGER: &[(&str, &str)] = &[
    ("shared/src/config/tests.rs", "one line a mistake: the rows of one table"),
    ("shared/src/provider.rs", "the one list of all, an entry a line"),
    ("shared/src/provider/body_mac.rs", "one entry a provider: the rows of one table"),
    ("shared/src/provider/handshakes.rs", "one list a provider: the rows of one table"),
    ("shared/src/provider/mac.rs", "one entry a provider: the rows of one table"),
    ("shared/src/provider/public_key.rs", "one entry a provider: the rows of one table"),
    ("shared/src/provider/shared_token.rs", "one entry a provider: the rows of one table"),
    ("shared/src/provider/standard_adopters.rs", "one entry a provider: the rows of one table"),
];

/// Who may use whom: only what stands in a lower rank. The two front doors share one and do not know each other; the
/// operator's command may run a door.
const RANKS: &[(&str, u8)] = &[
    ("doorbell-core", 0),
    ("doorbell-adapters", 1),
    ("doorbell-cloud-run", 2),
    ("doorbell-lambda", 2),
    ("doorbell", 3),
    ("conformance", 4),
];

/// What the core must never know, by the beginning of the dependency's name.
const NOT_IN_THE_CORE: &[&str] = &[
    "async-std",
    "aws-config",
    "aws-s",
    "axum",
    "google",
    "hyper",
    "lambda",
    "reqwest",
    "smol",
    "tokio",
    "tower",
    "ureq",
];
/// The same for the front doors.
const NOT_IN_A_DOOR: &[(&str, &str)] = &[("doorbell-lambda", "axum"), ("doorbell-cloud-run", "lambda")];

/// Each promise of ARCHITECTURE.md names its test.
const PROMISES: usize = 11;

struct Manifest {
    name: String,
    /// By section: `dependencies`, `dev-dependencies`, ...
    dependencies: Vec<(String, String)>,
}

/// The paths of the members' manifests.
fn members() -> Vec<String> {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    members.iter().map(|member| format!("{}/Cargo.toml", member.as_str().unwrap())).collect()
}

fn manifests() -> Vec<Manifest> {
    members().iter().map(|path| manifest(&read(path))).collect()
}

fn manifest(text: &str) -> Manifest {
    let table: Table = text.parse().unwrap();
    let mut tables = vec![&table];
    if let Some(targets) = table.get("target").and_then(Value::as_table) {
        tables.extend(targets.values().filter_map(Value::as_table));
    }
    let mut dependencies = Vec::new();
    for table in tables {
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let Some(named) = table.get(section).and_then(Value::as_table) else { continue };
            // `package = "..."` is a dependency under another name.
            let real = |(name, value): (&String, &Value)| {
                value.get("package").and_then(Value::as_str).map_or_else(|| name.clone(), str::to_owned)
            };
            dependencies.extend(named.iter().map(|entry| (section.to_owned(), real(entry))));
        }
    }
    Manifest { name: table["package"]["name"].as_str().unwrap().to_owned(), dependencies }
}

#[test]
fn crates_depend_only_leftwards() {
    let ranks: BTreeMap<&str, u8> = RANKS.iter().copied().collect();
    for manifest in manifests() {
        let rank = *ranks.get(manifest.name.as_str()).unwrap_or_else(|| panic!("{} has no rank", manifest.name));
        for (section, dependency) in &manifest.dependencies {
            if let Some(other) = ranks.get(dependency.as_str()) {
                assert!(*other < rank, "{}: {section} has {dependency}", manifest.name);
            }
        }
    }
}

#[test]
fn the_core_depends_on_nothing_that_does() {
    let core = manifests().into_iter().find(|manifest| manifest.name == "doorbell-core").unwrap();
    for (section, dependency) in core.dependencies.iter().filter(|(section, _)| section != "dev-dependencies") {
        let forbidden = NOT_IN_THE_CORE.iter().any(|prefix| dependency.starts_with(prefix));
        assert!(!forbidden, "doorbell-core: {section} has {dependency}");
    }
    let forbidden =
        ["SystemTime", "Instant::now", "std::env", "std::fs", "std::net::Tcp", "std::process", "std::thread"];
    for path in sources("shared/src") {
        let code = code(&path);
        for word in forbidden {
            assert!(!code.contains(word), "{path} uses {word}");
        }
    }
}

#[test]
fn a_door_does_not_know_the_other_doors_server() {
    for manifest in manifests() {
        for (_, prefix) in NOT_IN_A_DOOR.iter().filter(|(name, _)| *name == manifest.name) {
            let mut named = manifest.dependencies.iter().filter(|(section, _)| section != "dev-dependencies");
            assert!(named.all(|(_, dependency)| !dependency.starts_with(prefix)), "{} has {prefix}", manifest.name);
        }
    }
}

#[test]
fn versions_stand_in_the_one_table() {
    for manifest in members() {
        let table: Table = read(&manifest).parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
                let workspace = value.get("workspace").and_then(Value::as_bool);
                assert_eq!(workspace, Some(true), "{manifest}: {name} names its own version");
            }
        }
        assert_eq!(table["lints"]["workspace"].as_bool(), Some(true), "{manifest} has its own lints");
    }
}

/// The code of a file: without comments, texts and its unit tests.
fn code(path: &str) -> String {
    let text = read(path);
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let outside = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        code.push_str(outside.split("//").next().unwrap_or_default());
        code.push('\n');
    }
    code
}

#[test]
fn only_the_reply_names_a_status() {
    let numbers =
        ["201", "202", "204", "401", "403", "404", "405", "408", "413", "415", "422", "429", "502", "503", "504"];
    for path in sources("shared/src").iter().filter(|path| *path != "shared/src/reply.rs") {
        let code = code(path);
        assert!(!code.contains("StatusCode"), "{path} names a status code");
        let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        assert!(!words.any(|word| numbers.contains(&word)), "{path} has a number that is a status");
    }
}

#[test]
fn no_file_is_named_after_nothing() {
    for path in files(".") {
        let name = path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        assert!(!["utils", "util", "common", "helpers", "helper", "misc"].contains(&stem), "{path}");
        assert!(name != "mod.rs", "{path}: a module is named after its noun");
    }
}

#[test]
fn a_file_is_read_in_one_sitting() {
    let longer: BTreeMap<&str, &str> = LONGER.iter().copied().collect();
    for path in sources(".") {
        let lines = read(&path).lines().count();
        let listed = longer.contains_key(path.as_str());
        assert!(lines <= LINES || listed, "{path}: {lines} lines; split it, or say why not");
        assert!(lines > LINES || !listed, "{path}: {lines} lines; it needs no exception any more");
    }
    for (path, reason) in LONGER {
        assert!(root().join(path).exists() && !reason.is_empty(), "{path} is listed and not there");
    }
}

/// `path.rs::name`, wherever ARCHITECTURE.md says it, is a test; and each promise says one.
#[test]
fn every_promise_names_a_test_that_exists() {
    if !root().join("ARCHITECTURE.md").exists() {
        println!("skipped: ARCHITECTURE.md is not written yet");
        return;
    }
    let page = read("ARCHITECTURE.md");
    let missing: Vec<_> = named_tests(&page).filter(|(path, name)| !is_test(path, name)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names tests that do not exist: {missing:#?}");

    let promises = page.split("\n## The promises").nth(1).and_then(|rest| rest.split("\n## ").next());
    let promises = promises.expect("ARCHITECTURE.md has a section `The promises`");
    for number in 1..=PROMISES {
        let from = promises.split_once(&format!("\n{number}. ")).map(|(_, rest)| rest);
        let text = from.unwrap_or_else(|| panic!("ARCHITECTURE.md has no promise {number}"));
        let text = text.split(&format!("\n{}. ", number + 1)).next().unwrap_or_default();
        assert!(named_tests(text).next().is_some(), "no test holds promise {number}");
    }
}

/// Every `path.rs::name` between backticks.
fn named_tests(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(path, _)| path.ends_with(".rs"))
}

/// Whether that file has a test function of that name (the last part, where it sits in a module).
fn is_test(path: &str, name: &str) -> bool {
    if !root().join(path).exists() {
        return false;
    }
    let text = read(path);
    let name = name.rsplit("::").next().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let place = |line: &&str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('))
    };
    let attributes = |index: usize| lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
    lines
        .iter()
        .position(place)
        .is_some_and(|index| attributes(index).any(|line| *line == "#[test]" || line.starts_with("#[tokio::test")))
}

#[test]
fn every_guard_and_every_fault_has_a_case() {
    let mut cases: Vec<String> = sources("tests/tests").iter().map(|path| read(path)).collect();
    cases.extend(files("tests/vectors").iter().filter(|path| path.ends_with(".json")).map(|path| read(path)));
    for guard in Rejection::ALL {
        let named = format!("\"{}\"", guard.code());
        assert!(cases.iter().any(|text| text.contains(&named)), "{named} is asserted nowhere");
    }
    let codes: BTreeSet<&str> = Rejection::ALL.iter().map(|guard| guard.code()).collect();
    assert_eq!(codes.len(), Rejection::ALL.len(), "two guards under one name");
    // Faults have no list: their names are read where they are given.
    let named = read("shared/src/fault.rs");
    let faults: Vec<&str> = named.split(" => \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(faults.len() >= 10, "fault.rs names its faults in another way now");
    for fault in faults {
        assert!(cases.iter().any(|text| text.contains(&format!("\"{fault}\""))), "{fault} is asserted nowhere");
    }
}

#[test]
fn the_provider_table_is_sorted_and_unique() {
    let order: Vec<(&str, Option<&str>)> = ALL.iter().map(|provider| (provider.name, provider.mode)).collect();
    // `None` sorts first: a provider's default mode stands before its others.
    assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
}

#[test]
fn every_provider_entry_keeps_the_rules_of_the_table() {
    for provider in ALL {
        let label = provider.label();
        assert!(doorbell_core::name::is_name(provider.name), "{label}");
        assert!(provider.docs.starts_with("https://") && !provider.title.is_empty(), "{label}");
        let checked = provider.evidence.checked;
        assert!(checked.len() == 7 && checked.as_bytes()[4] == b'-', "{label}: checked {checked}");
        assert!(provider.types.windows(2).all(|pair| pair[0] < pair[1]), "{label}: its types are not sorted");
        for header in headers(provider) {
            let valid = http::HeaderName::from_bytes(header.as_bytes()).is_ok_and(|name| name.as_str() == header);
            assert!(valid, "{label}: {header} is no header name in lower case");
        }
        for place in places(provider) {
            let pointer = match place {
                Locate::Json(pointer) | Locate::FormJson(_, pointer) => pointer,
                Locate::Header(_) | Locate::Query(_) | Locate::Member(_) | Locate::Form(_) => continue,
            };
            assert!(pointer.starts_with('/') && !pointer.contains('~'), "{label}: {pointer} is no pointer of ours");
        }
        for message in messages(&provider.scheme) {
            parts(&label, message);
        }
    }
}

#[track_caller]
fn parts(label: &str, message: &Message) {
    let parts = &message.parts;
    assert!((1..=MAX_PARTS).contains(&parts.len()), "{label}: {} parts", parts.len());
    if let Some(time) = &message.time {
        let in_the_body = matches!(time.part, Part::Json(_)) && parts.contains(&Part::Body);
        // The list must name it.
        let listed = parts.iter().any(|part| matches!(part, Part::ListedHeaders(..)));
        assert!(in_the_body || listed || parts.contains(&time.part), "{label}: its time is not signed");
    }
}

fn places(provider: &Provider) -> Vec<&Locate> {
    let facts = &provider.facts;
    let mut places: Vec<&Locate> = facts.id.iter().chain(facts.kind.iter()).chain(facts.action.iter()).collect();
    places.extend(facts.time.iter().map(|(place, _)| place));
    for handshake in provider.handshakes {
        places.extend(handshake.places());
    }
    places
}

fn headers(provider: &Provider) -> Vec<&str> {
    let mut headers: Vec<&str> = provider.required.to_vec();
    headers.extend(provider.scheme.evidence_header());
    for place in places(provider) {
        match place {
            Locate::Header(name) => headers.push(name),
            _ => {}
        }
    }
    for message in messages(&provider.scheme) {
        headers.extend(message.fixed.iter().map(|(name, _)| *name));
        headers.extend(message.parts.iter().filter_map(|part| match part {
            Part::Header(name) => Some(name.as_ref()),
            _ => None,
        }));
    }
    headers
}

fn messages(scheme: &Scheme) -> Vec<&Message> {
    match scheme {
        Scheme::Mac(mac) => vec![&mac.message],
        Scheme::Dialects(macs) => macs.iter().map(|mac| &mac.message).collect(),
        Scheme::Signature(signature) => vec![&signature.message],
        _ => Vec::new(),
    }
}
