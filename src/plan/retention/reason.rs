//! The reasons why a snapshot stays or goes, in a few words each.

use std::fmt;

use super::Condition;
use super::calendar::Tier;
use crate::plan::age::Age;

/// The decision about a snapshot, with every reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It stays, for at least one reason.
    Keep(Vec<Keep>),
    Delete(Delete),
}

impl Verdict {
    #[cfg(test)]
    pub(crate) fn is_keep(&self) -> bool {
        matches!(self, Self::Keep(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    Pinned,
    /// It is dated after now.
    Future,
    /// Being written.
    Running,
    /// It is one of the newest good ones of its series, which always stay.
    Minimum {
        number: u32,
        of: u32,
    },
    Tier {
        tier: Tier,
        number: u32,
        of: u32,
        /// It is not the newest of its stretch, but the oldest of all in a tier that is not full.
        oldest: bool,
    },
    Within {
        age: Age,
    },
    Label {
        pattern: String,
    },
    /// It is not good, and there is no newer one that is.
    NoNewerGood {
        condition: Condition,
    },
    /// It is not good; if it were, this rule would keep it.
    IfGood {
        condition: Condition,
        rule: Box<Keep>,
    },
    /// A rollback replaced this state not long ago.
    Safety {
        age: Age,
    },
    /// A rollback replaced this state, and no good snapshot was taken since.
    NothingSince,
    /// A create left this behind not long ago.
    Leftover {
        condition: Condition,
        age: Age,
    },
    /// Its database was retired not long ago.
    Retired {
        age: Age,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delete {
    /// It is good, but no rule keeps it.
    PastRules,
    /// It is not good, no rule would keep it if it were, and a newer one is good.
    NotGood { condition: Condition },
    /// A rollback replaced this state long ago.
    Safety { age: Age },
    /// A create left this behind long ago.
    Leftover { condition: Condition, age: Age },
    /// Its database was retired long ago.
    Retired { age: Age },
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Pinned => f.write_str("pinned"),
            Self::Future => f.write_str("dated in the future"),
            Self::Running => f.write_str("being written"),
            Self::Minimum { of: 1, .. } => f.write_str("newest good"),
            Self::Minimum { number, of } => write!(f, "newest good {number}/{of}"),
            Self::Tier {
                tier,
                number,
                of,
                oldest,
            } => {
                write!(f, "{tier} {number}/{of}")?;
                f.write_str(if *oldest { " (the oldest)" } else { "" })
            }
            Self::Within { age } => write!(f, "within {age}"),
            Self::Label { pattern } => write!(f, "label {pattern}"),
            Self::NoNewerGood { condition } => write!(f, "{condition}, none newer is good"),
            Self::IfGood { condition, rule } => write!(f, "{condition}, else {rule}"),
            Self::Safety { age } => write!(f, "safety, within {age}"),
            Self::NothingSince => f.write_str("safety, nothing good since"),
            Self::Leftover { condition, age } => write!(f, "{condition}, within {age}"),
            Self::Retired { age } => write!(f, "database retired within {age}"),
        }
    }
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::PastRules => f.write_str("past every rule"),
            Self::NotGood { condition } => write!(f, "{condition}, past every rule, newer ones are good"),
            Self::Safety { age } => write!(f, "safety, older than {age}"),
            Self::Leftover { condition, age } => write!(f, "{condition}, older than {age}"),
            Self::Retired { age } => write!(f, "database retired for {age}"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Unverified => "unverified",
            Self::Partial => "partial",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Running => "running",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        })
    }
}
