//! `doorbell sign`: the headers of a delivery, ready for curl.

use std::path::PathBuf;

use doorbell_core::Clock;
use serde_json::json;

use crate::exit::{Exit, Refusal};
use crate::screen::Screen;
use crate::{scheme, sender};

/// What to sign.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "For curl: doorbell sign github body.json --secret env://NAME | curl -H @- --data-binary @body.json URL"
)]
pub(crate) struct Args {
    #[command(flatten)]
    sender: sender::Args,
    /// Where to write the body that is to be sent, where the provider has its evidence in it
    #[arg(long, value_name = "FILE")]
    signed_body: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, clock: &dyn Clock, screen: Screen) -> Result<Exit, Refusal> {
    let sender = sender::Sender::of(&args.sender)?;
    let path = sender.path.as_deref().unwrap_or("/");
    let signed = sender.sign(path, None, clock.now())?;
    let is_changed = signed.body != sender.body;
    if let Some(file) = &args.signed_body {
        let unwritten = |error| Refusal::Usage(format!("{}: cannot write the body: {error}", file.display()));
        std::fs::write(file, &signed.body).map_err(unwritten)?;
    } else if is_changed && !screen.json {
        let told = format!("{} has its evidence in the body; add --signed-body FILE, and send that", sender.label());
        return Err(Refusal::Usage(told));
    }
    for line in &sender.news {
        screen.aside(line);
    }
    let query = signed.query.map(|query| format!("?{query}")).unwrap_or_default();
    let place = format!("{}{query}", signed.path);
    if place != path {
        screen.aside(&format!("its URL ends in {place}"));
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<(String, String)> =
        signed.headers.iter().map(|(name, value)| (scheme::header(name.as_str()), text(value))).collect();
    headers.sort();
    if screen.json {
        let body = is_changed.then(|| String::from_utf8_lossy(&signed.body));
        let bytes = signed.body.len();
        screen.document(&json!({ "id": signed.id, "path": place, "headers": headers, "bytes": bytes, "body": body }));
    } else {
        for (name, value) in headers {
            screen.line(&format!("{name}: {value}"));
        }
    }
    Ok(Exit::Yes)
}
