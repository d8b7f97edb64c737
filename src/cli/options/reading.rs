//! The options of `pgark dump` that say how the live database is read.

use std::time::Duration;

use crate::live::ReadOptions;

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct ReadingOptions {
    /// SET ROLE to NAME in every session
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub role: Option<String>,
    /// Fail when the lock of a table takes longer: milliseconds, or a number with ms, s, min, h or d
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Reading")]
    pub lock_wait_timeout: Option<Duration>,
    /// Read what this exported snapshot sees
    #[arg(
        long,
        value_name = "ID",
        conflicts_with = "serializable_deferrable",
        help_heading = "Reading"
    )]
    pub snapshot: Option<String>,
    /// Wait for a snapshot that no serializable transaction could find fault with
    #[arg(long, help_heading = "Reading")]
    pub serializable_deferrable: bool,
    /// Where row-level security applies, dump the rows that it shows
    #[arg(long, help_heading = "Reading")]
    pub enable_row_security: bool,
    /// Leave out the rows that the role cannot read; the archive is marked partial
    #[arg(long, help_heading = "Reading")]
    pub skip_unreadable: bool,
}

impl ReadingOptions {
    pub(crate) fn read(&self) -> ReadOptions {
        ReadOptions {
            role: self.role.clone(),
            lock_wait: self.lock_wait_timeout,
            snapshot: self.snapshot.clone(),
            serializable_deferrable: self.serializable_deferrable,
            row_security: self.enable_row_security,
            skip_unreadable: self.skip_unreadable,
            ..ReadOptions::default()
        }
    }

    /// The given options that shape the content.
    pub(crate) fn described(&self) -> Vec<String> {
        let mut list: Vec<String> = self.role.iter().map(|role| format!("role={role}")).collect();
        for (name, given) in [
            ("enable-row-security", self.enable_row_security),
            ("skip-unreadable", self.skip_unreadable),
        ] {
            if given {
                list.push(name.to_owned());
            }
        }
        list
    }
}

/// Parses a time as the server does: milliseconds unless a unit follows.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let expected = "expected milliseconds, or a number with ms, s, min, h or d";
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| expected.to_owned())?;
    let unit: u64 = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(expected.to_owned()),
    };
    match number.checked_mul(unit) {
        Some(milliseconds @ 1..=2_147_483_647) => Ok(Duration::from_millis(milliseconds)),
        _ => Err("expected between 1 ms and 24 d".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_server_reads_them() {
        assert_eq!(duration("250"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("2 min"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("3s"), Ok(Duration::from_secs(3)));
        for wrong in ["", "0", "s", "-1", "1y", "99999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
