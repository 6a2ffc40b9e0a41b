//! `doorbell conform`: case files through the code of a live request, and the verdicts compared.

pub(crate) mod case;
mod file;
pub(crate) mod play;
mod setup;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use doorbell_adapters::startup;
use serde::Serialize;

use crate::exit::{Exit, Refusal};
use crate::screen::{Screen, Tone};
use crate::wait::wait;

pub use case::{Case, Config, Request, Secrets};
pub use play::{Played, play};
pub use setup::{Unsupported, scheme};

/// What to run.
#[derive(Debug, clap::Args)]
#[command(after_help = "A case is a request, the secret it was signed with, and the verdict of its provider; \
tests/vectors/README.md describes the files. Its secret and its settings count, not those of --config. Freshness is \
checked where the case has a tolerance; HTTPS, dedupe, rates and client addresses are not.\n\n\
With --json: one line a case, {\"name\",\"provider\",\"expect\",\"found\",\"guard\",\"ok\"}, then \
{\"total\",\"ok\",\"differ\",\"unsupported\"}.\n\n\
Exit codes: 0 no case differs, 1 at least one does, 64 what was named is no case file or no config.")]
pub(crate) struct Args {
    /// Case files, and folders whose *.json are some
    #[arg(value_name = "FILE|DIR", required = true)]
    paths: Vec<PathBuf>,
    /// A config that describes, as [source.PROVIDER] or [source.PROVIDER-MODE], what the table does not have
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How one case went.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    provider: &'a str,
    expect: &'static str,
    found: &'static str,
    guard: Option<&'static str>,
    ok: bool,
}

/// A number for each way to go.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Totals {
    total: usize,
    ok: usize,
    differ: usize,
    unsupported: usize,
}

/// The cases of one provider.
#[derive(Debug, Default)]
struct Sum {
    totals: Totals,
    /// Why cases could not be run.
    missing: BTreeSet<String>,
}

pub(crate) fn run(args: &Args, screen: Screen) -> Result<Exit, Refusal> {
    let config = match &args.config {
        None => None,
        Some(path) => {
            let found = startup::find(Some(path)).map_err(|error| Refusal::Usage(error.to_string()))?;
            found.map(|found| found.parse()).transpose().map_err(Refusal::Config)?
        }
    };
    let cases = file::read(&args.paths)?;
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    wait(async {
        for case in &cases {
            let played = play(case, config.as_ref()).await;
            sums.entry(&case.provider).or_default().count(case, played, screen);
        }
    })?;
    let whole = sums.values().fold(Totals::default(), |whole, sum| whole.with(sum.totals));
    if screen.json {
        compact(&whole, screen);
    } else {
        sums.iter().for_each(|(provider, sum)| sum.say(provider, screen));
        let verdict = if whole.differ == 0 { screen.tint(Tone::Good, "yes") } else { screen.tint(Tone::Bad, "no") };
        screen.line(&format!("{verdict}: {}", whole.words()));
    }
    Ok(if whole.differ == 0 { Exit::Yes } else { Exit::No })
}

impl Sum {
    /// Counts a case, and says how it went.
    fn count(&mut self, case: &Case, played: Result<Played, Unsupported>, screen: Screen) {
        self.totals.total += 1;
        let (found, guard, differs) = match &played {
            Ok(played) => {
                let (found, guard) = verdict::found(played);
                (found.as_str(), guard, verdict::compare(case, played).err())
            }
            Err(Unsupported(_)) => ("unsupported", None, None),
        };
        let ok = played.is_ok() && differs.is_none();
        if screen.json {
            let (name, provider, expect) = (&case.name, &case.provider, case.expect.verdict.as_str());
            compact(&Line { name, provider, expect, found, guard, ok }, screen);
        } else if let Some(why) = &differs {
            screen.line(&format!("{} {}: {why}", screen.tint(Tone::Bad, "differs:"), case.name));
        }
        match played {
            Err(Unsupported(why)) => {
                self.totals.unsupported += 1;
                self.missing.insert(why);
            }
            Ok(_) if ok => self.totals.ok += 1,
            Ok(_) => self.totals.differ += 1,
        }
    }

    fn say(&self, provider: &str, screen: Screen) {
        screen.line(&format!("{}  {}", screen.tint(Tone::Strong, provider), self.totals.words()));
        for why in &self.missing {
            screen.line(&format!("  {} {why}", screen.tint(Tone::Warning, "unsupported:")));
        }
    }
}

impl Totals {
    const fn with(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            ok: self.ok + other.ok,
            differ: self.differ + other.differ,
            unsupported: self.unsupported + other.unsupported,
        }
    }

    /// `45 cases, 44 ok, 1 differs`.
    fn words(self) -> String {
        let cases = if self.total == 1 { "case" } else { "cases" };
        let mut words = format!("{} {cases}, {} ok", self.total, self.ok);
        match self.differ {
            0 => {}
            1 => words.push_str(", 1 differs"),
            more => words.push_str(&format!(", {more} differ")),
        }
        if self.unsupported > 0 {
            words.push_str(&format!(", {} unsupported", self.unsupported));
        }
        words
    }
}

/// One document on one line, so that a script can read the first before the last is known.
fn compact(document: &impl Serialize, screen: Screen) {
    screen.line(&serde_json::to_string(document).unwrap_or_default());
}
