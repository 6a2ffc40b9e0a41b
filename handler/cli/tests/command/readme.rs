//! The part of README.md that the command writes.

use std::path::Path;

use super::run;

const REFRESH: &str = "DOORBELL_REGENERATE=1 cargo test -p doorbell --test command";
const BEGIN: &str = "<!-- providers: kept fresh by handler/cli/tests/command/readme.rs -->\n";
const END: &str = "<!-- /providers -->";

#[test]
fn the_readme_lists_every_provider() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let table = run(Path::new("."), &["providers", "--markdown"]).stdout;
    let fresh = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("DOORBELL_REGENERATE").is_some() {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(readme == fresh, "README.md lists other providers than `doorbell providers`; refresh it: {REFRESH}");
    }
}

#[test]
fn the_readme_counts_what_there_is() {
    use doorbell_core::provider::ALL;
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let mut names: Vec<&str> = ALL.iter().map(|provider| provider.name).collect();
    names.dedup();
    let said = format!("{} schemes of {} providers", ALL.len(), names.len());
    assert!(readme.contains(&said), "README.md does not say {said:?}");
}
