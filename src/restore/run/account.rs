//! The account of a restore: what was defined, what failed, what was skipped and what is lost, by entry.
//!
//! There is one account, which the phases and the crew hand to each other. An entry is lost when its definition failed
//! or when it was skipped. What needs a lost entry is skipped too, and its reason is the first cause in the chain:
//! something that was not tried is never said to have failed.

use std::collections::HashMap;

use crate::connect::ConnectError;
use crate::model::{Entry, EntryId};
use crate::restore::error::RestoreError;
use crate::restore::failure::{Cause, Failure, Part, Skipped, Subject};

/// Everything that has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The first failure is to end the restore.
    exit_on_error: bool,
    /// Globals that were executed, whatever came of their statements.
    pub globals: u64,
    /// Entries that were made.
    pub entries: u64,
    /// Rows of tables that were stored.
    pub rows: u64,
    pub failures: Vec<Failure>,
    pub skipped: Vec<Skipped>,
    /// Entries that do not exist, each with the reason to give to what needs it.
    lost: HashMap<EntryId, Cause>,
}

impl Account {
    pub(crate) fn new(exit_on_error: bool) -> Self {
        Self {
            exit_on_error,
            ..Self::default()
        }
    }

    /// Whether the first failure is to end the restore.
    pub(crate) fn exits_on_error(&self) -> bool {
        self.exit_on_error
    }

    /// Lists a failure that did not prevent the object itself, or ends the restore with it.
    pub(crate) fn note(&mut self, failure: Failure, error: ConnectError) -> Result<(), RestoreError> {
        if error.is_fatal() {
            return Err(RestoreError::Server {
                doing: failure.to_string(),
                source: error,
            });
        }
        if self.exit_on_error {
            return Err(RestoreError::Failed {
                failure: Box::new(failure),
            });
        }
        self.failures.push(failure);
        Ok(())
    }

    /// Notes that the definition of an entry failed.
    pub(crate) fn lose(&mut self, entry: &Entry) {
        self.lost.insert(entry.id, Cause::Failed(Subject::entry(entry)));
    }

    /// Notes entries that the target cannot have, each with the reason: nothing of them is tried.
    pub(crate) fn leave_out(&mut self, entries: impl IntoIterator<Item = (EntryId, String)>) {
        let entries = entries.into_iter();
        self.lost.extend(entries.map(|(id, why)| (id, Cause::Lacking(why))));
    }

    /// Lists something that is not tried.
    pub(crate) fn skip(&mut self, what: Subject, because: Cause) {
        if let Subject::Entry {
            id,
            part: Part::Definition,
            ..
        } = what
        {
            self.lost.insert(id, because.clone());
        }
        self.skipped.push(Skipped { what, because });
    }

    /// Why this entry does not exist; `None` unless it is lost.
    pub(crate) fn cause(&self, id: EntryId) -> Option<&Cause> {
        self.lost.get(&id)
    }

    pub(crate) fn is_lost(&self, id: EntryId) -> bool {
        self.lost.contains_key(&id)
    }

    /// Why this entry cannot be made: the cause of the first lost entry that it needs.
    pub(crate) fn cause_of_needs(&self, entry: &Entry) -> Option<&Cause> {
        let mut needs = entry.depends_on.iter().chain(&entry.parent);
        needs.find_map(|id| self.cause(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn entry(id: EntryId, kind: Kind, depends_on: &[EntryId]) -> Entry {
        Entry {
            id,
            kind,
            identity: format!("public.e{id}"),
            depends_on: depends_on.to_vec(),
            ..Entry::default()
        }
    }

    #[test]
    fn what_was_skipped_is_not_said_to_have_failed() {
        let failed = entry(1, Kind::Constraint, &[]);
        let skipped = entry(2, Kind::MaterializedView, &[1]);
        let last = entry(3, Kind::View, &[2]);
        let mut account = Account::new(false);
        account.lose(&failed);
        for entry in [&skipped, &last] {
            let because = account.cause_of_needs(entry).cloned().expect("lost");
            account.skip(Subject::entry(entry), because);
        }
        let told: Vec<String> = account
            .skipped
            .iter()
            .map(|s| format!("{}, because {}", s.what, s.because))
            .collect();
        assert_eq!(
            told,
            [
                "MATERIALIZED VIEW public.e2, because CONSTRAINT public.e1 failed",
                "VIEW public.e3, because CONSTRAINT public.e1 failed",
            ]
        );
        assert_eq!(account.cause(3), Some(&Cause::Failed(Subject::entry(&failed))));
    }

    #[test]
    fn entries_of_one_name_are_told_apart() {
        let (one, other) = (
            entry(1, Kind::Rule, &[]),
            Entry {
                id: 2,
                ..entry(1, Kind::Rule, &[])
            },
        );
        let mut account = Account::new(false);
        account.lose(&one);
        assert_eq!(account.cause_of_needs(&entry(3, Kind::View, &[2])), None);
        assert_eq!(one.identity, other.identity);
        assert!(account.is_lost(1) && !account.is_lost(other.id));
    }

    #[test]
    fn what_the_target_cannot_have_is_the_cause_of_what_needs_it() {
        let mut account = Account::new(false);
        account.leave_out([(1, "the target has no extension gone".to_owned())]);
        let needs = entry(2, Kind::Table, &[1]);
        let cause = account.cause_of_needs(&needs).map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("the target has no extension gone"));
        assert!(account.skipped.is_empty());
    }
}
