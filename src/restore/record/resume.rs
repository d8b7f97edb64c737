//! When a restore begins a record, when it continues one, and when it refuses to.

use crate::connect::Control;
use crate::plan::restore::select::Selection;
use crate::restore::error::{RestoreError, doing};
use crate::restore::failure::Failure;
use crate::restore::options::RestoreOptions;
use crate::restore::record::alone;
use crate::restore::record::journal::{Done, Found, Journal};
use crate::restore::run::account::Account;

/// What earlier runs of this restore have done in this database; `None` if this run begins anew. From here on no other
/// process can run the same restore here.
pub(in crate::restore) fn earlier(
    control: &Control,
    journal: &Journal,
    options: &RestoreOptions,
) -> Result<Option<Done>, RestoreError> {
    alone::be(control, journal.key)?;
    let schema = || journal.name().to_owned();
    match journal.find(control)? {
        Found::Record(done) if options.resume => Ok(Some(done)),
        Found::Lost if options.resume => Err(RestoreError::RecordLost { schema: schema() }),
        Found::Nothing if options.resume => {
            let others = journal
                .others(control)
                .map_err(doing("cannot look for other restores"))?;
            match others.is_empty() {
                true => Ok(None),
                false => Err(RestoreError::OtherRecords {
                    schemas: others.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                }),
            }
        }
        Found::Nothing => Ok(None),
        // The user asked to drop what exists and to begin anew.
        Found::Record(_) | Found::Lost if options.clean => {
            journal
                .drop(control)
                .map_err(doing("cannot drop the record of an earlier restore"))?;
            Ok(None)
        }
        Found::Record(_) | Found::Lost => Err(RestoreError::Unfinished { schema: schema() }),
    }
}

/// The reason for which a restore that begins anew would be refused, if there is one.
pub(in crate::restore) fn stands_in_the_way(
    control: &Control,
    journal: &Journal,
) -> Result<Option<String>, RestoreError> {
    let schema = journal.name().to_owned();
    Ok(match journal.find(control)? {
        Found::Nothing => None,
        Found::Record(_) | Found::Lost => Some(RestoreError::Unfinished { schema }.to_string()),
    })
}

/// Makes the record, before anything else is changed. A role that may not make it can restore without one.
pub(in crate::restore) fn begin(
    control: &Control,
    journal: Journal,
    selection: &Selection,
) -> Result<Option<Journal>, RestoreError> {
    if selection.entries.is_empty() && selection.relations.is_empty() {
        return Ok(None);
    }
    match journal.create(control) {
        Ok(()) => Ok(Some(journal)),
        Err(error) if error.is_fatal() => Err(doing("cannot begin the record of the restore")(error)),
        Err(_) => Ok(None),
    }
}

/// Drops the record at the end of a restore. A failure to drop it is listed in the account.
pub(in crate::restore) fn end(control: &Control, journal: &Journal, account: &mut Account) -> Result<(), RestoreError> {
    let Err(error) = journal.drop(control) else {
        return Ok(());
    };
    if error.is_fatal() {
        return Err(doing("cannot drop the record of the restore")(error));
    }
    account.failures.push(Failure::of_record(journal.name(), &error));
    Ok(())
}
