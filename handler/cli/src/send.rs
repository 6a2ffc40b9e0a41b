//! `doorbell send`: deliveries, signed as their provider would, and what the receiver says to each.

use std::time::Duration;

use doorbell_core::Clock;
use doorbell_core::reply::DELIVERY_ID;
use http::{Request, StatusCode, Uri};
use serde::Serialize;
use ureq::Agent;
use ureq::config::AutoHeaderValue;

use crate::exit::{Exit, Refusal};
use crate::screen::{Screen, Tone};
use crate::sender::{self, Sender, Signed};
use crate::{address, serve};

/// What to send, where to, how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    sender: sender::Args,
    /// Where to; with --source by default its path on this machine
    #[arg(long, value_name = "URL", required_unless_present = "source")]
    to: Option<String>,
    /// How many deliveries, one after the other; each with a new id unless --id names one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Send each delivery twice at once: the receiver must take one
    #[arg(long)]
    twin: bool,
}

/// Connecting, and then the whole exchange: no provider waits longer.
const CONNECT: Duration = Duration::from_secs(10);
const EXCHANGE: Duration = Duration::from_secs(60);
/// What is read of a reply: Doorbell's own are a few words.
const REPLY_LIMIT: u64 = 64 << 10;

/// What came back for one delivery.
#[derive(Debug, Serialize)]
struct Answered {
    status: u16,
    doorbell_id: Option<String>,
    latency_ms: f64,
    /// The first line of the reply, printable.
    reply: String,
    /// The event's id, where it is a header.
    id: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    to: &'a str,
    ok: bool,
    deliveries: &'a [Answered],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

pub(crate) fn run(args: &Args, clock: &dyn Clock, screen: Screen) -> Result<Exit, Refusal> {
    let sender = Sender::of(&args.sender)?;
    let url = match (&args.to, &sender.path) {
        (Some(url), _) => url.clone(),
        (None, path) => address::under(&address::local(serve::DEFAULT_LISTEN), path.as_deref().unwrap_or("/")),
    };
    let uri = parse(&url)?;
    if args.repeat > 1 && !sender.makes_ids() {
        screen.aside("no header makes the repeats distinct: the receiver takes the first, the rest are its duplicates");
    }
    let agent = agent(&uri);
    let mut answers = Vec::new();
    let mut unreachable = None;
    for _ in 0..args.repeat {
        let signed = sender.sign(uri.path(), uri.query(), clock.now())?;
        let post = || post(&agent, &uri, &signed, &sender, clock);
        let replies = if args.twin {
            std::thread::scope(|scope| {
                let twin = scope.spawn(post);
                let first = post();
                vec![first, twin.join().unwrap_or_else(|_| Err("the second thread panicked".to_owned()))]
            })
        } else {
            vec![post()]
        };
        for reply in replies {
            match reply {
                Ok(answered) => {
                    if !screen.json {
                        screen.line(&answered.line(screen));
                    }
                    answers.push(answered);
                }
                Err(error) => unreachable = Some(format!("{url}: {error}; is the receiver running there?")),
            }
        }
        if unreachable.is_some() {
            break;
        }
    }
    let ok = unreachable.is_none() && answers.iter().all(Answered::is_yes);
    if screen.json {
        screen.document(&Report { to: &url, ok, deliveries: &answers, error: unreachable.as_deref() });
    }
    match unreachable {
        // The document holds it already.
        Some(_) if screen.json => Ok(Exit::Unreachable),
        Some(error) => Err(Refusal::Unreachable(error)),
        None if ok => Ok(Exit::Yes),
        None => {
            screen.aside("not taken: the receiver's log has the reason under the id of its reply");
            Ok(Exit::No)
        }
    }
}

impl Answered {
    fn is_yes(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }

    fn line(&self, screen: Screen) -> String {
        let status = screen.tint(if self.is_yes() { Tone::Good } else { Tone::Bad }, &self.status.to_string());
        let id = self.doorbell_id.as_deref().unwrap_or("(no X-Doorbell-Id)");
        let line = format!("{status}  {id}  {:.1} ms  {}", self.latency_ms, self.reply);
        line.trim_end().to_owned()
    }
}

fn parse(url: &str) -> Result<Uri, Refusal> {
    let told = || Refusal::Usage(format!("--to {url}: no URL; write one such as http://127.0.0.1:8080/github"));
    let uri: Uri = url.parse().map_err(|_| told())?;
    let complete =
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    if complete { Ok(uri) } else { Err(told()) }
}

fn agent(uri: &Uri) -> Agent {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A provider does not follow either.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .accept_encoding(AutoHeaderValue::None)
        .user_agent(concat!("doorbell/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(EXCHANGE));
    // No proxy leads back to this machine.
    let config = if here { config.proxy(None) } else { config };
    config.build().into()
}

fn post(agent: &Agent, uri: &Uri, signed: &Signed, sender: &Sender, clock: &dyn Clock) -> Result<Answered, String> {
    let mut request = Request::post(uri).body(&sender.body[..]).map_err(|error| error.to_string())?;
    *request.headers_mut() = signed.headers.clone();
    let started = clock.monotonic();
    let mut response = agent.run(request).map_err(|error| error.to_string())?;
    let latency = clock.monotonic().saturating_sub(started);
    let text = response.body_mut().with_config().limit(REPLY_LIMIT).lossy_utf8(true).read_to_string();
    let doorbell_id = response.headers().get(DELIVERY_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    Ok(Answered {
        status: response.status().as_u16(),
        doorbell_id,
        latency_ms: (latency.as_secs_f64() * 10_000.0).round() / 10.0,
        reply: first_line(&text.unwrap_or_default()),
        id: signed.id.clone(),
    })
}

/// What a reply says, without what could steer a terminal.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().filter(|letter| !letter.is_control()).take(120).collect()
}
