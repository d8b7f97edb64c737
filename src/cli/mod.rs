//! The command line: arguments become library calls, results text or JSON, errors exit codes.
//!
//! Only this module prints, reads the environment, handles signals or knows exit codes. Each subcommand is one file:
//! its arguments (their docs are the help), `run`, and private rendering.

#![allow(clippy::disallowed_methods)] // the environment is read here

/// Replaces the standard library's macro, which panics if standard error cannot be written: a lost message must not end
/// the work.
macro_rules! eprintln {
    ($($part:tt)*) => {
        $crate::cli::terminal::output::note(format_args!($($part)*))
    };
}

mod commands;
mod options;
mod terminal;
#[cfg(test)]
mod testing;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use terminal::exit::Exit;
use terminal::help::EXIT_CODES;

/// Backs up and restores PostgreSQL databases (13 to 18) logically, in parallel, into one
/// checksummed archive.
#[derive(Parser)]
#[command(name = "pgark", version, disable_help_flag = true, disable_help_subcommand = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print help
    #[arg(long, short = '?', global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Subcommand)]
enum Command {
    Dump(commands::dump::Args),
    Restore(commands::restore::Args),
    Export(commands::export::Args),
    Show(commands::show::Args),
    Verify(commands::verify::Args),
    Salvage(commands::salvage::Args),
    Compare(commands::compare::Args),
    Snapshot(commands::snapshot::Args),
    Rollback(commands::rollback::Args),
    Prune(commands::prune::Args),
    Undelete(commands::undelete::Args),
    Log(commands::log::Args),
    Diff(commands::diff::Args),
    Health(commands::health::Args),
    Drill(commands::drill::Args),
    Demo(commands::demo::Args),
}

impl Command {
    /// How many connections the command needs at least, and for what.
    fn connections(&self) -> Option<(u32, &'static str)> {
        Some(match self {
            Self::Dump(_) | Self::Snapshot(_) => (2, "one asks and keeps the snapshot company, one reads"),
            Self::Restore(_) => (2, "one asks and watches, one writes"),
            Self::Compare(_) | Self::Diff(_) => (2, "one asks and one reads, for each side that is a database"),
            Self::Drill(_) => (3, "one keeps the scratch database, one asks, one writes or reads"),
            Self::Rollback(_) => (
                3,
                "one keeps other rollbacks away, one asks, one writes or reads; two more with `--method transaction`",
            ),
            _ => return None,
        })
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let plain = error.render().to_string();
            let shown = crate::connect::without_passwords(&plain);
            // A closed terminal does not change the exit code.
            let _ = match shown == plain || !error.use_stderr() {
                true => error.print(),
                false => std::io::stderr().write_all(shown.as_bytes()),
            };
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Done.into()
            };
        }
    };
    let connections = cli.command.connections();
    let result = match cli.command {
        Command::Dump(args) => commands::dump::run(args),
        Command::Restore(args) => commands::restore::run(args),
        Command::Export(args) => commands::export::run(args),
        Command::Show(args) => commands::show::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Salvage(args) => commands::salvage::run(args),
        Command::Compare(args) => commands::compare::run(args),
        Command::Snapshot(args) => commands::snapshot::run(args),
        Command::Rollback(args) => commands::rollback::run(args),
        Command::Prune(args) => commands::prune::run(args),
        Command::Undelete(args) => commands::undelete::run(args),
        Command::Log(args) => commands::log::run(args),
        Command::Diff(args) => commands::diff::run(args),
        Command::Health(args) => commands::health::run(args),
        Command::Drill(args) => commands::drill::run(args),
        Command::Demo(args) => commands::demo::run(args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            if let Some((least, why)) = connections.filter(|_| failure.lacks_connections()) {
                eprintln!(
                    "hint: this command needs {least} connections at once with `-j 1`, one more for each more job: {why}; \
                     `ALTER ROLE` and `ALTER DATABASE` have a `CONNECTION LIMIT`, the server has `max_connections`"
                );
            }
            failure.exit().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_help_lists_the_exit_codes() {
        let mut command = Cli::command();
        assert!(command.render_help().to_string().contains("130  interrupted"));
        for sub in command.get_subcommands_mut() {
            check_help(sub);
            for nested in sub.get_subcommands_mut() {
                check_help(nested);
            }
        }
    }

    fn check_help(command: &mut clap::Command) {
        let help = command.render_long_help().to_string();
        let name = command.get_name();
        assert!(help.contains("130  interrupted"), "{name} has no exit codes");
        assert!(help.contains("Examples:"), "{name} has no examples");
    }
}
