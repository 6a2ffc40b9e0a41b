//! `doorbell send`: deliveries, signed as their provider would, and what the receiver says to each.

use std::iter;
use std::time::Duration;

use doorbell_adapters::outward::why;
use doorbell_core::Clock;
use doorbell_core::reply::DELIVERY_ID;
use futures_util::future::{OptionFuture, join};
use http::{Method, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response, Url};
use serde::Serialize;

use crate::exit::{Exit, Refusal};
use crate::front::Front;
use crate::screen::{Screen, Tone};
use crate::sender::{self, Sender, Signed};
use crate::wait::wait;
use crate::{address, serve};

/// What to send, where to, how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    sender: sender::Args,
    /// Where to; with --source by default its path on this machine
    #[arg(long, value_name = "URL", required_unless_present_any = ["source", "event"])]
    to: Option<String>,
    /// Print the event that Lambda would make of the delivery behind this front door; send nothing
    #[arg(long, value_name = "DOOR", value_enum, conflicts_with_all = ["repeat", "twin"])]
    event: Option<Front>,
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
const REPLY_LIMIT: usize = 64 << 10;

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
        (None, path) if args.event.is_some() => {
            let path = path.clone().unwrap_or_else(|| format!("/{}", sender.label()));
            address::under("https://doorbell.example.com", &path)
        }
        (None, path) => address::under(&address::local(serve::DEFAULT_LISTEN), path.as_deref().unwrap_or("/")),
    };
    let parsed = parse(&url)?;
    for line in &sender.news {
        screen.aside(line);
    }
    if let Some(front) = args.event {
        let now = clock.now();
        let signed = sender.sign(parsed.path(), parsed.query(), now)?;
        let millis = now.as_unix_micros().div_euclid(1_000);
        screen.document(&front.event(&signed.url(&parsed), &signed.headers, &signed.body, millis));
        return Ok(Exit::Yes);
    }
    if args.repeat > 1 && !sender.makes_ids() {
        screen.aside("no header makes the repeats distinct: the receiver takes the first, the rest are its duplicates");
    }
    let client = client(&parsed)?;
    let (answers, unreachable) = wait(async {
        let mut answers = Vec::new();
        for _ in 0..args.repeat {
            let signed = sender.sign(parsed.path(), parsed.query(), clock.now())?;
            let post = || post(&client, &parsed, &signed, clock);
            let (reply, twin) = join(post(), OptionFuture::from(args.twin.then(post))).await;
            let mut unreachable = None;
            for reply in iter::once(reply).chain(twin) {
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
                return Ok((answers, unreachable));
            }
        }
        Ok((answers, None))
    })??;
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

fn parse(text: &str) -> Result<Url, Refusal> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| Refusal::Usage(format!("--to {text}: no URL; write one such as http://127.0.0.1:8080/github")))
}

fn client(url: &Url) -> Result<Client, Refusal> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let builder = Client::builder()
        .user_agent(concat!("doorbell/", env!("CARGO_PKG_VERSION")))
        // A provider does not follow either.
        .redirect(Policy::none())
        .http1_only()
        .connect_timeout(CONNECT)
        .timeout(EXCHANGE);
    // No proxy leads back to this machine.
    let builder = if here { builder.no_proxy() } else { builder };
    let unbuilt = |error| format!("no HTTPS client: {}; install root certificates (ca-certificates)", why(&error));
    builder.build().map_err(|error| Refusal::Unreachable(unbuilt(error)))
}

impl Signed {
    /// The URL to ring, with what the scheme put into it.
    fn url(&self, given: &Url) -> Url {
        let mut url = given.clone();
        if self.path != given.path() {
            url.set_path(&self.path);
        }
        if self.query.as_deref() != given.query() {
            url.set_query(self.query.as_deref());
        }
        url
    }
}

async fn post(client: &Client, url: &Url, signed: &Signed, clock: &dyn Clock) -> Result<Answered, String> {
    let mut request = Request::new(Method::POST, signed.url(url));
    *request.headers_mut() = signed.headers.clone();
    *request.body_mut() = Some(signed.body.clone().into());
    let started = clock.monotonic();
    let response = client.execute(request).await.map_err(|error| why(&error))?;
    let latency = clock.monotonic().saturating_sub(started);
    let doorbell_id = response.headers().get(DELIVERY_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    Ok(Answered {
        status: response.status().as_u16(),
        doorbell_id,
        latency_ms: (latency.as_secs_f64() * 10_000.0).round() / 10.0,
        reply: first_line(&String::from_utf8_lossy(&beginning(response).await)),
        id: signed.id.clone(),
    })
}

async fn beginning(mut response: Response) -> Vec<u8> {
    let mut read = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        read.extend_from_slice(&chunk);
        if read.len() >= REPLY_LIMIT {
            break;
        }
    }
    read
}

/// What a reply says, without what could steer a terminal.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().filter(|letter| !letter.is_control()).take(120).collect()
}
