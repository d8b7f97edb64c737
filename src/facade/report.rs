//! What the builders tell when they are done, and what a repository says of its snapshots.

pub use crate::compare::{CompareReport, ComparedTable, Difference, NotCompared, Which};
pub use crate::connect::ParamsWarning;
pub use crate::dump::DumpReport;
pub use crate::live::Content;
pub use crate::plan::restore::missing::Spared;
pub use crate::repository::record::Record;
pub use crate::repository::{Snapshot, Standing, State};
pub use crate::restore::Misfits;
pub use crate::restore::failure::{Failure, Skipped};
pub use crate::restore::load::damaged::DamagedChunk;
pub use crate::restore::{RestoreReport, Resumed};
pub use crate::snapshot::Created;
