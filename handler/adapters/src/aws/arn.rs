//! Names of things: `arn:partition:service:region:account:resource`
//! (docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).

/// The part of AWS that a region is in: the second word of an ARN.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The name of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn(String);

impl Arn {
    /// Takes a whole name, with an account and something in it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        match fields.as_slice() {
            ["arn", partition, service, _, _, resource]
                if is_plain && partition.starts_with("aws") && !service.is_empty() && !resource.is_empty() =>
            {
                Some(Self(text.to_owned()))
            }
            _ => None,
        }
    }

    fn field(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// `sqs`, `sns`, `events`, `lambda`, ...
    #[must_use]
    pub fn service(&self) -> &str {
        self.field(2)
    }
    /// Whether it names something of this service, in a region and an account.
    #[must_use]
    pub fn is_of(&self, service: &str) -> bool {
        self.service() == service && !self.region().is_empty() && !self.account().is_empty()
    }
    /// Its region; empty for what has none.
    #[must_use]
    pub fn region(&self) -> &str {
        self.field(3)
    }
    /// The account's number.
    #[must_use]
    pub fn account(&self) -> &str {
        self.field(4)
    }
    /// What follows the account: a name, or a kind and a name.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.field(5)
    }
}

impl std::fmt::Display for Arn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_parts_are_told_apart_and_nothing_less_is_one() {
        let arn = Arn::parse("arn:aws-cn:lambda:cn-north-1:123456789012:function:jobs:live").unwrap();
        assert_eq!((arn.service(), arn.region(), arn.account()), ("lambda", "cn-north-1", "123456789012"));
        assert_eq!(arn.resource(), "function:jobs:live");
        for text in [
            "",
            "jobs",
            "arn:aws:sqs:eu-west-1:1",
            "arn:aws:sqs:eu-west-1:1:",
            "arn:x:sqs:r:1:q",
            "arn:aws:sqs:r:1:q q",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
