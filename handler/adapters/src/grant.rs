//! What a cloud must let this process do: the least that a config needs.

use doorbell_core::config::SecretRef;

/// One right on one resource of Google Cloud.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Read the versions of a secret.
    ReadSecret {
        /// Its project.
        project: String,
        /// Its name there.
        secret: String,
    },
    /// Add the first version of a secret, and disable one that came later.
    KeepKey {
        /// Its project.
        project: String,
        /// Its name there.
        secret: String,
    },
    /// Publish to a topic.
    Publish {
        /// The topic's project.
        project: String,
        /// Its name there.
        topic: String,
    },
    /// Read and write the documents of one database.
    KeepClaims {
        /// The database's project.
        project: String,
        /// Its name there.
        database: String,
    },
    /// Make objects in a bucket.
    CreateObjects {
        /// The bucket's name; it is the only one of that name.
        bucket: String,
    },
    /// Call a service that Cloud Run guards. Which service stands behind a URL is not for us to know.
    Invoke {
        /// The audience of the token.
        audience: String,
    },
}

impl Grant {
    /// What reading this secret needs; `None` where it is in no store of Google's.
    #[must_use]
    pub fn reading(reference: &SecretRef) -> Option<Self> {
        match reference {
            SecretRef::GcpSecretManager { project, name, .. } => {
                Some(Self::ReadSecret { project: project.clone(), secret: name.clone() })
            }
            SecretRef::Env { .. }
            | SecretRef::File { .. }
            | SecretRef::AwsSecretsManager { .. }
            | SecretRef::ParameterStore { .. } => None,
        }
    }

    /// The resource, by its full name.
    #[must_use]
    pub fn resource(&self) -> String {
        match self {
            Self::ReadSecret { project, secret } | Self::KeepKey { project, secret } => {
                format!("projects/{project}/secrets/{secret}")
            }
            Self::Publish { project, topic } => format!("projects/{project}/topics/{topic}"),
            Self::KeepClaims { project, database } => format!("projects/{project}/databases/{database}"),
            Self::CreateObjects { bucket } => format!("projects/_/buckets/{bucket}"),
            Self::Invoke { audience } => audience.clone(),
        }
    }

    /// The predefined role with the fewest permissions that has what is needed
    /// (cloud.google.com/iam/docs/roles-permissions).
    #[must_use]
    pub const fn role(&self) -> &'static str {
        match self {
            Self::ReadSecret { .. } => "roles/secretmanager.secretAccessor",
            Self::KeepKey { .. } => "roles/secretmanager.secretVersionManager",
            Self::Publish { .. } => "roles/pubsub.publisher",
            Self::KeepClaims { .. } => "roles/datastore.user",
            Self::CreateObjects { .. } => "roles/storage.objectCreator",
            Self::Invoke { .. } => "roles/run.invoker",
        }
    }

    /// The permissions of that role which are used.
    #[must_use]
    pub const fn permissions(&self) -> &'static [&'static str] {
        match self {
            Self::ReadSecret { .. } => &["secretmanager.versions.access"],
            Self::KeepKey { .. } => {
                &["secretmanager.versions.add", "secretmanager.versions.disable", "secretmanager.versions.list"]
            }
            Self::Publish { .. } => &["pubsub.topics.publish"],
            Self::KeepClaims { .. } => {
                &["datastore.entities.create", "datastore.entities.get", "datastore.entities.update"]
            }
            Self::CreateObjects { .. } => &["storage.objects.create"],
            Self::Invoke { .. } => &["run.routes.invoke"],
        }
    }

    /// The command that gives it to `member`; where a part of it is not ours to know, a comment that says which.
    #[must_use]
    pub fn command(&self, member: &str) -> String {
        let role = self.role();
        match self {
            Self::ReadSecret { project, secret } | Self::KeepKey { project, secret } => format!(
                "gcloud secrets add-iam-policy-binding {secret} --project={project} --member={member} --role={role}"
            ),
            Self::Publish { project, topic } => format!(
                "gcloud pubsub topics add-iam-policy-binding {topic} --project={project} --member={member} --role={role}"
            ),
            // A database has no policy of its own: the project's is narrowed to it by a condition
            // (cloud.google.com/firestore/native/docs/security/iam-conditions).
            Self::KeepClaims { project, database } => format!(
                "gcloud projects add-iam-policy-binding {project} --member={member} --role={role} \
                 --condition='title=doorbell-{database},expression=resource.name==\"projects/{project}/databases/{database}\"'"
            ),
            Self::CreateObjects { bucket } => {
                format!("gcloud storage buckets add-iam-policy-binding gs://{bucket} --member={member} --role={role}")
            }
            Self::Invoke { audience } => format!("# give {member} {role} on the Cloud Run service behind {audience}"),
        }
    }
}
