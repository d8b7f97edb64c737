//! What is measured: dumps and restores by all tools in turn.

use std::path::PathBuf;

use super::cluster::Cluster;
use super::options::Options;
use super::peer::Peer;
use super::process::{self, Sample};
use super::tool::{Share, Tool};
use super::{Failure, data, files};

pub struct Bench<'a> {
    pub cluster: &'a Cluster,
    pub peer: Option<&'a Peer>,
    pub options: &'a Options,
}

/// What is dumped and restored.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub database: &'a str,
    /// That table alone.
    pub table: Option<&'a str>,
}

/// One line of the tables: the same work by several tools.
pub struct Row {
    pub what: String,
    pub jobs: u16,
    pub runs: Vec<Runs>,
}

/// The timed runs of one tool; those of equal place are neighbours.
pub struct Runs {
    pub tool: Tool,
    pub samples: Vec<Sample>,
}

/// How often each tool does it.
#[derive(Clone, Copy)]
pub struct Rounds {
    /// Once before, untimed, so that caches are warm.
    pub throwaway: bool,
    pub timed: u32,
}

pub struct Sizes {
    pub what: String,
    pub sizes: Vec<(Tool, u64)>,
}

pub const MIXED: Subject = Subject {
    database: data::MIXED,
    table: None,
};
pub const BIG_TABLE: Subject = Subject {
    database: data::MIXED,
    table: Some(data::BIG_TABLE),
};
pub const SMALL: Subject = Subject {
    database: data::SMALL,
    table: None,
};

/// The database that is restored into, and one with tables alone that it is made from.
const TARGET: &str = "target";
const EMPTY_TABLES: &str = "empty_tables";

/// Connections that the small tables are measured with.
const SMALL_JOBS: u16 = 2;

impl Subject<'_> {
    fn name(&self) -> String {
        match self.table {
            Some(table) => format!("{}.{table}", self.database),
            None => self.database.to_owned(),
        }
    }
}

impl Bench<'_> {
    /// pgark and the peer as it compresses best.
    pub fn tools(&self) -> Vec<Tool> {
        let peer = self.peer.map(|peer| peer.tool(peer.method));
        std::iter::once(Tool::Pgark).chain(peer).collect()
    }

    fn tools_and_uncompressed(&self) -> Vec<Tool> {
        let plain = self.peer.map(|peer| peer.tool("none"));
        self.tools().into_iter().chain(plain).collect()
    }

    pub fn rounds(&self) -> Rounds {
        Rounds {
            throwaway: true,
            timed: self.options.runs,
        }
    }

    pub fn dumps(&self) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        for (what, subject, tools) in [
            ("dump, mixed tables", MIXED, self.tools_and_uncompressed()),
            ("dump, one big table", BIG_TABLE, self.tools()),
        ] {
            for jobs in &self.options.jobs {
                rows.push(self.dump(what, subject, *jobs, &tools, self.rounds())?);
            }
        }
        Ok(rows)
    }

    pub fn restores(&self) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        for (what, subject, share) in [
            ("restore, mixed, whole", MIXED, Share::Whole),
            ("restore, mixed, rows alone", MIXED, Share::Data),
            ("restore, one big table, rows alone", BIG_TABLE, Share::Data),
        ] {
            for jobs in &self.options.jobs {
                rows.push(self.restore(what, subject, share, *jobs, self.rounds())?);
            }
        }
        Ok(rows)
    }

    pub fn small(&self) -> Result<Vec<Row>, Failure> {
        // They take long, and have just been written.
        let rounds = Rounds {
            throwaway: false,
            timed: self.options.small_runs,
        };
        Ok(vec![
            self.dump("dump, small tables", SMALL, SMALL_JOBS, &self.tools(), rounds)?,
            self.restore("restore, small tables", SMALL, Share::Whole, SMALL_JOBS, rounds)?,
        ])
    }

    pub fn sizes(&self, subjects: &[Subject]) -> Result<Vec<Sizes>, Failure> {
        let of = |subject: &Subject| {
            let size = |tool: Tool| Ok((tool.clone(), files::size(&self.archive(&tool, *subject)?)?));
            Ok(Sizes {
                what: subject.name(),
                sizes: self
                    .tools_and_uncompressed()
                    .into_iter()
                    .map(size)
                    .collect::<Result<_, Failure>>()?,
            })
        };
        subjects.iter().map(of).collect()
    }

    /// Dumps `subject` by each of `tools` in turn; the last archive of each stays.
    pub fn dump(
        &self,
        what: &str,
        subject: Subject,
        jobs: u16,
        tools: &[Tool],
        rounds: Rounds,
    ) -> Result<Row, Failure> {
        self.row(what, jobs, tools, rounds, |tool| {
            let path = self.path(tool, subject);
            files::remove(&path)?;
            self.cluster
                .measure(tool.dump(self.cluster, subject.database, subject.table, jobs, &path))
        })
    }

    /// Restores `share` of what each tool has dumped itself.
    pub fn restore(
        &self,
        what: &str,
        subject: Subject,
        share: Share,
        jobs: u16,
        rounds: Rounds,
    ) -> Result<Row, Failure> {
        let tools = self.tools();
        let mut archives = Vec::new();
        for tool in &tools {
            archives.push((tool.name(), self.archive(tool, subject)?));
        }
        let template = match share {
            Share::Data => {
                self.cluster.create(EMPTY_TABLES, "template0")?;
                let archive = self.archive(&Tool::Pgark, subject)?;
                process::run(Tool::Pgark.restore(self.cluster, &archive, Share::PreData, jobs, EMPTY_TABLES))?;
                EMPTY_TABLES
            }
            Share::Whole | Share::PreData => "template0",
        };
        let row = self.row(what, jobs, &tools, rounds, |tool| {
            let archive = archives.iter().find(|(name, _)| *name == tool.name());
            let (_, archive) = archive.ok_or("an archive of each tool was made above")?;
            self.cluster.create(TARGET, template)?;
            self.cluster
                .measure(tool.restore(self.cluster, archive, share, jobs, TARGET))
        })?;
        self.cluster.drop(TARGET)?;
        self.cluster.drop(EMPTY_TABLES)?;
        Ok(row)
    }

    /// A throwaway run of each tool, then the timed rounds; who is first changes from round to round.
    fn row(
        &self,
        what: &str,
        jobs: u16,
        tools: &[Tool],
        rounds: Rounds,
        once: impl Fn(&Tool) -> Result<Sample, Failure>,
    ) -> Result<Row, Failure> {
        let started = std::time::Instant::now();
        let mut runs: Vec<Runs> = Vec::new();
        for tool in tools {
            if rounds.throwaway {
                once(tool)?;
            }
            runs.push(Runs {
                tool: tool.clone(),
                samples: Vec::new(),
            });
        }
        for round in 0..rounds.timed as usize {
            for turn in 0..runs.len() {
                let next = (round + turn) % runs.len();
                let sample = once(&runs[next].tool)?;
                runs[next].samples.push(sample);
            }
        }
        eprintln!(
            "{what}, -j{jobs}: {} rounds in {:.0} s",
            rounds.timed,
            started.elapsed().as_secs_f64()
        );
        Ok(Row {
            what: what.to_owned(),
            jobs,
            runs,
        })
    }

    /// The archive of `subject` by `tool`, made now if need be.
    pub fn archive(&self, tool: &Tool, subject: Subject) -> Result<PathBuf, Failure> {
        let path = self.path(tool, subject);
        if !path.exists() {
            let jobs = self.options.jobs.iter().max().copied().unwrap_or(1);
            process::run(tool.dump(self.cluster, subject.database, subject.table, jobs, &path))?;
        }
        Ok(path)
    }

    /// Removes what all tools have dumped of `subject`.
    pub fn remove_archives(&self, subject: Subject) -> Result<(), Failure> {
        self.tools()
            .iter()
            .try_for_each(|tool| files::remove(&self.path(tool, subject)))
    }

    fn path(&self, tool: &Tool, subject: Subject) -> PathBuf {
        let tool = tool.name().replace([' ', ':'], "-");
        self.cluster.archive(&format!("{}-{tool}", subject.name()))
    }
}
