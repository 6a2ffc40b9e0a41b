//! `doorbell emit iam --aws`.

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

[[route]]
to = ["one", "two", "function", "service"]
"#;

fn emitted(words: &[&str]) -> Value {
    let folder = folder_with(CONFIG);
    let words = [&["emit", "iam", "--aws", "--config", "doorbell.toml"], words].concat();
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
            { "Effect": "Allow", "Action": [send, ask], "Resource": [queue("one"), queue("two.fifo")] },
        ],
    });
    assert_eq!(emitted(&[]), policy);
    let each = json!([
        { "action": "lambda:InvokeFunction", "resource": function },
        { "action": send, "resource": queue("one") },
        { "action": ask, "resource": queue("one") },
        { "action": send, "resource": queue("two.fifo") },
        { "action": ask, "resource": queue("two.fifo") },
    ]);
    assert_eq!(emitted(&["--json"]), each);
}
