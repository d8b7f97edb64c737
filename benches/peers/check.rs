//! Whether what was restored is what was there: `pgark compare` with every number of connections and COPY format.

use super::cases::{Bench, MIXED, SMALL, Subject};
use super::options::Part;
use super::tool::{Share, Tool, pgark};
use super::{Failure, process};

const COPY: &str = "checked";
const FORMAT_OPTION: &str = "--copy-format";

/// Equal, or an error that has the differences.
pub fn run(bench: &Bench) -> Result<String, Failure> {
    let formats = formats()?;
    let mut done = Vec::new();
    for format in &formats {
        for jobs in &bench.options.jobs {
            check(bench, MIXED, *jobs, format.as_deref())?;
            done.push(label(MIXED, *jobs, format.as_deref()));
        }
        if bench.options.runs_part(Part::Small) {
            check(bench, SMALL, 2, format.as_deref())?;
            done.push(label(SMALL, 2, format.as_deref()));
        }
    }
    Ok(format!(
        "\n`pgark compare` of source, archive and copy: equal for {}.\n",
        done.join("; ")
    ))
}

fn label(subject: Subject, jobs: u16, format: Option<&str>) -> String {
    let format = format.map_or_else(String::new, |format| format!(" {FORMAT_OPTION} {format}"));
    format!("{} -j{jobs}{format}", subject.database)
}

fn check(bench: &Bench, subject: Subject, jobs: u16, format: Option<&str>) -> Result<(), Failure> {
    let cluster = bench.cluster;
    let archive = cluster.archive("checked");
    let mut dump = Tool::Pgark.dump(cluster, subject.database, None, jobs, &archive);
    if let Some(format) = format {
        dump.args([FORMAT_OPTION, format]);
    }
    process::run(dump)?;
    cluster.create(COPY, "template0")?;
    process::run(Tool::Pgark.restore(cluster, &archive, Share::Whole, jobs, COPY))?;
    let (source, copy) = (cluster.conninfo(subject.database), cluster.conninfo(COPY));
    let archive = archive.to_string_lossy().into_owned();
    for (a, b) in [(&archive, &copy), (&source, &copy)] {
        let mut compare = pgark("compare");
        compare.args([a, b]).arg(format!("-j{jobs}")).arg("-q");
        process::run(compare)?;
    }
    eprintln!("equal: {}", label(subject, jobs, format));
    cluster.drop(COPY)
}

/// What the program offers, as its help lists it: `[possible values: auto, binary, text]`. A program without a choice has one way.
fn formats() -> Result<Vec<Option<String>>, Failure> {
    let mut help = pgark("dump");
    help.arg("--help");
    let help = process::run(help)?.stdout;
    let Some((_, after)) = help.split_once(FORMAT_OPTION) else {
        return Ok(vec![None]);
    };
    let of_this_option = after.split("\n      --").next().unwrap_or(after);
    let named = ["auto", "binary", "text"]
        .iter()
        .filter(|format| of_this_option.contains(**format));
    let formats: Vec<_> = named.map(|format| Some((*format).to_owned())).collect();
    if formats.is_empty() {
        return Err(format!("`pgark dump --help` does not say what {FORMAT_OPTION} takes"));
    }
    Ok(formats)
}
