//! The name of a topic, and what mends its absence.

use crate::grant::Grant;

/// `projects/P/topics/T`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    name: String,
    project: String,
    id: String,
}

impl Topic {
    /// Reads the full name; the id follows cloud.google.com/pubsub/docs/pubsub-basics#resource_names.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (project, id) = name.strip_prefix("projects/")?.split_once("/topics/")?;
        let in_project = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        let in_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+%".contains(&byte);
        let sound = !project.is_empty()
            && project.bytes().all(in_project)
            && (3..=255).contains(&id.len())
            && id.starts_with(|first: char| first.is_ascii_alphabetic())
            && !id.starts_with("goog")
            && id.bytes().all(in_id);
        sound.then(|| Self { name: name.to_owned(), project: project.to_owned(), id: id.to_owned() })
    }

    /// The full name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The right that publishing needs.
    pub(super) fn grant(&self) -> Grant {
        Grant::Publish { project: self.project.clone(), topic: self.id.clone() }
    }

    /// What to do when the service refuses: it tells nobody without the permission whether the topic exists.
    pub(super) fn missing(&self) -> String {
        let Self { name, project, id } = self;
        format!(
            "{name}: no topic, or pubsub.topics.publish is missing; run `gcloud pubsub topics create {id} \
             --project={project}` or `gcloud pubsub topics add-iam-policy-binding {id} --project={project} \
             --role=roles/pubsub.publisher --member=serviceAccount:ACCOUNT`"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_name_is_a_topic() {
        for name in ["projects/p/topics/abc", "projects/example.com:p-1/topics/a-_.~+%"] {
            assert_eq!(Topic::parse(name).unwrap().name(), name);
        }
        for name in [
            "abc",
            "topics/abc",
            "projects/p/topics/",
            "projects/p/topics/ab",
            "projects//topics/abc",
            "projects/p/subscriptions/abc",
            "projects/p/topics/abc/",
            "/projects/p/topics/abc",
            "projects/p/topics/1abc",
            "projects/p/topics/google-x",
            "projects/p/topics/a b",
            "projects/p q/topics/abc",
        ] {
            assert_eq!(Topic::parse(name), None, "{name}");
        }
    }
}
