//! Wall and memory against size and connections: databases of one, two and four times the size.

use super::cases::{Bench, Row, Subject};
use super::report::{self, largest, megabytes, spread};
use super::tool::Share;
use super::{Failure, data};

const FACTORS: [u32; 3] = [1, 2, 4];

/// pgark's dump and restore of one size with one number of connections.
struct Point {
    factor: u32,
    jobs: u16,
    dump: Figures,
    restore: Figures,
}

struct Figures {
    wall: f64,
    /// Largest peak of anonymous memory.
    memory: Option<u64>,
}

pub fn run(bench: &Bench) -> Result<String, Failure> {
    let mut rows = Vec::new();
    let mut points = Vec::new();
    for factor in FACTORS {
        let database = format!("mixed_x{factor}");
        data::mixed(bench.cluster, &database, bench.options.scale * f64::from(factor))?;
        let subject = Subject {
            database: &database,
            table: None,
        };
        for jobs in &bench.options.jobs {
            let rounds = bench.rounds();
            let dump = bench.dump(&format!("dump, x{factor}"), subject, *jobs, &bench.tools(), rounds)?;
            let restore = bench.restore(&format!("restore, x{factor}"), subject, Share::Whole, *jobs, rounds)?;
            points.push(Point {
                factor,
                jobs: *jobs,
                dump: figures(&dump),
                restore: figures(&restore),
            });
            rows.extend([dump, restore]);
        }
        bench.remove_archives(subject)?;
        bench.cluster.drop(&database)?;
    }
    Ok(report::cases(&rows) + &table(&points))
}

fn figures(row: &Row) -> Figures {
    let own = row.runs.first();
    let walls = own.map(|runs| runs.samples.iter().map(|sample| sample.wall).collect());
    Figures {
        wall: walls.and_then(spread).map_or(f64::NAN, |spread| spread.median),
        memory: own.and_then(|runs| largest(runs, |sample| sample.anonymous)),
    }
}

/// pgark alone: each wall beside that of the first size with as many connections, and of the fewest connections at that size.
fn table(points: &[Point]) -> String {
    let mut text = String::from(
        "\n| pgark | -j | dump wall | of x1 | of first -j | anon. memory | restore wall | of x1 | of first -j | anon. memory |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for point in points {
        let smallest = points.iter().find(|other| other.jobs == point.jobs).unwrap_or(point);
        let narrowest = points
            .iter()
            .find(|other| other.factor == point.factor)
            .unwrap_or(point);
        let cells = |of: &dyn Fn(&Point) -> &Figures| {
            let own = of(point);
            format!(
                "{:.2} s | {:.2} | {:.2} | {}",
                own.wall,
                own.wall / of(smallest).wall,
                own.wall / of(narrowest).wall,
                own.memory
                    .map_or_else(String::new, |bytes| format!("{} MB", megabytes(bytes)))
            )
        };
        text.push_str(&format!(
            "| x{} | {} | {} | {} |\n",
            point.factor,
            point.jobs,
            cells(&|point| &point.dump),
            cells(&|point| &point.restore)
        ));
    }
    text
}
