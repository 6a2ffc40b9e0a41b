//! What the operator reads when the function cannot start.

use std::process::Command;

fn check(config: Option<&str>, expected: &[&str]) {
    let mut function = Command::new(env!("CARGO_BIN_EXE_doorbell-lambda"));
    function.env_clear().envs(config.map(|text| ("DOORBELL_CONFIG_TOML", text)));
    let output = function.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert_eq!(said.lines().count(), expected.len(), "{said}");
    for (line, start) in said.lines().zip(expected) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn every_problem_of_the_config_is_said_before_the_first_event_is_asked_for() {
    let config = "[source.github]\nprovider = \"githib\"\nsecret = \"env://S\"\n[[route]]\nto = [\"nowhere\"]\n";
    check(Some(config), &["DOORBELL_CONFIG_TOML:1:1:", "DOORBELL_CONFIG_TOML:2:12:", "DOORBELL_CONFIG_TOML:5:7:"]);
}

#[test]
fn a_start_without_config_or_without_lambda_says_what_to_do() {
    check(None, &["no config: set DOORBELL_CONFIG"]);
    let config = "[source.github]\nprovider = \"github\"\nsecret = \"env://S\"\n\
                  [destination.out]\nkind = \"journal\"\npath = \"/dev/null\"\n[[route]]\nto = [\"out\"]\n";
    check(Some(config), &["AWS_LAMBDA_RUNTIME_API is not set"]);
}
