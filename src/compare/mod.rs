//! Compares two databases, each of them live or in an archive: objects, rows, sequences.
//!
//! A live side is read like a dump: one snapshot, the same catalog queries, the same COPY streams over several
//! sessions; its rows are hashed instead of stored. Rows are equal when their number and the sum of their hashes are
//! equal, whatever their order. Columns are matched by name, in the order of an archive if there is one, else of the
//! first side. A hash is made of a row's COPY data. If only one side can give them in binary, or the columns are of
//! different types, both sides are hashed as text. Tables with stored generated columns are read once more for the
//! values of these columns: COPY does not give them, and an archive has only their digest.

mod content;
mod default_privileges;
mod definitions;
pub(crate) mod error;
mod generated;
mod large_objects;
mod limit;
mod line;
mod public_schema;
pub(crate) mod report;
pub(crate) mod rows;
mod settled;
mod side;
mod spelling;

pub(crate) use crate::live::Content;
pub use definitions::Ignore;
pub use error::CompareError;
pub use report::{CompareReport, ComparedTable, Difference, NotCompared, Which};
pub use side::Place;

use content::Apart;
use spelling::Majors;

use crate::job::Job;
use crate::model::Relation;
use crate::plan::choose::filter::Filter;
use crate::select::pattern::PatternError;
use crate::version::since;

/// How to compare.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Sessions per live side.
    pub jobs: usize,
    /// Aspects that make no difference.
    pub ignore: Ignore,
    /// Also count the rows that cannot be compared, and list the objects that only one side has.
    pub details: bool,
}

/// Compares `a` with `b`. The filter of `filter_for` limits live sides, and the entries of an archive by name.
pub fn run(
    a: &Place,
    b: &Place,
    options: &CompareOptions,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    job: &Job,
) -> Result<CompareReport, CompareError> {
    let mut first = side::open(a, filter_for, job)?;
    let mut second = side::open(b, filter_for, job)?;
    even_out_defaults(&mut first, &mut second);
    let mut report = CompareReport::default();
    let majors = Majors::of(first.major(), second.major());
    definitions::compare(first.catalog(), second.catalog(), majors, options.ignore, &mut report);
    if options.details {
        report.lone = definitions::lone(first.catalog(), second.catalog(), options.ignore);
    }
    large_objects::compare(first.catalog(), second.catalog(), options.ignore, &mut report);
    let mut pairs = content::pair(
        first.catalog(),
        second.catalog(),
        (first.is_hashed(), second.is_hashed()),
        &mut report.differences,
    );
    let across_infinity = majors.cross(since::INFINITE_INTERVALS);
    content::choose_formats(
        &mut pairs,
        across_infinity,
        |r| first.gives_binary(r),
        |r| second.gives_binary(r),
    );
    let apart = match options.details {
        true => content::choose_formats_apart(&pairs, |r| first.gives_binary(r), |r| second.gives_binary(r)),
        false => Vec::new(),
    };
    let read = |paired: &[Relation], of: fn(&Apart) -> Option<&Relation>| -> Vec<Relation> {
        paired.iter().chain(apart.iter().filter_map(of)).cloned().collect()
    };
    let read_a = read(&pairs.a, |apart| apart.a.as_ref());
    let read_b = read(&pairs.b, |apart| apart.b.as_ref());
    let contents_a = first.digests(&read_a, options.jobs, job)?;
    let contents_b = second.digests(&read_b, options.jobs, job)?;
    content::compare(&pairs, &apart, &contents_a, &contents_b, &mut report);
    let (generated, not_compared) = generated::pair(&first, &second, &pairs);
    report.generated_not_compared = not_compared;
    let generated_a = first.generated(&generated.a, options.jobs, job)?;
    let generated_b = second.generated(&generated.b, options.jobs, job)?;
    generated::compare(&generated, &generated_a, &generated_b, &mut report);
    content::compare_sequences(&first.sequences()?, &second.sequences()?, &mut report);
    for (which, side) in [(Which::A, &first), (Which::B, &second)] {
        report
            .not_covered
            .extend(side.catalog().not_covered.iter().map(|kind| (which, kind.clone())));
        let partial = side.catalog().partial.iter();
        report.partial.extend(partial.map(|missing| (which, missing.clone())));
        report.brief_locks.extend(side.has_brief_locks().then_some(which));
    }
    Ok(report)
}

/// Removes the defaults of two majors that nobody has changed, because they are no difference.
fn even_out_defaults(a: &mut side::Side, b: &mut side::Side) {
    let (older, newer) = if a.major() < b.major() { (a, b) } else { (b, a) };
    let majors = (older.major(), newer.major());
    if public_schema::differs(majors.0, majors.1) {
        let bootstrap = older.bootstrap_superuser();
        public_schema::even_out(older.catalog_mut(), newer.catalog(), bootstrap.as_deref());
    }
    if default_privileges::differ(majors.0, majors.1) {
        default_privileges::even_out(older.catalog_mut());
        default_privileges::even_out(newer.catalog_mut());
    }
}
