//! A retention policy, made from its file and the options of a command, and checked. Pure.
//!
//! An option replaces the key of its name in the file, and only that key: `--keep-daily 30` leaves the file's weeks as
//! they are, `--keep-daily 0` removes its days, and `--keep-label` replaces all of its patterns.

use std::fmt;

use serde::Deserialize;

use super::calendar::Tier;
use super::label::LabelPattern;
use crate::plan::age::Age;

/// The settings of a policy file or of options. The keys are the options' names with `_` for `-`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    pub keep_last: Option<u32>,
    pub keep_hourly: Option<u32>,
    pub keep_daily: Option<u32>,
    pub keep_weekly: Option<u32>,
    pub keep_monthly: Option<u32>,
    pub keep_yearly: Option<u32>,
    pub keep_within: Option<Age>,
    pub keep_label: Option<Vec<LabelPattern>>,
    pub keep_min: Option<u32>,
    pub keep_safety: Option<Age>,
    pub keep_failed: Option<Age>,
    pub keep_retired: Option<Age>,
    pub trash_age: Option<Age>,
}

/// The snapshots to keep. No policy keeps nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How many stretches of each tier are kept; none of the numbers is 0.
    pub tiers: Vec<(Tier, u32)>,
    pub within: Option<Age>,
    pub labels: Vec<LabelPattern>,
    /// How many of the newest snapshots of every series stay whatever the rules say; at least 1.
    pub minimum: u32,
    /// How long a state that a rollback replaced is kept.
    pub safety: Age,
    /// How long the remains of a failed create are kept.
    pub failed: Age,
    /// How long the snapshots of a retired database are kept.
    pub retired: Age,
    /// How long deleted snapshots stay in the trash.
    pub trash: Age,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    #[error("the policy has no rule that keeps anything: give at least one of {RULES}")]
    KeepsNothing,
    #[error("the policy keeps by label alone, and no snapshot has one that matches {patterns}")]
    NoLabelMatches { patterns: String },
    #[error("`keep_min` is at least 1: the newest good snapshot always stays")]
    NoMinimum,
    #[error("{0}")]
    File(String),
}

const RULES: &str =
    "keep-last, keep-hourly, keep-daily, keep-weekly, keep-monthly, keep-yearly, keep-within, keep-label";

const DEFAULT_AGE: Age = Age::days(7);
const DEFAULT_RETIRED: Age = Age::days(30);

/// A policy file as an example.
#[cfg(test)]
pub(crate) const EXAMPLE: &str = "\
# What `pgark prune` keeps of each database: 14 daily, 12 weekly, 12 monthly, releases for ever.
keep_daily = 14
keep_weekly = 12
keep_monthly = 12
keep_label = [\"release-*\"]
";

impl Keys {
    /// Reads a policy file.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        toml::from_str(text).map_err(|error| PolicyError::File(error.to_string().trim_end().to_owned()))
    }

    /// These settings, completed by those of `file`.
    pub fn or(self, file: Self) -> Self {
        Self {
            keep_last: self.keep_last.or(file.keep_last),
            keep_hourly: self.keep_hourly.or(file.keep_hourly),
            keep_daily: self.keep_daily.or(file.keep_daily),
            keep_weekly: self.keep_weekly.or(file.keep_weekly),
            keep_monthly: self.keep_monthly.or(file.keep_monthly),
            keep_yearly: self.keep_yearly.or(file.keep_yearly),
            keep_within: self.keep_within.or(file.keep_within),
            keep_label: self.keep_label.or(file.keep_label),
            keep_min: self.keep_min.or(file.keep_min),
            keep_safety: self.keep_safety.or(file.keep_safety),
            keep_failed: self.keep_failed.or(file.keep_failed),
            keep_retired: self.keep_retired.or(file.keep_retired),
            trash_age: self.trash_age.or(file.trash_age),
        }
    }

    /// How long the trash is kept; this needs no rule.
    pub fn trash(&self) -> Age {
        self.trash_age.unwrap_or(DEFAULT_AGE)
    }

    /// The policy that these settings describe.
    ///
    /// # Errors
    /// [`PolicyError::KeepsNothing`], [`PolicyError::NoMinimum`].
    pub fn policy(self) -> Result<Policy, PolicyError> {
        let trash = self.trash();
        let counts = [
            (Tier::Last, self.keep_last),
            (Tier::Hourly, self.keep_hourly),
            (Tier::Daily, self.keep_daily),
            (Tier::Weekly, self.keep_weekly),
            (Tier::Monthly, self.keep_monthly),
            (Tier::Yearly, self.keep_yearly),
        ];
        let tiers = counts.into_iter().map(|(tier, count)| (tier, count.unwrap_or(0)));
        let policy = Policy {
            tiers: tiers.filter(|(_, count)| *count > 0).collect(),
            within: self.keep_within,
            labels: self.keep_label.unwrap_or_default(),
            minimum: self.keep_min.unwrap_or(1),
            safety: self.keep_safety.unwrap_or(DEFAULT_AGE),
            failed: self.keep_failed.unwrap_or(DEFAULT_AGE),
            retired: self.keep_retired.unwrap_or(DEFAULT_RETIRED),
            trash,
        };
        policy.check()?;
        Ok(policy)
    }
}

impl Policy {
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        if self.minimum == 0 {
            return Err(PolicyError::NoMinimum);
        }
        match self.labels.is_empty() && !self.keeps_by_time() {
            true => Err(PolicyError::KeepsNothing),
            false => Ok(()),
        }
    }

    /// Whether labels are the only rule. Such a policy keeps nothing if no label matches, e.g. because a pattern is
    /// misspelt.
    pub(super) fn keeps_labels_only(&self) -> bool {
        !self.labels.is_empty() && !self.keeps_by_time()
    }

    fn keeps_by_time(&self) -> bool {
        self.tiers.iter().any(|(_, count)| *count > 0) || self.within.is_some_and(|age| age != Age::default())
    }
}

/// `daily 14, weekly 12, label release-*, at least 1; safety 7d, failed 7d, trash 7d`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (tier, count) in &self.tiers {
            write!(f, "{tier} {count}, ")?;
        }
        if let Some(age) = self.within {
            write!(f, "within {age}, ")?;
        }
        for label in &self.labels {
            write!(f, "label {label}, ")?;
        }
        let Self {
            minimum,
            safety,
            failed,
            trash,
            ..
        } = self;
        write!(f, "at least {minimum}; safety {safety}, failed {failed}, trash {trash}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_what_it_says() {
        let policy = Keys::parse(EXAMPLE).and_then(Keys::policy).expect("a policy");
        let expected = [(Tier::Daily, 14), (Tier::Weekly, 12), (Tier::Monthly, 12)];
        assert_eq!(policy.tiers, expected);
        assert_eq!(policy.labels[0].text(), "release-*");
        assert_eq!((policy.minimum, policy.trash), (1, Age::days(7)));
        let told = "daily 14, weekly 12, monthly 12, label release-*, at least 1; safety 7d, failed 7d, trash 7d";
        assert_eq!(policy.to_string(), told);
    }

    #[test]
    fn options_take_the_place_of_keys_one_by_one() {
        let file =
            Keys::parse("keep_daily = 14\nkeep_weekly = 4\nkeep_label = ['a*']\ntrash_age = '3d'").expect("keys");
        let options = Keys {
            keep_daily: Some(0),
            keep_last: Some(2),
            keep_label: Some(vec![LabelPattern::parse("b*").expect("a pattern")]),
            ..Keys::default()
        };
        let policy = options.or(file).policy().expect("a policy");
        assert_eq!(policy.tiers, [(Tier::Last, 2), (Tier::Weekly, 4)]);
        assert_eq!(policy.labels.iter().map(LabelPattern::text).collect::<Vec<_>>(), ["b*"]);
        assert_eq!(policy.trash, Age::days(3));
    }

    #[test]
    fn a_policy_that_keeps_nothing_is_refused() {
        for text in [
            "",
            "keep_last = 0",
            "keep_min = 3",
            "keep_within = '0h'",
            "keep_label = []\nkeep_failed = '1y'\nkeep_safety = '1y'\ntrash_age = '1y'",
        ] {
            let policy = Keys::parse(text).and_then(Keys::policy);
            assert_eq!(policy, Err(PolicyError::KeepsNothing), "{text}");
        }
        let policy = Keys::parse("keep_last = 1\nkeep_min = 0").and_then(Keys::policy);
        assert_eq!(policy, Err(PolicyError::NoMinimum));
    }

    #[test]
    fn mistakes_in_a_file_are_told_with_their_place() {
        for (text, told) in [
            ("keep_last = 1\nkeep_dialy = 2", "unknown field `keep_dialy`"),
            ("keep_last = -1", "keep_last = -1"),
            ("keep_last = '5'", "keep_last = '5'"),
            ("keep_within = '5 days'", "`5 days` is not a span of time"),
            ("keep_label = ['']", "label is empty"),
            ("keep_label = 'x'", "keep_label = 'x'"),
            ("keep_last = 1\nkeep_last = 2", "line 2"),
            ("[app]\nkeep_last = 1", "unknown field `app`"),
        ] {
            let error = Keys::parse(text).expect_err(text).to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
