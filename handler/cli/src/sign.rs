//! `doorbell sign`: the headers of a delivery, ready for curl.

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
}

pub(crate) fn run(args: &Args, clock: &dyn Clock, screen: Screen) -> Result<Exit, Refusal> {
    let sender = sender::Sender::of(&args.sender)?;
    let signed = sender.sign(sender.path.as_deref().unwrap_or("/"), None, clock.now())?;
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<(String, String)> =
        signed.headers.iter().map(|(name, value)| (scheme::header(name.as_str()), text(value))).collect();
    headers.sort();
    if screen.json {
        screen.document(&json!({ "id": signed.id, "headers": headers, "bytes": sender.body.len() }));
    } else {
        for (name, value) in headers {
            screen.line(&format!("{name}: {value}"));
        }
    }
    Ok(Exit::Yes)
}
