//! Why Firestore did not do what it was asked, and what the operator can do about it.

use doorbell_core::fault::Cause;
use reqwest::StatusCode;

use super::place::Place;
use super::wire::Refused;

/// A call that failed.
#[derive(Debug)]
pub(super) struct Refusal {
    kind: Refuses,
    /// The permission that the call needs.
    permission: &'static str,
    /// What was heard: never a token, never a field.
    why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refuses {
    /// The condition did not hold, or somebody else was writing.
    Condition,
    /// The same as [`Refuses::Condition`], and worth another attempt first.
    Contention,
    /// There is no such document; of a write: no longer.
    NoDocument,
    NoDatabase,
    Denied,
    /// The project does not have the API switched on.
    Disabled,
    /// Another attempt may help.
    Busy,
    Other,
}

impl Refusal {
    /// From an answer that is not a success. Codes: cloud.google.com/firestore/docs/understand-error-codes.
    pub(super) fn answered(status: StatusCode, body: &[u8], permission: &'static str) -> Self {
        let Ok(Refused { error }) = serde_json::from_slice(body) else {
            let busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            let kind = if busy { Refuses::Busy } else { Refuses::Other };
            return Self { kind, permission, why: format!("HTTP {}", status.as_u16()) };
        };
        let says = |text| error.message.contains(text);
        let kind = match error.status.as_str() {
            // A database in Datastore mode is a failed precondition, too; there the read that follows says so.
            "ALREADY_EXISTS" | "FAILED_PRECONDITION" => Refuses::Condition,
            "ABORTED" => Refuses::Contention,
            "NOT_FOUND" if says("database") && says("does not exist") => Refuses::NoDatabase,
            "NOT_FOUND" => Refuses::NoDocument,
            "PERMISSION_DENIED" if says("has not been used") || says("is disabled") => Refuses::Disabled,
            "PERMISSION_DENIED" => Refuses::Denied,
            "UNAVAILABLE" | "RESOURCE_EXHAUSTED" | "DEADLINE_EXCEEDED" | "INTERNAL" => Refuses::Busy,
            _ => Refuses::Other,
        };
        Self { kind, permission, why: format!("{}: {}", error.status, error.message) }
    }

    /// No answer, or none that can be read to its end.
    pub(super) fn unanswered(why: &str) -> Self {
        Self { kind: Refuses::Busy, permission: "", why: why.to_owned() }
    }

    /// What another attempt would not change.
    pub(super) fn hopeless(why: impl Into<String>) -> Self {
        Self { kind: Refuses::Other, permission: "", why: why.into() }
    }

    pub(super) fn is_worth_another_attempt(&self) -> bool {
        matches!(self.kind, Refuses::Busy | Refuses::Contention)
    }

    pub(super) fn is_no_document(&self) -> bool {
        self.kind == Refuses::NoDocument
    }

    /// Whether a conditional write came too late: what is there now has to be read.
    pub(super) fn lost_a_race(&self) -> bool {
        matches!(self.kind, Refuses::Condition | Refuses::Contention | Refuses::NoDocument)
    }

    /// For the operator's log.
    pub(super) fn cause(self, operation: &str, place: &Place) -> Cause {
        let Place { project, database, .. } = place;
        let why = match self.kind {
            Refuses::Denied => format!(
                "{} missing; run `gcloud projects add-iam-policy-binding {project} --role=roles/datastore.user \
                 --member=serviceAccount:ACCOUNT`",
                self.permission
            ),
            Refuses::NoDatabase => format!(
                "no such database; run `gcloud firestore databases create --project={project} --database='{database}' \
                 --location=LOCATION`"
            ),
            Refuses::Disabled => format!(
                "the API is switched off; run `gcloud services enable firestore.googleapis.com --project={project}`"
            ),
            Refuses::Condition | Refuses::Contention | Refuses::NoDocument | Refuses::Busy | Refuses::Other => self.why,
        };
        Cause::new(format!("{operation} in {place}: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(status: u16, code: &str, message: &str) -> String {
        let body = format!(r#"{{"error":{{"code":{status},"message":"{message}","status":"{code}"}}}}"#);
        let refusal =
            Refusal::answered(StatusCode::from_u16(status).unwrap(), body.as_bytes(), "datastore.entities.create");
        let place = Place {
            project: "shop".to_owned(),
            database: "(default)".to_owned(),
            collection: "doorbell".to_owned(),
            emulator: None,
        };
        refusal.cause("claim", &place).to_string()
    }

    #[test]
    fn the_operator_reads_what_is_missing_and_the_command() {
        assert_eq!(
            cause(403, "PERMISSION_DENIED", "Missing or insufficient permissions."),
            "claim in firestore projects/shop/databases/(default): datastore.entities.create missing; run `gcloud \
             projects add-iam-policy-binding shop --role=roles/datastore.user --member=serviceAccount:ACCOUNT`"
        );
        assert_eq!(
            cause(404, "NOT_FOUND", "The database (default) does not exist for project shop"),
            "claim in firestore projects/shop/databases/(default): no such database; run `gcloud firestore databases \
             create --project=shop --database='(default)' --location=LOCATION`"
        );
        let off = "Cloud Firestore API has not been used in project shop before or it is disabled.";
        assert!(cause(403, "PERMISSION_DENIED", off).ends_with("enable firestore.googleapis.com --project=shop`"));
        assert!(cause(401, "UNAUTHENTICATED", "who?").ends_with(": UNAUTHENTICATED: who?"));
    }

    #[test]
    fn an_answer_that_is_not_googles_is_told_by_its_status() {
        for (status, again) in [(429, true), (502, true), (404, false)] {
            let refusal = Refusal::answered(StatusCode::from_u16(status).unwrap(), b"<html>", "");
            assert_eq!((refusal.is_worth_another_attempt(), refusal.is_no_document()), (again, false), "{status}");
        }
    }
}
