//! The state of a snapshot, which changes after it was made: the second JSON file beside its archive.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::pending::Pending;

/// What changes about a snapshot once it is made; by default nothing was done with it yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct State {
    /// Never pruned.
    pub pinned: bool,
    /// The last verification of every byte; in states from before 0.2, the last of any depth.
    pub verified: Option<Verification>,
    /// The last verification of a sample.
    pub sampled: Option<Verification>,
    /// When every byte was last found good.
    pub fully_verified_at: Option<Timestamp>,
    /// The last drill.
    pub drilled: Option<DrillVerdict>,
    /// The history entry of its publication, until it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verification {
    pub at: Timestamp,
    pub depth: Depth,
    pub good: bool,
    /// How many things were wrong.
    pub findings: u64,
}

/// How much of an archive a verification read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Depth {
    /// Every byte.
    Full,
    /// All metadata, and this percentage of the chunks.
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
#[non_exhaustive]
pub struct DrillVerdict {
    pub at: Timestamp,
    /// The restored database was equal, and all checks passed.
    pub good: bool,
    /// Seconds of the restore.
    pub seconds: f64,
    /// Name of the report's JSON object in the repository.
    pub report: String,
}

impl State {
    /// Stores the result of a verification. A sample's result does not replace that of every byte.
    pub fn verify(&mut self, verification: Verification) {
        self.sampled = self.last_sample().cloned();
        self.verified = self.last_full().cloned();
        match verification.depth {
            Depth::Full => {
                if verification.good {
                    self.fully_verified_at = Some(verification.at);
                }
                self.verified = Some(verification);
            }
            Depth::Sample(_) => self.sampled = Some(verification),
        }
    }

    /// The last verification of every byte.
    pub fn last_full(&self) -> Option<&Verification> {
        self.verified.as_ref().filter(|v| v.depth == Depth::Full)
    }

    /// The last verification of a sample.
    pub fn last_sample(&self) -> Option<&Verification> {
        let sample = |v: &&Verification| v.depth != Depth::Full;
        self.sampled.as_ref().or(self.verified.as_ref().filter(sample))
    }

    /// The verification that found damage, if no later one of every byte found everything good.
    pub fn damage(&self) -> Option<&Verification> {
        let full = self.last_full();
        let bad = |v: &&Verification| !v.good;
        let later = |v: &&Verification| full.is_none_or(|full| v.at > full.at);
        full.filter(bad)
            .or_else(|| self.last_sample().filter(bad).filter(later))
    }

    /// Whether every byte was found good and no damage was found since.
    pub fn is_verified(&self) -> bool {
        self.fully_verified_at.is_some() && self.damage().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verification(minute: u8, depth: Depth, good: bool) -> Verification {
        Verification {
            at: format!("2026-11-22T12:{minute:02}:00Z").parse().unwrap(),
            depth,
            good,
            findings: u64::from(!good),
        }
    }

    #[test]
    fn a_sample_stands_beside_the_verification_of_every_byte() {
        let (full, sample) = (
            verification(1, Depth::Full, true),
            verification(2, Depth::Sample(5.0), true),
        );
        let mut state = State::default();
        state.verify(full.clone());
        state.verify(sample.clone());
        assert_eq!((state.last_full(), state.last_sample()), (Some(&full), Some(&sample)));
        assert!(state.is_verified());
        // A good sample does not undo an earlier finding; only a good check of every byte does.
        let bad = verification(3, Depth::Full, false);
        state.verify(bad.clone());
        state.verify(verification(4, Depth::Sample(5.0), true));
        assert_eq!(state.damage(), Some(&bad));
        state.verify(verification(5, Depth::Full, true));
        assert!(state.is_verified());
        let bad = verification(6, Depth::Sample(5.0), false);
        state.verify(bad.clone());
        state.verify(verification(7, Depth::Full, true));
        assert!(state.is_verified());
        state.verify(verification(8, Depth::Sample(5.0), false));
        assert!(!state.is_verified());
    }

    #[test]
    fn a_state_in_which_a_sample_took_the_place_is_understood() {
        let sample = verification(2, Depth::Sample(5.0), true);
        let mut state = State {
            verified: Some(sample.clone()),
            fully_verified_at: Some(verification(1, Depth::Full, true).at),
            ..State::default()
        };
        assert_eq!((state.last_full(), state.last_sample()), (None, Some(&sample)));
        assert!(state.is_verified());
        state.verify(verification(3, Depth::Full, true));
        assert_eq!(state.last_sample(), Some(&sample));
    }
}
