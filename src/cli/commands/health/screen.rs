//! The checks of a health report, one line each, in 100 columns. Pure: the time is an argument.

use jiff::Timestamp;

use crate::cli::commands::snapshot::screen::{WIDTH, age, shortened};
use crate::cli::terminal::output::{bytes, count, utc};
use crate::cli::terminal::wrap::wrapped;
use crate::model::ident::sanitize;
use crate::repository::health::{Amount, Health, Subject, What};

const SUBJECT_WIDTH: usize = 24;
const ID_WIDTH: usize = 40;

pub(super) fn screen(health: &Health, now: Timestamp) -> String {
    let names = health.checks.iter().map(|check| name(check.subject.as_ref()));
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for check in &health.checks {
        let word = if check.good { "ok" } else { "WARNING" };
        let mut before = format!("{word:<7}  {:<width$}  ", name(check.subject.as_ref()));
        let indent = " ".repeat(before.chars().count());
        let told = format!("{}: {}", check.what.name(), told(&check.what, Some(now)));
        for line in wrapped(&sanitize(&told), "; ", WIDTH - indent.len()) {
            text.push_str(&format!("{before}{line}\n"));
            before.clone_from(&indent);
        }
    }
    let line = match health.findings() {
        0 => "healthy".to_owned(),
        1 => "1 finding".to_owned(),
        findings => format!("{findings} findings"),
    };
    format!("{text}{line}\n")
}

fn name(subject: Option<&Subject>) -> String {
    let name = match subject {
        None => "repository".to_owned(),
        Some(Subject { database, environment }) => match environment {
            Some(environment) => format!("{database} ({environment})"),
            None => database.clone(),
        },
    };
    shortened(&sanitize(&name), SUBJECT_WIDTH)
}

/// A check in words. With `now`, for a screen: ages and shortened ids; without it: times and whole ids.
pub(super) fn told(what: &What, now: Option<Timestamp>) -> String {
    let when = |at: Timestamp| match now {
        Some(now) => format!("{} old", age(at, now)),
        None => format!("of {}", utc(at.as_microsecond())),
    };
    let ago = |at: Timestamp| match now {
        Some(now) => format!("{} ago", age(at, now)),
        None => format!("at {}", utc(at.as_microsecond())),
    };
    let named = |id: &str| match now {
        Some(_) => shortened(id, ID_WIDTH),
        None => id.to_owned(),
    };
    match what {
        What::Newest { newest: None, .. } => "no complete snapshot".to_owned(),
        What::Newest {
            newest: Some((id, at)),
            max_age,
        } => format!("newest is {}, allowed {max_age}; {}", when(*at), named(id)),
        What::Size { now, usual, of } => format!("{}; median of {of}: {}", amount(now), amount(usual)),
        What::Future { count: 1, first } => format!("{} is dated in the future: by a wrong clock", named(first)),
        What::Future { count: number, first } => format!(
            "{} snapshots are dated in the future: by a wrong clock; {}",
            count(*number as u64),
            named(first)
        ),
        What::Verified { whole, sample } => {
            let of = |verified: &Option<(String, Timestamp)>| match verified {
                None => "never".to_owned(),
                Some((_, at)) => ago(*at),
            };
            match sample {
                None => format!("every byte {}", of(whole)),
                Some(_) => format!("every byte {}; a sample {}", of(whole), of(sample)),
            }
        }
        What::LeftOver {
            files,
            bytes: left,
            begun,
        } => {
            let mut told = Vec::new();
            if *begun > 0 {
                told.push(format!("{} snapshots were begun and never ended", count(*begun as u64)));
            }
            if *files > 0 {
                told.push(format!(
                    "{} unfinished files ({}) of commands that were killed, which the next create or prune removes",
                    count(*files),
                    bytes(*left)
                ));
            }
            told.join("; ")
        }
        What::Scratch { database, server, at } => format!(
            "a drill that began {} was killed; its database {database} may be left on {server}; the next drill there drops it",
            ago(*at)
        ),
        What::Retired { database, since } => format!("{database} is retired and not looked at; {}", ago(*since)),
        What::LastCreate { error: None } => "last one ended well".to_owned(),
        What::LastCreate { error: Some(error) } => format!("last one failed; {error}"),
        What::Drill { last, max_age } => {
            let allowed = max_age.map_or_else(String::new, |age| format!(", allowed {age}"));
            match last {
                None => "never".to_owned(),
                Some((id, at, true)) => format!("last one is {}{allowed}; {}", when(*at), named(id)),
                Some((id, at, false)) => format!("last one failed, {}; {}", when(*at), named(id)),
            }
        }
        What::File { id, fault } => format!("{}; {fault}", named(id)),
        What::Files { whole } => format!("{} archives are as recorded", count(*whole as u64)),
        What::Space { space, min_free } => {
            let percent = 100.0 * space.free as f64 / (space.total as f64).max(1.0);
            format!(
                "{} of {} are free ({percent:.0}%), {min_free}% are wanted",
                bytes(space.free),
                bytes(space.total)
            )
        }
        What::History { chain: Ok(entries) } => format!("{} entries, none was changed", count(*entries)),
        What::History {
            chain: Err((number, what)),
        } => format!("broken at entry {number}; {what}"),
    }
}

fn amount(amount: &Amount) -> String {
    format!("{}, {} rows", bytes(amount.bytes), count(amount.rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::health::Check;
    use crate::storage::Space;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    /// A report with every kind of check, good and bad.
    fn health() -> Health {
        let id = |day: u32| format!("202611{day:02}T020000Z_before_the_migration_of_everything_to_something_else_yet");
        let at = |day: u32| format!("2026-11-{day:02}T02:00:00Z").parse().unwrap();
        let amount = |gib: u64, rows| Amount { bytes: gib << 30, rows };
        let max_age = "24h".parse().unwrap();
        let app = || {
            Some(Subject {
                database: "app".to_owned(),
                environment: Some("production".to_owned()),
            })
        };
        let shop = || {
            Some(Subject {
                database: "shop \u{1b}[31m with a long name".to_owned(),
                environment: None,
            })
        };
        let check = |good, subject, what| Check { good, subject, what };
        let drill = |day, good| What::Drill {
            last: Some((id(day), at(day), good)),
            max_age: Some("30d".parse().unwrap()),
        };
        let space = |free: u64| What::Space {
            space: Space {
                free: free << 30,
                total: 100 << 30,
            },
            min_free: 10.0,
        };
        let checks = vec![
            check(
                true,
                app(),
                What::Newest {
                    newest: Some((id(22), at(22))),
                    max_age,
                },
            ),
            check(
                true,
                app(),
                What::Size {
                    now: amount(5, 1_234_567),
                    usual: amount(6, 1_300_000),
                    of: 5,
                },
            ),
            check(true, app(), What::LastCreate { error: None }),
            check(true, app(), drill(20, true)),
            check(
                false,
                shop(),
                What::Newest {
                    newest: Some((id(19), at(19))),
                    max_age,
                },
            ),
            check(false, shop(), What::Newest { newest: None, max_age }),
            check(
                false,
                shop(),
                What::Size {
                    now: amount(1, 17),
                    usual: amount(6, 1_300_000),
                    of: 3,
                },
            ),
            check(
                false,
                shop(),
                What::LastCreate {
                    error: Some("cannot connect to `db1`: connection refused".to_owned()),
                },
            ),
            check(
                false,
                shop(),
                What::Future {
                    count: 2,
                    first: id(30),
                },
            ),
            check(
                true,
                shop(),
                What::Verified {
                    whole: Some((id(19), at(19))),
                    sample: Some((id(2), at(20))),
                },
            ),
            check(false, shop(), drill(2, false)),
            check(
                false,
                shop(),
                What::Drill {
                    last: None,
                    max_age: Some(max_age),
                },
            ),
            check(
                false,
                None,
                What::File {
                    id: id(1),
                    fault: "its archive has 17 bytes, its record says 5368709120".to_owned(),
                },
            ),
            check(true, None, What::Files { whole: 38 }),
            check(
                true,
                None,
                What::LeftOver {
                    files: 3,
                    bytes: 7 << 30,
                    begun: 2,
                },
            ),
            check(
                false,
                None,
                What::Scratch {
                    database: "pgark_drill_20261119_030000_a1b2c3d4e5f6".to_owned(),
                    server: "spare.example.com:5432/postgres".to_owned(),
                    at: at(19),
                },
            ),
            check(
                true,
                None,
                What::Retired {
                    database: "crm".to_owned(),
                    since: at(2),
                },
            ),
            check(false, None, space(5)),
            check(true, None, What::History { chain: Ok(1_234) }),
            check(
                false,
                None,
                What::History {
                    chain: Err((17, "it does not follow the one before".to_owned())),
                },
            ),
        ];
        Health {
            checks,
            figures: Vec::new(),
            space: Space { free: 0, total: 0 },
        }
    }

    #[test]
    fn the_screen_is_as_it_was_looked_at() {
        let text = screen(&health(), now());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        crate::cli::testing::assert_screen("health", &text);
    }
}
