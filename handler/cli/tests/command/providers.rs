//! `doorbell providers NAME`: what an answer costs there, and how much of it is known.

use std::path::Path;

use serde_json::{Value, json};

use super::{folder_with, run};

fn said(name: &str) -> String {
    run(Path::new("."), &["providers", name]).stdout
}

fn entry(name: &str) -> Value {
    let mut all: Value = serde_json::from_str(&run(Path::new("."), &["providers", name, "--json"]).stdout).unwrap();
    all.get_mut(0).unwrap().take()
}

#[test]
fn what_an_answer_costs() {
    let pagerduty = said("pagerduty");
    for line in [
        "a yes        any 2xx",
        "a 503 costs  a delay: PagerDuty v3 retries for 2 d",
        "a 401 costs  the event: PagerDuty v3 lets it go after a 4xx",
        "stops        the subscription is disabled for 24 h after three events in a row that it let go",
    ] {
        assert!(pagerduty.contains(line), "{line}: {pagerduty}");
    }
    assert!(said("fitbit").contains("a yes        204, which Doorbell answers"));
    assert!(
        said("dropbox-sign").contains(r#"a yes        200 with "Hello API Event Received", which Doorbell answers"#)
    );
    assert!(said("standard-webhooks").contains("stops        nothing more comes after a 410"));

    let entry = entry("pagerduty");
    let shown =
        ["success", "on_4xx", "on_410", "retries", "retries_seconds"].map(|key| entry.get(key).unwrap().clone());
    assert_eq!(shown, [json!("2xx"), json!("gives up"), json!("unknown"), json!("for"), json!(172_800)]);
}

#[test]
fn what_only_third_parties_say_is_marked() {
    let advice = "try it with a real delivery first";
    for (name, secondary) in [("vercel", true), ("strava", true), ("github", false), ("stripe", false)] {
        assert_eq!(said(name).contains(advice), secondary, "{name}");
        let config = format!(
            "[source.one]\nprovider = \"{name}\"\nsecret = \"env://S\"\n{}{TO}",
            if name == "strava" { "verify_token = \"env://T\"\n" } else { "" }
        );
        let folder = folder_with(&config);
        let checked = run(folder.path(), &["check", "--config", "doorbell.toml"]);
        assert_eq!((checked.code, checked.stdout.contains(advice)), (0, secondary), "{name}: {}", checked.stderr);
    }
    assert!(said("vercel").contains("known from   secondary"));
    assert_eq!(entry("strava").get("unsure"), Some(&json!(["the type", "the time"])));
}

const TO: &str = "[destination.journal]\nkind = \"journal\"\npath = \"events.jsonl\"\n[[route]]\nto = [\"journal\"]\n";
