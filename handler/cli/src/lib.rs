//! `doorbell`: the operator's command. This file reads the command line and ends with an exit code; each
//! subcommand has a file of its own. It is a library so that tests run case files as `doorbell conform` does.

mod address;
mod amount;
mod check;
pub mod conform;
mod contract;
mod emit;
mod exit;
mod front;
mod private_key;
mod providers;
mod scheme;
mod screen;
mod send;
mod sender;
mod serve;
mod sign;
mod target;
mod try_out;
mod wait;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use doorbell_adapters::clock::SystemClock;
use doorbell_core::Clock;

use crate::exit::Exit;
use crate::screen::Screen;

/// Receives webhooks: proves who rings, hands the event on, and only then says yes.
#[derive(Debug, Parser)]
#[command(version, after_help = "Exit codes: 0 yes, 1 no, 64 bad usage or config, 69 a service was unreachable.")]
struct Line {
    /// Answer with JSON on stdout
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Receive deliveries until SIGTERM or ctrl-c
    Serve(serve::Args),
    /// Prove the config, and say per source what to paste, what it costs and what to look at
    Check(check::Args),
    /// Send a delivery, signed as its provider would
    Send(send::Args),
    /// Print the headers of a delivery, signed as its provider would
    Sign(sign::Args),
    /// Run case files through the code of a live request, and compare the verdicts
    Conform(conform::Args),
    /// Say what would become of a delivery: the verdict, the event, its routes, what would be sent, the answer
    Try(try_out::Args),
    /// Print what else a deployment needs, out of the config
    Emit(emit::Args),
    /// List the providers, or say all that is known of one
    Providers(providers::Args),
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(answer) => {
            let _reader_gone = answer.print();
            return if answer.use_stderr() { Exit::Usage } else { Exit::Yes }.into();
        }
    };
    let screen = Screen::new(line.json);
    let ended = match &line.command {
        Command::Serve(args) => serve::run(args, &clock, screen),
        Command::Check(args) => check::run(args, &clock, screen),
        Command::Send(args) => send::run(args, clock.as_ref(), screen),
        Command::Sign(args) => sign::run(args, clock.as_ref(), screen),
        Command::Conform(args) => conform::run(args, screen),
        Command::Try(args) => try_out::run(args, &clock, screen),
        Command::Emit(args) => emit::run(args, screen),
        Command::Providers(args) => Ok(providers::run(args, screen)),
    };
    let exit = ended.unwrap_or_else(|refusal| {
        screen.refusal(&refusal);
        refusal.exit()
    });
    exit.into()
}
