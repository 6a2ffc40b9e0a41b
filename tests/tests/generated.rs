//! What is written down twice, and must say the same: the schema, the README's commands and its configs.

use conformance::repository::{read, root};
use doorbell_adapters::startup::registry;
use doorbell_core::config::{Config, json_schema};

const SCHEMA: &str = "doorbell.schema.json";
const REFRESH: &str = "DOORBELL_REGENERATE=1 cargo test -p conformance --test generated";

#[test]
fn the_schema_is_fresh() {
    let fresh = format!("{}\n", serde_json::to_string_pretty(&json_schema(&registry())).unwrap());
    if std::env::var_os("DOORBELL_REGENERATE").is_some() {
        std::fs::write(root().join(SCHEMA), fresh).unwrap();
    } else {
        let written = std::fs::read_to_string(root().join(SCHEMA)).unwrap_or_default();
        assert!(written == fresh, "{SCHEMA} is not what the grammar says; refresh it: {REFRESH}");
    }
}

#[test]
fn the_example_names_its_schema() {
    assert!(read("doorbell.toml").starts_with(&format!("#:schema ./{SCHEMA}\n")));
}

#[test]
fn the_readme_commands_are_the_ones_ci_runs() {
    let readme = read("README.md");
    let console = fenced(&readme, "console").next().unwrap();
    let commands: Vec<&str> = console.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let tests = commands.get(1).unwrap();
    // `--locked` may follow: it changes what may be fetched, not what runs.
    let ci = read(".ci/run");
    assert!(ci.lines().any(|line| line.trim_end_matches(" --locked") == *tests), ".ci/run does not run `{tests}`");
}

#[test]
fn every_config_that_people_copy_holds() {
    let readme = read("README.md");
    let mut configs: Vec<(String, String)> =
        fenced(&readme, "toml").map(|text| ("README.md".to_owned(), text.to_owned())).collect();
    assert!(!configs.is_empty(), "README.md shows no config");
    configs.push(("doorbell.toml".to_owned(), read("doorbell.toml")));
    for (origin, text) in configs {
        Config::parse(&text, &origin, &registry()).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

/// The fenced blocks of that language.
fn fenced<'a>(page: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<&str> = page.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    blocks.into_iter()
}
