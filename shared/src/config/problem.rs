//! What is wrong with a config, where, and what to do about it. Knows neither TOML nor the grammar.

use std::error::Error;
use std::fmt;

use serde::Serialize;

/// A place in the config's text, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct At {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

/// A value and the place it was read at, so that a later stage can still point at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub at: At,
}

/// One thing the operator must change. Ordered by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Where it is.
    #[serde(flatten)]
    pub at: At,
    /// What is wrong: a lowercase fragment, without any text that might be a secret.
    pub what: String,
    /// The next step: a lowercase fragment.
    pub fix: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(at: At, what: impl Into<String>, fix: impl Into<String>) -> Problem {
        Problem { at, what: what.into(), fix: fix.into() }
    }

    /// The line a person reads: `doorbell.toml:12:3: what; fix`.
    pub fn line(&self, origin: &str) -> String {
        let Problem { at: At { line, column }, what, fix } = self;
        format!("{origin}:{line}:{column}: {what}; {fix}")
    }
}

/// Every problem of one config, in reading order. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problems {
    origin: String,
    #[serde(rename = "problems")]
    all: Vec<Problem>,
}

impl Problems {
    /// The value if there is no problem, else all of them. The only way to make one, so an empty error cannot exist.
    pub fn refuse<T>(origin: &str, mut all: Vec<Problem>, value: T) -> Result<T, Problems> {
        if all.is_empty() {
            return Ok(value);
        }
        all.sort();
        Err(Problems { origin: origin.to_owned(), all })
    }

    /// The name of the config they were found in.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The problems in reading order.
    pub fn all(&self) -> &[Problem] {
        &self.all
    }
}

impl Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.all.iter().enumerate() {
            let end_of_previous = if index == 0 { "" } else { "\n" };
            write!(out, "{end_of_previous}{}", problem.line(&self.origin))?;
        }
        Ok(())
    }
}

/// The fix for a name nobody knows: the one that was probably meant, else all that could be.
pub(crate) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, &known) {
        Some(name) => format!("did you mean {name:?}?"),
        None if known.is_empty() => "remove it: there is nothing to choose from yet".to_owned(),
        None => format!("use {}", either(&known)),
    }
}

/// The name that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), *name));
    let (distance, name) = distances.min()?;
    (distance <= 1 + name.len() / 8 && distance < name.len()).then_some(name)
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn either(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize) -> At {
        At { line, column }
    }

    #[test]
    fn problems_read_in_the_order_of_the_text() {
        let all = vec![Problem::new(at(12, 3), "b", "y"), Problem::new(at(2, 30), "a", "x")];
        let problems = Problems::refuse("doorbell.toml", all, ()).unwrap_err();
        assert_eq!(problems.to_string(), "doorbell.toml:2:30: a; x\ndoorbell.toml:12:3: b; y");
    }

    #[test]
    fn no_problem_is_no_error() {
        assert_eq!(Problems::refuse("doorbell.toml", Vec::new(), 7), Ok(7));
    }

    #[test]
    fn a_script_reads_line_and_column_beside_what_and_fix() {
        let problems = Problems::refuse("d.toml", vec![Problem::new(at(1, 2), "a", "x")], ()).unwrap_err();
        assert_eq!(
            serde_json::to_string(&problems).unwrap(),
            r#"{"origin":"d.toml","problems":[{"line":1,"column":2,"what":"a","fix":"x"}]}"#
        );
    }

    #[test]
    fn a_near_miss_is_suggested_and_a_far_one_lists_all() {
        let known = ["secret", "path", "events"];
        for (word, fix) in [
            ("secrte", "did you mean \"secret\"?"),
            ("event", "did you mean \"events\"?"),
            ("when", "use secret, path or events"),
        ] {
            assert_eq!(meant(word, known), fix, "{word}");
        }
        assert_eq!(meant("x", []), "remove it: there is nothing to choose from yet");
    }
}
