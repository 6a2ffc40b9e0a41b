//! What those get who wait for words and not for a yes: the configs of infra/examples, asked as their providers ask.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::door::{Heard, Request};
use conformance::repository::read;
use conformance::source::{keyring, source};
use conformance::stage::{SECRET, Stage, described, tag};
use doorbell_adapters::startup::registry;
use doorbell_core::config::{Config, SourceConfig};
use doorbell_core::destination::Target;
use doorbell_core::name::SourceName;
use doorbell_core::source::Source;
use doorbell_core::verify::Scheme;
use serde_json::{Value, json};

/// A config's sources, each proven in the plainest way, and its destinations, which answer this.
struct Asked {
    stage: Stage,
    held: Vec<(String, Arc<Scripted>)>,
}

impl Asked {
    #[track_caller]
    fn of(origin: &str, text: &str, says: &'static str) -> Self {
        let config = Config::parse(text, origin, &registry()).unwrap_or_else(|problems| panic!("{problems}"));
        let scripted = |name: &String| (name.clone(), Scripted::new(&[Step::Say(says.as_bytes())]));
        let held: Vec<_> = config.destinations.iter().map(|destination| scripted(&destination.name)).collect();
        let targets: Vec<_> = held.iter().map(|(name, scripted)| scripted.target(name)).collect();
        let sources = config.sources.iter().map(|declared| built(&config, declared, &targets)).collect();
        Self { stage: Stage::new(sources, Arc::new(Book::default()), 0), held }
    }

    fn example(name: &str, says: &'static str) -> Self {
        Self::of(name, &read(&format!("infra/examples/{name}.toml")), says)
    }

    #[track_caller]
    fn ask(&self, source: &str, body: &str) -> Heard {
        self.stage.ring(Request::post(&format!("/{source}"), body.to_owned()).header("x-tag", &tag(body.as_bytes())))
    }

    /// The answer in JSON, to what is held.
    #[track_caller]
    fn json(&self, source: &str, body: &str) -> Value {
        let heard = self.ask(source, body);
        assert_eq!((heard.line(), heard.header("content-type")), (("handed-off", "", 200), Some("application/json")));
        serde_json::from_slice(&heard.body).unwrap()
    }

    fn holding(&self) -> Vec<(&str, usize)> {
        let held = self.held.iter().map(|(name, scripted)| (name.as_str(), scripted.taken().len()));
        held.filter(|(_, count)| *count > 0).collect()
    }
}

fn built(config: &Config, declared: &SourceConfig, targets: &[Arc<Target>]) -> Source {
    let scheme = Scheme::Mac(described());
    let keys = keyring(&scheme, &[SECRET]).unwrap();
    let bare = source(declared.provider().unwrap(), &format!("/{}", declared.name), Some(keys), Vec::new());
    let routes = config.routes_of(&declared.name, targets);
    Source { name: SourceName::parse(&declared.name).unwrap(), scheme, routes, ..bare }
}

/// Dialogflow ES: cloud.google.com/dialogflow/es/docs/fulfillment-webhook.
fn intent(id: &str, name: &str, parameters: &Value) -> String {
    let result = json!({ "queryText": "a question", "parameters": parameters, "intent": { "displayName": name } });
    json!({ "responseId": id, "session": "projects/p/agent/sessions/s", "queryResult": result }).to_string()
}

#[test]
fn dialogflow_es_is_told_what_to_say() {
    let asked = Asked::example("dialogflow", r#"{"fulfillmentText":"It is on its way."}"#);
    let hostile = r#"Monday"}, "fulfillmentText": "mine"#;
    for (id, name, parameters, said) in [
        ("1", "opening.hours", json!({ "day": "on Monday" }), "We are open from 9 to 17 on Monday."),
        ("2", "opening.hours", json!({ "day": "" }), "We are open from 9 to 17 today."),
        ("3", "opening.hours", json!({ "day": hostile }), &*format!("We are open from 9 to 17 {hostile}.")),
        ("4", "order.status", json!({}), "It is on its way."),
        ("5", "small.talk", json!({}), "I do not know that yet."),
    ] {
        let answer = asked.json("agent", &intent(id, name, &parameters));
        assert_eq!(answer, json!({ "fulfillmentText": said }), "{id}");
    }
    assert_eq!(asked.holding(), [("questions", 5), ("orders", 1)]);
}

/// Dialogflow CX: cloud.google.com/dialogflow/cx/docs/concept/webhook.
#[test]
fn dialogflow_cx_is_told_what_to_say() {
    let asked = Asked::example("dialogflow", "{}");
    for (id, parameters, said) in [("1", json!({ "name": "Ann" }), "Hello, Ann."), ("2", json!({}), "Hello, you.")] {
        let body = json!({ "detectIntentResponseId": id, "text": "hi", "fulfillmentInfo": { "tag": "greet" },
            "sessionInfo": { "session": "projects/p/locations/l/agents/a/sessions/s", "parameters": parameters } });
        let text = json!({ "text": { "text": [said] } });
        assert_eq!(asked.json("flows", &body.to_string()), json!({ "fulfillmentResponse": { "messages": [text] } }));
    }
}

/// A slash command is a form, its answer JSON: docs.slack.dev/interactivity/implementing-slash-commands.
#[test]
fn a_slash_command_gets_its_message() {
    let asked = Asked::example("commands", "{}");
    let command = "command=%2Fdeploy&user_name=ann&text=%22%7D+now&trigger_id=1.1";
    let message = json!({ "response_type": "ephemeral", "text": "ann: deploying \"} now" });
    assert_eq!(asked.json("slack", command), message);
    let bare = asked.json("slack", "command=%2Fdeploy&user_name=ann&text=&trigger_id=1.2");
    assert_eq!(bare["text"], "ann: deploying main");
    let event = asked.ask("slack", r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}"#);
    assert_eq!((event.line(), event.body.len()), (("handed-off", "", 200), 0), "an event wants a yes");
}

/// TwiML: twilio.com/docs/messaging/twiml. Whoever sends the text message writes what is in it.
#[test]
fn a_text_message_gets_twiml_that_it_cannot_end() {
    let asked = Asked::example("commands", "{}");
    let form = "MessageSid=SM1&From=%2B14155550100&Body=%3C%2FMessage%3E%3CDial%3E%2B1900%3C%2FDial%3E+%26+%00";
    let heard = asked.ask("twilio", form);
    assert_eq!((heard.line(), heard.header("content-type")), (("handed-off", "", 200), Some("text/xml")));
    let twiml = "<Response><Message>We got: &lt;&#x2f;Message&gt;&lt;Dial&gt;+1900&lt;&#x2f;Dial&gt; &amp; \u{fffd}</Message></Response>";
    assert_eq!(String::from_utf8_lossy(&heard.body), twiml);
}

/// Interactions: docs.discord.com/developers/interactions/receiving-and-responding.
#[test]
fn an_interaction_gets_its_message_and_a_ping_its_pong() {
    let config = r#"
[source.discord]
provider = "discord"
secret   = "env://DISCORD_PUBLIC_KEY"
[[route]]
to      = ["commands"]
respond = { body = '{"type": 4, "data": {"content": {{ "You said " ~ body.data.name }}, "allowed_mentions": {"parse": []}}}' }
[destination.commands]
kind = "journal"
path = "commands.jsonl"
"#;
    let asked = Asked::of("discord", config, "{}");
    assert_eq!(asked.ask("discord", r#"{"id":"1","token":"t","type":1}"#).line(), ("answered", "", 200));
    let answer = asked.json("discord", r#"{"id":"7","type":2,"data":{"name":"blep"}}"#);
    let data = json!({ "content": "You said blep", "allowed_mentions": { "parse": [] } });
    assert_eq!(answer, json!({ "type": 4, "data": data }));
    assert_eq!(asked.holding(), [("commands", 1)]);
}
