//! Case files: found and read whole, before any case is run.

use std::path::{Path, PathBuf};

use super::case::Case;
use crate::exit::Refusal;

/// What to read when a file is no case file.
const FORMAT: &str = "tests/vectors/README.md says what a case is";

/// The cases of these files, and of every `*.json` of these folders; in the order in which they were named, those of a
/// folder by name.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Case>, Refusal> {
    let mut cases = Vec::new();
    for path in paths {
        if path.is_dir() {
            for file in folder(path)? {
                cases.append(&mut of(&file)?);
            }
        } else {
            cases.append(&mut of(path)?);
        }
    }
    if cases.is_empty() {
        return Err(Refusal::Usage(format!("there is no case in what was named; {FORMAT}")));
    }
    Ok(cases)
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let told = |error| Refusal::Usage(format!("{}: cannot read the folder: {error}", path.display()));
    let entries = std::fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    let mut files = entries.map_err(told)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    if files.is_empty() {
        let text = format!("{}: no *.json is in that folder; name a folder of case files", path.display());
        return Err(Refusal::Usage(text));
    }
    Ok(files)
}

fn of(path: &Path) -> Result<Vec<Case>, Refusal> {
    let file = path.display();
    let unread =
        |error| Refusal::Usage(format!("{file}: cannot read it: {error}; name a case file or a folder of some"));
    let text = std::fs::read(path).map_err(unread)?;
    let mut deserializer = serde_json::Deserializer::from_slice(&text);
    let cases = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        told(path, &field, error.inner())
    })?;
    deserializer.end().map_err(|error| told(path, ".", &error))?;
    Ok(cases)
}

/// `FILE:LINE:COLUMN: FIELD: what; next step`.
fn told(path: &Path, field: &str, error: &serde_json::Error) -> Refusal {
    let (line, column) = (error.line(), error.column());
    let what = error.to_string();
    let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what);
    // A dot stands for the whole document.
    let field = if field == "." { String::new() } else { format!("{field}: ") };
    Refusal::Usage(format!("{}:{line}:{column}: {field}{what}; {FORMAT}", path.display()))
}
