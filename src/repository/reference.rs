//! What a REF stands for: an index, an id, its unique beginning, a label, or `latest`.

use super::record::Kind;
use super::{Repository, RepositoryError, Snapshot, Standing};

pub const LATEST: &str = "latest";
/// More digits are the beginning of an id.
const MAX_INDEX_DIGITS: usize = 6;

impl Repository {
    /// The snapshot that `reference` stands for, among those of `database` if one is named.
    ///
    /// # Errors
    /// [`RepositoryError::Unknown`], [`RepositoryError::NoneComplete`], [`RepositoryError::Ambiguous`].
    pub fn find(&self, reference: &str, database: Option<&str>) -> Result<Snapshot, RepositoryError> {
        find(self.snapshots()?, reference, database)
    }

    /// As [`Repository::find`], to look at it only: a label that no complete snapshot has is the newest with it.
    pub fn find_any(&self, reference: &str) -> Result<Snapshot, RepositoryError> {
        let snapshots = self.snapshots()?;
        let labelled = snapshots.iter().find(|s| s.record.label == reference).cloned();
        match (find(snapshots, reference, None), labelled) {
            (Err(RepositoryError::NoneComplete { .. }), Some(newest)) => Ok(newest),
            (found, _) => found,
        }
    }
}

/// `snapshots` are newest first. An index counts all of them, whatever their database.
pub fn find(
    mut snapshots: Vec<Snapshot>,
    reference: &str,
    database: Option<&str>,
) -> Result<Snapshot, RepositoryError> {
    let (reference_of, database_of) = (|| reference.to_owned(), || database.map(str::to_owned));
    let unknown = || RepositoryError::Unknown {
        reference: reference_of(),
        database: database_of(),
    };
    if reference.len() <= MAX_INDEX_DIGITS && reference.chars().all(|c| c.is_ascii_digit()) && !reference.is_empty() {
        let index = reference.parse().unwrap_or(usize::MAX);
        return snapshots.into_iter().find(|s| s.index == index).ok_or_else(unknown);
    }
    if let Some(position) = snapshots.iter().position(|s| s.record.id == reference) {
        return Ok(snapshots.swap_remove(position));
    }
    snapshots.retain(|s| database.is_none_or(|name| s.record.database == name));
    let is_complete = |s: &Snapshot| s.standing == Standing::Complete;
    if reference == LATEST {
        return snapshots
            .into_iter()
            .find(|s| is_complete(s) && s.record.kind != Kind::Schema && !s.record.safety)
            .ok_or_else(|| RepositoryError::NoneComplete {
                reference: reference_of(),
                database: database_of(),
            });
    }
    let labelled: Vec<&Snapshot> = snapshots.iter().filter(|s| s.record.label == reference).collect();
    if !labelled.is_empty() {
        return labelled
            .iter()
            .find(|s| is_complete(s))
            .map(|s| (*s).clone())
            .ok_or_else(|| RepositoryError::NoneComplete {
                reference: reference_of(),
                database: database_of(),
            });
    }
    let mut begun = snapshots
        .into_iter()
        .filter(|s| !reference.is_empty() && s.record.id.starts_with(reference));
    match (begun.next(), begun.next()) {
        (None, _) => Err(unknown()),
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => Err(RepositoryError::Ambiguous {
            reference: reference_of(),
            count: 2 + begun.count(),
            first: first.record.id,
            second: second.record.id,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::{Record, State};

    fn snapshot(index: usize, id: &str, standing: Standing, change: impl FnOnce(&mut Record)) -> Snapshot {
        let mut record = Record {
            id: id.to_owned(),
            label: id[17..].to_owned(),
            database: "app".to_owned(),
            ..Record::default()
        };
        change(&mut record);
        Snapshot {
            index,
            record,
            state: State::default(),
            standing,
            unreadable: None,
        }
    }

    fn some() -> Vec<Snapshot> {
        use Standing::{Complete, Failed, Partial};
        vec![
            snapshot(1, "20261122T000004Z_emergency_pre_rollback", Complete, |r| {
                r.safety = true
            }),
            snapshot(2, "20261122T000003Z_nightly", Failed, |_| ()),
            snapshot(3, "20261122T000002Z_structure", Complete, |r| r.kind = Kind::Schema),
            snapshot(4, "20261122T000001Z_half", Partial, |_| ()),
            snapshot(5, "20261122T000000Z_other", Complete, |r| r.database = "shop".into()),
            snapshot(6, "20261121T000001Z_nightly", Complete, |_| ()),
            snapshot(7, "20261121T000000Z_nightly", Complete, |_| ()),
        ]
    }

    fn index(reference: &str, database: Option<&str>) -> Option<usize> {
        find(some(), reference, database).ok().map(|s| s.index)
    }

    #[test]
    fn each_form_finds_its_snapshot() {
        assert_eq!(index("2", None), Some(2));
        assert_eq!(index("8", None), None);
        assert_eq!(index("0", None), None);
        assert_eq!(index("20261122T000003Z_nightly", None), Some(2));
        assert_eq!(index("nightly", None), Some(6));
        assert_eq!(index("half", None), None);
        assert_eq!(index("20261121T000000", None), Some(7));
        assert!(matches!(
            find(some(), "20261121", None),
            Err(RepositoryError::Ambiguous { count: 2, .. })
        ));
        assert_eq!(index("", None), None);
        assert_eq!(index("nothing", None), None);
    }

    #[test]
    fn latest_is_complete_with_rows_and_no_safety_snapshot() {
        assert_eq!(index(LATEST, None), Some(5));
        assert_eq!(index(LATEST, Some("app")), Some(6));
        assert!(matches!(
            find(some(), LATEST, Some("none")),
            Err(RepositoryError::NoneComplete { .. })
        ));
    }
}
