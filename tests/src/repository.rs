//! The files of this repository, for the tests that read them.

use std::path::Path;

/// The workspace's folder.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the workspace")
}

/// The text of a file.
#[must_use]
#[track_caller]
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below `folder`, relative to the root with `/`, sorted; build output and hidden folders left out.
#[must_use]
pub fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("a folder entry").path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || name == "target" || name == "node_modules" {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { found.push(relative(&path)) }
        }
    }
    found.sort();
    found
}

/// The Rust files below `folder`.
#[must_use]
pub fn sources(folder: &str) -> Vec<String> {
    files(folder).into_iter().filter(|path| path.rsplit_once('.').is_some_and(|(_, end)| end == "rs")).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).components().map(|part| part.as_os_str().to_string_lossy()).fold(
        String::new(),
        |mut path, part| {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(&part);
            path
        },
    )
}
