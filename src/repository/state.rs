//! What changes about a snapshot after it was made: the second JSON file beside its archive.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Never pruned.
    pub pinned: bool,
    /// The last verification, of whatever depth.
    pub verified: Option<Verification>,
    /// When all of it was last found good.
    pub fully_verified_at: Option<Timestamp>,
    /// The last drill.
    pub drilled: Option<Drilled>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    pub at: Timestamp,
    pub depth: Depth,
    pub good: bool,
    /// How many things were found wrong.
    pub findings: u64,
}

/// How much of an archive a verification read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Every byte.
    Full,
    /// All metadata, and so many percent of the chunks.
    Sample(f64),
}

impl std::fmt::Display for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Sample(percent) => write!(f, "{percent}%"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drilled {
    pub at: Timestamp,
    /// The restored database was equal, and all checks held.
    pub good: bool,
    /// Of the restore.
    pub seconds: f64,
    /// Name of the report's JSON object in the repository.
    pub report: String,
}

impl State {
    /// Takes over the result of a verification.
    pub fn verify(&mut self, verification: Verification) {
        if verification.good && verification.depth == Depth::Full {
            self.fully_verified_at = Some(verification.at);
        }
        self.verified = Some(verification);
    }

    /// Every byte was found good, and nothing was found wrong since.
    pub fn is_verified(&self) -> bool {
        self.fully_verified_at.is_some() && self.verified.as_ref().is_none_or(|v| v.good)
    }
}
