//! What an account must let this process do: the least that a config needs.

use doorbell_core::config::SecretRef;

use super::arn::partition;

/// Actions on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permit {
    /// In the words of IAM: `sqs:SendMessage`.
    pub actions: &'static [&'static str],
    /// The ARN, or a pattern of one where AWS makes up a part of it.
    pub resource: String,
}

impl Permit {
    /// What reading this secret needs; `None` where it is in no store of AWS's. A secret under a key of one's own needs
    /// the right to use the key besides, which no name tells.
    #[must_use]
    pub fn reading(reference: &SecretRef) -> Option<Self> {
        match reference {
            SecretRef::AwsSecretsManager { id, .. } => {
                Some(Self { actions: &["secretsmanager:GetSecretValue"], resource: secret(id) })
            }
            SecretRef::ParameterStore { path } => {
                Some(Self { actions: &["ssm:GetParameters"], resource: parameter(path) })
            }
            SecretRef::Env { .. } | SecretRef::File { .. } | SecretRef::GcpSecretManager { .. } => None,
        }
    }

    /// What giving this secret its first value needs.
    #[must_use]
    pub(crate) fn filling(id: &str) -> Self {
        let actions = &["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"];
        Self { actions, resource: secret(id) }
    }

    /// What making this parameter needs.
    #[must_use]
    pub(crate) fn making(path: &str) -> Self {
        Self { actions: &["ssm:PutParameter"], resource: parameter(path) }
    }

    /// Whether it is a secret of Secrets Manager that is read.
    #[must_use]
    pub fn reads_a_secret(&self) -> bool {
        self.actions == ["secretsmanager:GetSecretValue"]
    }

    /// What asking for several secrets at once needs beside the right to read each; it takes no resource
    /// (docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html).
    #[must_use]
    pub fn reading_together() -> Self {
        Self { actions: &["secretsmanager:BatchGetSecretValue"], resource: "*".to_owned() }
    }

    /// The statement that allows it, as the lines of a template's `Policies` have it.
    #[must_use]
    pub fn statement(&self) -> String {
        let (actions, resource) = (self.actions.join(", "), &self.resource);
        format!("{{ Effect: Allow, Action: [{actions}], Resource: \"{resource}\" }}")
    }
}

/// AWS puts a dash and six characters after the name
/// (docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html).
fn secret(id: &str) -> String {
    if id.starts_with("arn:") { id.to_owned() } else { here("secretsmanager", &format!("secret:{id}-??????")) }
}

fn parameter(path: &str) -> String {
    here("ssm", &format!("parameter{path}"))
}

/// The ARN of what is in our own region, where that is known, and in whichever account.
pub(crate) fn here(service: &str, resource: &str) -> String {
    within(None, service, resource)
}

/// The same in a region that is named.
pub(crate) fn within(region: Option<&str>, service: &str, resource: &str) -> String {
    let region = region.map(str::to_owned).or_else(super::region).unwrap_or_else(|| "*".to_owned());
    format!("arn:{}:{service}:{region}:*:{resource}", partition(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_a_secret_is_allowed_for_that_secret_alone() {
        let region = super::super::region().unwrap_or_else(|| "*".to_owned());
        let whole = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hook-AbCdEf";
        for (reference, action, resource) in [
            (
                "aws-sm://prod/hook#key",
                "secretsmanager:GetSecretValue",
                format!("arn:aws:secretsmanager:{region}:*:secret:prod/hook-??????"),
            ),
            (&format!("aws-sm://{whole}"), "secretsmanager:GetSecretValue", whole.to_owned()),
            ("ssm:///prod/hook", "ssm:GetParameters", format!("arn:aws:ssm:{region}:*:parameter/prod/hook")),
        ] {
            let permit = Permit::reading(&SecretRef::parse(reference).unwrap()).unwrap();
            assert_eq!((permit.actions, permit.resource), (&[action][..], resource));
        }
        assert_eq!(Permit::reading(&SecretRef::parse("env://HOOK").unwrap()), None);
    }
}
