//! `doorbell emit iam`.

use serde_json::{Value, json};

use super::{doorbell, ended, folder_with};

const CONFIG: &str = r#"
[source.a]
dangerously_unsigned = true

[destination.one]
kind = "sqs"
queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/one"

[destination.two]
kind = "sqs"
queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/two.fifo"

[destination.function]
kind = "lambda"
function = "jobs"

[destination.service]
kind = "http"
url = "https://example.com"
audience = "https://example.com"

[destination.bucket]
kind = "s3"
bucket = "hooks"
prefix = "in/"

[[route]]
to = ["one", "two", "function", "service", "bucket"]
"#;

fn emitted(words: &[&str]) -> Value {
    of(CONFIG, &[&["--aws"], words].concat())
}

fn of(config: &str, words: &[&str]) -> Value {
    let folder = folder_with(config);
    let words = [&["emit", "iam", "--config", "doorbell.toml"], words].concat();
    let ended = ended(doorbell(folder.path(), &words).env("AWS_REGION", "eu-west-1"), b"");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.json()
}

#[test]
fn the_policy_allows_the_calls_and_no_more() {
    let queue = |name: &str| format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
    let function = "arn:aws:lambda:eu-west-1:*:function:jobs";
    let (send, ask) = ("sqs:SendMessage", "sqs:GetQueueAttributes");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [function] },
            { "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::hooks/in/*"] },
            { "Effect": "Allow", "Action": [send, ask], "Resource": [queue("one"), queue("two.fifo")] },
        ],
    });
    assert_eq!(emitted(&[]), policy);
    let each = json!([
        { "action": "lambda:InvokeFunction", "resource": function },
        { "action": "s3:PutObject", "resource": "arn:aws:s3:::hooks/in/*" },
        { "action": send, "resource": queue("one") },
        { "action": ask, "resource": queue("one") },
        { "action": send, "resource": queue("two.fifo") },
        { "action": ask, "resource": queue("two.fifo") },
    ]);
    assert_eq!(emitted(&["--json"]), each);
}

#[test]
fn what_keeps_a_key_that_is_delivered_may_be_written_and_nothing_else() {
    let rest = "[destination.a]\nkind = \"discard\"\ndangerously_discard = true\n[[route]]\nto = [\"a\"]\n";
    let of = |provider: &str, secret: &str, cloud: &str| {
        let source = format!("[source.a]\nprovider = \"{provider}\"\nsecret = \"{secret}\"\n");
        of(&(source + rest), &[cloud, "--json"])
    };
    let secret = "arn:aws:secretsmanager:eu-west-1:*:secret:a-??????";
    let allowed = |action: &str, resource: &str| json!({ "action": action, "resource": resource });
    let read = allowed("secretsmanager:GetSecretValue", secret);
    let all = json!([
        allowed("secretsmanager:DescribeSecret", secret),
        allowed("secretsmanager:PutSecretValue", secret),
        read,
    ]);
    assert_eq!(of("asana", "aws-sm://a", "--aws"), all);
    assert_eq!(of("github", "aws-sm://a", "--aws"), json!([read]));
    let parameter = "arn:aws:ssm:eu-west-1:*:parameter/a";
    let all = json!([allowed("ssm:GetParameters", parameter), allowed("ssm:PutParameter", parameter)]);
    assert_eq!(of("notion", "ssm:///a", "--aws"), all);

    let roles = |provider: &str, secret: &str| {
        let all = of(provider, secret, "--gcp");
        all.as_array().unwrap().iter().map(|right| right["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (read, add) = ("roles/secretmanager.secretAccessor", "roles/secretmanager.secretVersionManager");
    assert_eq!(roles("asana", "gcp-sm://demo/a@1"), [read, add]);
    assert_eq!(roles("asana", "gcp-sm://demo/a"), [read]);
    assert_eq!(roles("github", "gcp-sm://demo/a@1"), [read]);
}
