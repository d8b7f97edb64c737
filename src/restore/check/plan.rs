//! `--plan`: what a restore would do, resolved against its target.

use crate::connect::Params;
use crate::plan::restore::steps;
use crate::restore::check::misfits::Misfits;
use crate::restore::check::{forecast, preflight};
use crate::restore::error::RestoreError;
use crate::restore::load::input::{Input, head};
use crate::restore::options::RestoreOptions;
use crate::restore::record::journal::{Done, Journal};
use crate::restore::record::resume;
use crate::restore::report::RestorePlan;
use crate::restore::session::connect;
use crate::restore::{database, globals};

/// Checks the target as a restore does, and changes nothing there.
pub(crate) fn plan(input: &mut Input, params: &Params, options: &RestoreOptions) -> Result<RestorePlan, RestoreError> {
    let (source, mut catalog) = head(input, options)?;
    let control = connect(params, options)?;
    let of_globals = globals::adapt(&control, &mut catalog, options)?;
    let mut prepared = preflight::check(&control, input, &catalog, options, &catalog.globals, &Done::default())?;
    let misfits = Misfits::new(of_globals, &prepared.fitted, &catalog, control.server_version());
    prepared.fitted.apply(&mut catalog);
    prepared.rest.apply(&mut catalog);
    let database = if options.create {
        source.database.clone()
    } else {
        database::current(&control)?
    };
    let mut forecast = forecast::ask(&control, options, &source, &catalog, &prepared)?;
    if !options.create && !options.clean {
        let journal = Journal::new(input.id(), options);
        forecast.refusals.extend(resume::stands_in_the_way(&control, &journal)?);
    }
    Ok(RestorePlan {
        forecast,
        database,
        steps: steps::build(&catalog, &prepared.selection, &prepared.weights),
        selection: prepared.selection,
        // With --create the database is new, so nothing in it can conflict.
        conflicts: if options.create { Vec::new() } else { prepared.conflicts },
        missing: prepared.missing,
        missing_tables: prepared.missing_tables,
        needs: prepared.needs,
        weights: prepared.weights,
        misfits,
        spared: prepared.rest.spared,
        catalog,
    })
}
