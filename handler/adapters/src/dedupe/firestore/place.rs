//! Which collection of which database.

use doorbell_core::config::Settings;

use crate::destination::OpenError;

/// The database of a project that names none (cloud.google.com/firestore/docs/manage-databases).
pub(super) const DEFAULT_DATABASE: &str = "(default)";

/// A collection. The parts go into URLs as they are.
#[derive(Clone, Debug)]
pub struct Place {
    pub(super) project: String,
    pub(super) database: String,
    pub(super) collection: String,
    /// An emulator's URL, instead of Google's.
    pub(super) emulator: Option<String>,
}

impl Place {
    /// As the config says; else the project of the environment, and the defaults.
    ///
    /// # Errors
    /// No project is named, or a name cannot be one.
    pub fn new(settings: &Settings, project: Option<String>, emulator: Option<String>) -> Result<Self, OpenError> {
        let named = |key: &str| settings.text(key).map(str::to_owned);
        let project = named("project").or(project).ok_or_else(|| {
            let fix = "say project = \"...\" under [dedupe], or set GOOGLE_CLOUD_PROJECT";
            OpenError::new("firestore: no Google Cloud project is named", fix)
        })?;
        let database = named("database").unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        let collection = named("collection").unwrap_or_else(|| "doorbell".to_owned());
        for (key, name) in [("project", &project), ("database", &database), ("collection", &collection)] {
            plain(key, name)?;
        }
        Ok(Self { project, database, collection, emulator })
    }

    /// The documents' parent: `projects/P/databases/D/documents`.
    pub(super) fn documents(&self) -> String {
        format!("projects/{}/databases/{}/documents", self.project, self.database)
    }

    /// A document's own name.
    pub(super) fn document(&self, id: &str) -> String {
        format!("{}/{}/{id}", self.documents(), self.collection)
    }

    /// The URL under which all of it is.
    pub(super) fn endpoint(&self) -> &str {
        self.emulator.as_deref().map_or("https://firestore.googleapis.com", |url| url.trim_end_matches('/'))
    }
}

/// What is wrong with the names in the config. A project that is missing may come from the environment where it runs.
pub(super) fn judge(settings: &Settings) -> Vec<OpenError> {
    ["project", "database", "collection"].into_iter().filter_map(|key| plain(key, settings.text(key)?).err()).collect()
}

fn plain(key: &'static str, name: &str) -> Result<(), OpenError> {
    if is_plain(name) {
        return Ok(());
    }
    let fix = format!("{key} takes letters, digits, - and _");
    Err(OpenError::new(format!("firestore: {name:?} is no {key}"), fix).about(key))
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "firestore projects/{}/databases/{}", self.project, self.database)
    }
}

/// Whether a name means itself in a path: nothing to escape, no `.` or `..`, and not `__reserved__`. Old projects have
/// a domain before a colon; the first database is called `(default)`.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:()".contains(&byte);
    name.bytes().all(plain) && name.bytes().any(|byte| byte != b'.') && !name.starts_with("__")
}
