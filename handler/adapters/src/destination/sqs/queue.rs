//! The name of a queue.

use reqwest::Url;

use crate::aws::arn::partition;
use crate::aws::permit::{Permit, here};

/// A queue by its URL, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Queue {
    pub(super) url: String,
    /// `None`: that of this process.
    pub(super) region: Option<String>,
    account: String,
    name: String,
}

impl Queue {
    /// `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`
    /// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html).
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (host, path) = url.strip_prefix("https://sqs.")?.split_once('/')?;
        let region = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
        let in_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let sound = region.contains('-') && region.bytes().all(in_region);
        Self::of(url, path, sound.then(|| region.to_owned())).filter(|queue| queue.region.is_some())
    }

    /// A queue of what stands in for AWS: any URL that ends in an account and a name.
    pub(super) fn of_a_stand_in(url: &str) -> Option<Self> {
        let path = Url::parse(url).ok().filter(|url| url.scheme().starts_with("http"))?.path().to_owned();
        let (before, name) = path.rsplit_once('/')?;
        let account = before.rsplit('/').next()?;
        Self::of(url, &format!("{account}/{name}"), None)
    }

    fn of(url: &str, path: &str, region: Option<String>) -> Option<Self> {
        let (account, name) = path.split_once('/')?;
        let bare = name.strip_suffix(".fifo").unwrap_or(name);
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let sound = account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && !bare.is_empty()
            && name.len() <= 80
            && bare.bytes().all(in_name);
        sound.then(|| Self { url: url.to_owned(), region, account: account.to_owned(), name: name.to_owned() })
    }

    /// What sending needs, and asking at the start whether it is there.
    pub(super) fn permit(&self) -> Permit {
        let Self { region, account, name, .. } = self;
        let resource = region.as_ref().map_or_else(
            || here("sqs", name),
            |region| format!("arn:{}:sqs:{region}:{account}:{name}", partition(region)),
        );
        Permit { actions: &["sqs:SendMessage", "sqs:GetQueueAttributes"], resource }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_region_account_and_name() {
        for (url, arn) in [
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "arn:aws:sqs:eu-west-1:123456789012:jobs"),
            (
                "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/a-_B.fifo",
                "arn:aws-cn:sqs:cn-north-1:123456789012:a-_B.fifo",
            ),
        ] {
            assert_eq!(Queue::parse(url).unwrap().permit().resource, arn);
        }
        let local = Queue::of_a_stand_in("http://localhost:4566/queue/eu-west-1/000000000000/jobs").unwrap();
        assert_eq!((local.account.as_str(), local.name.as_str(), local.region), ("000000000000", "jobs", None));
    }

    #[test]
    fn nothing_else_is_one() {
        for url in [
            "",
            "jobs",
            "arn:aws:sqs:eu-west-1:123456789012:jobs",
            "http://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
            "https://sqs.eu-west-1.amazonaws.com/jobs",
            "https://sqs.eu-west-1.amazonaws.com/123/jobs",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/.fifo",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs/",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs?x=1",
            "https://sqs.amazonaws.com/123456789012/jobs",
            "https://sqs.eu-west-1.example.com/123456789012/jobs",
        ] {
            assert_eq!(Queue::parse(url), None, "{url}");
        }
    }
}
