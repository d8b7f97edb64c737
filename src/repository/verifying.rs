//! Checks the archive of a snapshot against itself and against its record, and stores the result.

use jiff::Timestamp;

use super::objects::is_damage;
use super::record::Status;
use super::state::{Depth, Verification};
use super::{Lease, Repository, RepositoryError, Snapshot, Standing, archive_name};
use crate::archive::{self, Archive, ArchiveError, VerifyOptions, VerifyReport};
use crate::job::Job;
use crate::storage::StorageError;

/// The result of a check.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    pub chunks: u64,
    /// What is wrong, in words.
    pub findings: Vec<String>,
    /// The record was incomplete, and was completed from the archive.
    pub adopted: bool,
}

impl Checked {
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }
}

impl std::fmt::Display for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = |number: u64, what: &str| match number {
            1 => format!("1 {what}"),
            _ => format!("{number} {what}s"),
        };
        match self.findings.len() {
            0 => {
                let adopted = if self.adopted { ", its record completed" } else { "" };
                write!(f, "{} intact{adopted}", plural(self.chunks, "chunk"))
            }
            found => f.write_str(&plural(found as u64, "finding")),
        }
    }
}

impl Repository {
    /// Checks a snapshot to the given depth. The job counts bytes of its archive.
    ///
    /// # Errors
    /// Only if it cannot be read, or the check was stopped. Damage is in the result.
    pub fn check(
        &self,
        snapshot: &Snapshot,
        depth: Depth,
        options: VerifyOptions,
        job: &Job,
    ) -> Result<Checked, RepositoryError> {
        let id = snapshot.id();
        let _lease = match self.lease_to_check(snapshot, depth)? {
            Ok(lease) => lease,
            Err(checked) => return Ok(checked),
        };
        let looked = match depth {
            Depth::Full => self.whole(id, options, job),
            Depth::Sample(percent) => self.sample(id, percent, job),
        };
        self.judge(snapshot, depth, looked)
    }

    /// Checks every byte of a snapshot, as [`Repository::check`] does, in an archive that stays open. What is read of it
    /// later is of the file that was checked, whatever has its name by then. `None` if the archive cannot be opened or is
    /// not good.
    ///
    /// # Errors
    /// As there.
    pub fn open_checked(
        &self,
        snapshot: &Snapshot,
        options: VerifyOptions,
        job: &Job,
    ) -> Result<(Checked, Option<(Archive, Lease)>), RepositoryError> {
        let id = snapshot.id();
        let lease = match self.lease_to_check(snapshot, Depth::Full)? {
            Ok(lease) => lease,
            Err(checked) => return Ok((checked, None)),
        };
        let opened = self.storage().open_archive(&archive_name(id));
        let looked = match &opened {
            Ok(archive) => archive.verify(options, job).map(looked).map_err(RepositoryError::from),
            // The check of the whole says more than the first thing that kept it from being opened.
            Err(_) => self.whole(id, options, job),
        };
        let checked = self.judge(snapshot, Depth::Full, looked)?;
        match checked.is_good() {
            true => Ok((checked, Some((opened?, lease)))),
            false => Ok((checked, None)),
        }
    }

    /// The lease for a check, or its result if there is no archive.
    fn lease_to_check(&self, snapshot: &Snapshot, depth: Depth) -> Result<Result<Lease, Checked>, RepositoryError> {
        let id = snapshot.id();
        match self.lease(id) {
            Ok(lease) => Ok(Ok(lease)),
            Err(RepositoryError::Storage(StorageError::Missing { .. }))
                if snapshot.standing == Standing::Incomplete =>
            {
                Ok(Err(wrong("it was begun and never ended: it has no archive")))
            }
            Err(RepositoryError::Storage(StorageError::Missing { .. })) if self.trash().holds(id)? => {
                // A snapshot on its way into the trash is not damaged.
                Err(RepositoryError::NotUsable {
                    id: id.to_owned(),
                    standing: "in the trash".to_owned(),
                })
            }
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => {
                self.note(id, depth, wrong("its archive is missing")).map(Err)
            }
            Err(error) => Err(error),
        }
    }

    /// Holds what was found against the record, and stores the result.
    fn judge(
        &self,
        snapshot: &Snapshot,
        depth: Depth,
        looked: Result<Looked, RepositoryError>,
    ) -> Result<Checked, RepositoryError> {
        let id = snapshot.id();
        let (mut checked, root_digest) = match looked {
            Ok(looked) => looked,
            Err(RepositoryError::Archive(error)) if is_damage(&error) => (wrong(&error.to_string()), None),
            Err(error) => return Err(error),
        };
        let is_recorded = snapshot.unreadable.is_none() && !matches!(snapshot.record.status, Status::Running);
        if checked.is_good() && is_recorded && !Self::is_of_record(&snapshot.record, root_digest) {
            let of = "its root digest is not the one in its record: another archive has its place";
            checked.findings.push(of.to_owned());
        }
        // An incomplete record is completed only if every byte is good.
        if checked.is_good() && !is_recorded && depth == Depth::Full {
            self.adopt(id)?;
            checked.adopted = true;
        }
        self.note(id, depth, checked)
    }

    fn note(&self, id: &str, depth: Depth, checked: Checked) -> Result<Checked, RepositoryError> {
        let verification = Verification {
            at: Timestamp::now(),
            depth,
            good: checked.is_good(),
            findings: checked.findings.len() as u64,
        };
        self.update_state(id, |state| state.verify(verification))?;
        Ok(checked)
    }
}

impl Repository {
    fn whole(&self, id: &str, options: VerifyOptions, job: &Job) -> Result<Looked, RepositoryError> {
        let report = self.storage().verify_archive(&archive_name(id), options, job)?;
        Ok(looked(report))
    }

    /// Checks all metadata, and each chunk with this probability, but at least one chunk.
    fn sample(&self, id: &str, percent: f64, job: &Job) -> Result<Looked, RepositoryError> {
        let archive = self.storage().open_archive(&archive_name(id))?;
        let chunks: Vec<_> = archive.manifest().chunks().collect();
        let mut drawn = Vec::new();
        for chunk in &chunks {
            if random()? < percent / 100.0 {
                drawn.push(chunk);
            }
        }
        if drawn.is_empty()
            && let Some(one) = chunks.get((random()? * chunks.len() as f64) as usize)
        {
            drawn.push(one);
        }
        let total = drawn.iter().map(|c| c.stored_bytes).sum();
        archive.will_read(drawn.iter().copied().copied());
        let mut checked = Checked::default();
        job.progress.set_done(0, total);
        for chunk in drawn {
            match archive.chunk(chunk) {
                Ok(_) => checked.chunks += 1,
                Err(error) => checked.findings.push(error.to_string()),
            }
            job.progress.advance(chunk.stored_bytes);
            if job.is_stopped() {
                return Err(ArchiveError::Stopped.into());
            }
        }
        Ok((checked, Some(archive.root_digest())))
    }
}

fn looked(report: VerifyReport) -> Looked {
    let mut findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    if !report.complete {
        findings.push("it has no trailer: it is incomplete".to_owned());
    }
    let checked = Checked {
        chunks: report.chunks,
        findings,
        adopted: false,
    };
    (checked, report.root_digest)
}

fn wrong(finding: &str) -> Checked {
    Checked {
        findings: vec![finding.to_owned()],
        ..Checked::default()
    }
}

/// The result of a check, and the root digest if the whole archive was read.
type Looked = (Checked, Option<archive::Digest>);

/// A random number from 0 to below 1.
fn random() -> Result<f64, RepositoryError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| RepositoryError::Unknowable {
        what: "a random number",
        source: std::io::Error::other(error.to_string()),
    })?;
    Ok((u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64)
}
