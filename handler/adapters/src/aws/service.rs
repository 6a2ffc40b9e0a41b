//! The services that Doorbell calls, and how each is spoken to.

/// One service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name in the scope of a signature, and in the variables of its endpoint.
    pub name: &'static str,
    /// The first word of its host.
    pub host: &'static str,
    /// What its endpoint variable ends in (docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html).
    pub variable: &'static str,
    /// How a call is written.
    pub protocol: Protocol,
}

/// How a call is written (smithy.io/2.0/aws/protocols).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// One JSON object, the operation in `X-Amz-Target` after this.
    Json {
        /// The service's name in a target.
        target: &'static str,
        /// The media type.
        content_type: &'static str,
    },
    /// A form, with the operation in it.
    Query {
        /// The version of the API.
        version: &'static str,
    },
    /// Method and path say what is wanted.
    Rest,
}

const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

const fn json(name: &'static str, variable: &'static str, target: &'static str, content_type: &'static str) -> Service {
    Service { name, host: name, variable, protocol: Protocol::Json { target, content_type } }
}

/// Queues.
pub const SQS: Service = json("sqs", "SQS", "AmazonSQS", JSON_1_0);
/// Topics.
pub const SNS: Service =
    Service { name: "sns", host: "sns", variable: "SNS", protocol: Protocol::Query { version: "2010-03-31" } };
/// Event buses.
pub const EVENTBRIDGE: Service = json("events", "EVENTBRIDGE", "AWSEvents", JSON_1_1);
/// Functions.
pub const LAMBDA: Service = Service { name: "lambda", host: "lambda", variable: "LAMBDA", protocol: Protocol::Rest };
/// Objects.
pub const S3: Service = Service { name: "s3", host: "s3", variable: "S3", protocol: Protocol::Rest };
/// Tables.
pub const DYNAMODB: Service = json("dynamodb", "DYNAMODB", "DynamoDB_20120810", JSON_1_0);
/// Secrets.
pub const SECRETS_MANAGER: Service = json("secretsmanager", "SECRETS_MANAGER", "secretsmanager", JSON_1_1);
/// Parameters.
pub const SSM: Service = json("ssm", "SSM", "AmazonSSM", JSON_1_1);

impl Service {
    /// Whether a variable says where it is.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.endpoint("").1.is_some()
    }

    /// Where it is in a region; its own variable first, then the one for all, then AWS's place.
    pub(super) fn endpoint(&self, region: &str) -> (String, Option<String>) {
        let own = format!("AWS_ENDPOINT_URL_{}", self.variable);
        for variable in [own.as_str(), "AWS_ENDPOINT_URL"] {
            if let Some(place) = super::variable(variable) {
                return (place, Some(variable.to_owned()));
            }
        }
        // The regions of China have a domain of their own (docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html).
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        (format!("https://{}.{region}.{domain}", self.host), None)
    }
}
