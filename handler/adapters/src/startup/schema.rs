//! The JSON Schema that a source demands, out of its file.

use std::path::Path;

use doorbell_core::config::{Problem, SourceConfig};
use doorbell_core::schema::Schema;

/// The schema of a source; `folder` is where relative paths start.
pub(super) fn of(source: &SourceConfig, folder: &Path) -> Result<Option<Schema>, Problem> {
    let Some(named) = &source.schema else { return Ok(None) };
    let path = folder.join(&named.value);
    let problem = |what: String, fix: &str| Problem::new(named.at, format!("schema {}: {what}", path.display()), fix);
    let text = std::fs::read(&path).map_err(|error| {
        problem(format!("it cannot be read: {error}"), "name a file; a relative path starts at the config's folder")
    })?;
    let fix = "mend the schema: draft 2020-12 or draft-07, no $ref out of the file, no look-around in patterns";
    Schema::parse(&text).map(Some).map_err(|error| problem(error, fix))
}
