//! The options that say what `pgark prune` keeps.

use crate::plan::age::Age;
use crate::plan::retention::{Keys, LabelPattern};

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct PolicyOptions {
    /// The newest N
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_last: Option<u32>,
    /// The newest of each of the newest N hours that have any
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_hourly: Option<u32>,
    /// The same of days
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_daily: Option<u32>,
    /// The same of weeks, which begin on Mondays
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_weekly: Option<u32>,
    /// The same of months
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_monthly: Option<u32>,
    /// The same of years
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_yearly: Option<u32>,
    /// All that are at most so much older than the newest good one, e.g. 24h, 7d, 2w, 6m, 1y
    #[arg(long, value_name = "AGE", help_heading = "What is kept")]
    keep_within: Option<Age>,
    /// All with a label like this, with * and ?; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = LabelPattern::parse, help_heading = "What is kept")]
    keep_label: Vec<LabelPattern>,
    /// The newest N good ones, whatever else is said [default: 1]
    #[arg(long, value_name = "N", help_heading = "What is kept")]
    keep_min: Option<u32>,
    /// What rollbacks replaced, for so long [default: 7d]
    #[arg(long, value_name = "AGE", help_heading = "What is kept")]
    keep_safety: Option<Age>,
    /// What failed creates left, for so long [default: 7d]
    #[arg(long, value_name = "AGE", help_heading = "What is kept")]
    keep_failed: Option<Age>,
    /// All of a database that was retired (`pgark snapshot retire`), for so long after that [default: 30d]
    #[arg(long, value_name = "AGE", help_heading = "What is kept")]
    keep_retired: Option<Age>,
    /// How long deleted snapshots stay in the trash [default: 7d]
    #[arg(long, value_name = "AGE", help_heading = "What is kept")]
    trash_age: Option<Age>,
}

impl PolicyOptions {
    pub(crate) fn keys(&self) -> Keys {
        Keys {
            keep_last: self.keep_last,
            keep_hourly: self.keep_hourly,
            keep_daily: self.keep_daily,
            keep_weekly: self.keep_weekly,
            keep_monthly: self.keep_monthly,
            keep_yearly: self.keep_yearly,
            keep_within: self.keep_within,
            keep_label: (!self.keep_label.is_empty()).then(|| self.keep_label.clone()),
            keep_min: self.keep_min,
            keep_safety: self.keep_safety,
            keep_failed: self.keep_failed,
            keep_retired: self.keep_retired,
            trash_age: self.trash_age,
        }
    }
}
