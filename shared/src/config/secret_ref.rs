//! A reference to a secret, never a secret: the only form a config may name one in. Knows no store.

use std::fmt;

/// Where a secret lives. Printing it is safe; what could not be read as one of these is never printed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// `aws-sm://id[#json-key]`: AWS Secrets Manager.
    AwsSecretsManager {
        /// The secret's name or ARN.
        id: String,
        /// The key inside a JSON secret.
        json_key: Option<String>,
    },
    /// `env://NAME`: an environment variable.
    Env {
        /// The variable's name.
        name: String,
    },
    /// `file:///path`: a mounted file.
    File {
        /// An absolute path.
        path: String,
    },
    /// `gcp-sm://project/name[@version]`: Google Secret Manager.
    GcpSecretManager {
        /// The project's id.
        project: String,
        /// The secret's name.
        name: String,
        /// A version; the latest when absent.
        version: Option<String>,
    },
    /// `ssm:///path`: AWS Systems Manager Parameter Store.
    ParameterStore {
        /// The parameter's path, from its first slash.
        path: String,
    },
}

/// Every scheme and how a reference of it is written.
pub(super) const FORMS: &[(&str, &str)] = &[
    ("env", "env://NAME"),
    ("file", "file:///path"),
    ("gcp-sm", "gcp-sm://project/name[@version]"),
    ("aws-sm", "aws-sm://id[#json-key]"),
    ("ssm", "ssm:///path"),
];

impl SecretRef {
    /// Reads a reference; `None` for anything else, which may be the secret itself.
    pub fn parse(text: &str) -> Option<SecretRef> {
        let (scheme, place) = text.split_once("://")?;
        let reference = match scheme {
            "aws-sm" => {
                let (id, json_key) = optional(place, '#', "_.-")?;
                SecretRef::AwsSecretsManager { id: word(id, "/_+=.@:-")?, json_key }
            }
            "env" if !place.starts_with(|first: char| first.is_ascii_digit()) => {
                SecretRef::Env { name: word(place, "_")? }
            }
            "file" => SecretRef::File { path: absolute(place)? },
            "gcp-sm" => {
                let (project, rest) = place.split_once('/')?;
                let (name, version) = optional(rest, '@', "_-")?;
                SecretRef::GcpSecretManager { project: word(project, ".:-")?, name: word(name, "_-")?, version }
            }
            "ssm" => SecretRef::ParameterStore { path: absolute(place).and_then(|path| word(&path, "/_.-"))? },
            _ => return None,
        };
        Some(reference)
    }

    /// The scheme's name, by which a store is found.
    pub fn scheme(&self) -> &'static str {
        match self {
            SecretRef::AwsSecretsManager { .. } => "aws-sm",
            SecretRef::Env { .. } => "env",
            SecretRef::File { .. } => "file",
            SecretRef::GcpSecretManager { .. } => "gcp-sm",
            SecretRef::ParameterStore { .. } => "ssm",
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://", self.scheme())?;
        match self {
            SecretRef::AwsSecretsManager { id, json_key: Some(key) } => write!(out, "{id}#{key}"),
            SecretRef::AwsSecretsManager { id, json_key: None } => write!(out, "{id}"),
            SecretRef::Env { name } => write!(out, "{name}"),
            SecretRef::File { path } | SecretRef::ParameterStore { path } => write!(out, "{path}"),
            SecretRef::GcpSecretManager { project, name, version: Some(version) } => {
                write!(out, "{project}/{name}@{version}")
            }
            SecretRef::GcpSecretManager { project, name, version: None } => write!(out, "{project}/{name}"),
        }
    }
}

/// A non-empty run of ASCII letters, digits and the marks given.
fn word(text: &str, marks: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || marks.contains(letter);
    (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
}

/// A head and, behind the mark, a word that may be absent but not empty.
fn optional<'a>(text: &'a str, mark: char, marks: &str) -> Option<(&'a str, Option<String>)> {
    match text.split_once(mark) {
        Some((head, tail)) => Some((head, Some(word(tail, marks)?))),
        None => Some((text, None)),
    }
}

fn absolute(path: &str) -> Option<String> {
    (path.starts_with('/') && path.len() > 1 && !path.contains(char::is_control)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_and_prints_as_itself() {
        for text in [
            "env://STRIPE_WHSEC",
            "file:///secrets/partner",
            "gcp-sm://my-project/github-webhook",
            "gcp-sm://example.com:my-project/github-webhook@7",
            "aws-sm://prod/github",
            "aws-sm://arn:aws:secretsmanager:eu-west-1:123456789012:secret:github-AbCdEf#webhook",
            "ssm:///prod/github",
        ] {
            let reference = SecretRef::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(reference.to_string(), text);
            assert!(FORMS.iter().any(|(scheme, _)| *scheme == reference.scheme()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_a_reference() {
        for text in [
            "",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "env:NAME",
            "env://",
            "env://1NAME",
            "env://NAME ",
            "env://A B",
            "ENV://NAME",
            "file://relative",
            "file:///",
            "file:///a\nb",
            "gcp-sm://project",
            "gcp-sm://project/",
            "gcp-sm:///name",
            "gcp-sm://project/name@",
            "gcp-sm://project/name/versions/1",
            "aws-sm://",
            "aws-sm://id#",
            "ssm://path",
            "vault://secret/x",
        ] {
            assert_eq!(SecretRef::parse(text), None, "{text:?}");
        }
    }
}
