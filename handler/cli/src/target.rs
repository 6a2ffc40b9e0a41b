//! The doors that a config may be deployed behind, and what each destroys or cuts off. The figures are those of
//! cloud.google.com/run/quotas, docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
//! docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and
//! docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html.

use std::time::Duration;

use clap::ValueEnum;
use doorbell_adapters::startup::Platform;

/// A door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Cloud Run
    CloudRun,
    /// Knative Serving
    Knative,
    /// Lambda behind its function URL
    LambdaUrl,
    /// Lambda behind a REST API of API Gateway
    LambdaV1,
    /// Lambda behind an HTTP API of API Gateway
    LambdaV2,
    /// Lambda behind an Application Load Balancer
    Alb,
}

impl Target {
    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CloudRun => "cloud-run",
            Self::Knative => "knative",
            Self::LambdaUrl => "lambda-url",
            Self::LambdaV1 => "lambda-v1",
            Self::LambdaV2 => "lambda-v2",
            Self::Alb => "alb",
        }
    }

    /// What runs behind it.
    pub(crate) const fn platform(self) -> Platform {
        match self {
            Self::CloudRun | Self::Knative => Platform::Serving,
            Self::LambdaUrl | Self::LambdaV1 | Self::LambdaV2 | Self::Alb => Platform::Lambda,
        }
    }

    /// The largest body that gets through. Lambda's 6 MB hold a base64 text, a third longer than what it stands for.
    pub(crate) const fn body_ceiling(self) -> Option<u64> {
        match self {
            Self::CloudRun => Some(32 << 20),
            Self::Knative => None,
            Self::LambdaUrl | Self::LambdaV1 | Self::LambdaV2 => Some(4_500_000),
            Self::Alb => Some(1_000_000),
        }
    }

    /// What of a request it does not pass on as it came.
    pub(crate) const fn loses(self) -> Option<&'static str> {
        match self {
            Self::CloudRun | Self::Knative => None,
            Self::LambdaUrl | Self::LambdaV2 => Some(
                "repeated headers come joined by commas: a doubled signature is refused as malformed, not as doubled",
            ),
            Self::LambdaV1 => Some("the query comes decoded: its first spelling and order are gone"),
            Self::Alb => Some(
                "without multi-value headers on the target group only the last of repeated headers and parameters comes",
            ),
        }
    }

    /// How long it waits, where no deployment can make that longer.
    pub(crate) const fn patience(self) -> Option<Duration> {
        match self {
            Self::LambdaV1 => Some(Duration::from_secs(29)),
            Self::LambdaV2 => Some(Duration::from_secs(30)),
            Self::CloudRun | Self::Knative | Self::LambdaUrl | Self::Alb => None,
        }
    }
}
