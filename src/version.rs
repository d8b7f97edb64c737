//! The version of a PostgreSQL server, and what each major brought.
//!
//! Pure, and the lowest layer: it uses nothing, and everything may use it. Nowhere else in `src/` is the number of a version
//! written out; `tests/tidy.rs` sees to that. [`Version::MAJORS`] is the one list of the majors that pgark works with, and
//! `docs/new-major.md` says what else a new one needs.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// `server_version_num` as PostgreSQL gives it: 150020 is 15.20. Versions are ordered as their numbers are.
///
/// The number comes from a server or an archive, and any is taken: the facts below hold for what is newer than
/// [`Version::NEWEST`] too, as nothing that a major brought has ever gone in a later minor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u32);

impl Version {
    /// The majors that pgark dumps, restores into and can start servers of.
    pub const MAJORS: RangeInclusive<u32> = 13..=18;
    /// The first release of the oldest major.
    pub const OLDEST: Self = Self::first_of(*Self::MAJORS.start());
    /// The first release of the newest major.
    pub const NEWEST: Self = Self::first_of(*Self::MAJORS.end());

    /// The first release of a major, 10 or later: what comes with the major is there from it on.
    pub const fn first_of(major: u32) -> Self {
        Self(major.saturating_mul(PER_MAJOR))
    }

    /// 15 of 15.20, 9 of 9.6.24.
    pub const fn major(self) -> u32 {
        self.0 / PER_MAJOR
    }

    /// [`Version::MAJORS`] as they are named to users: `13 to 18`.
    pub fn majors_in_words() -> String {
        format!("{} to {}", Self::OLDEST.major(), Self::NEWEST.major())
    }

    /// Whether pgark knows servers of its major.
    pub fn is_known(self) -> bool {
        Self::MAJORS.contains(&self.major())
    }
}

const PER_MAJOR: u32 = 10_000;

/// The first major whose versions have two numbers.
const TWO_NUMBERS: u32 = 10;

/// As PostgreSQL writes it: `15.20`, and `9.6.24` before 10. The number does not tell a beta from the release it precedes.
impl fmt::Display for Version {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.0 % PER_MAJOR;
        match self.major() {
            major @ TWO_NUMBERS.. => write!(to, "{major}.{rest}"),
            major => write!(to, "{major}.{}.{}", rest / 100, rest % 100),
        }
    }
}

/// A text that is no version of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version of PostgreSQL")]
pub struct NotAVersion;

/// Reads what servers and their programs print: `15.20`, `18beta1`, `15.18 (Debian 15.18-0+deb12u1)`, `9.6.24`.
///
/// # Errors
/// The text does not begin with a number, or a number in it is larger than versions can be.
impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (major, rest) = number(text, u32::MAX / PER_MAJOR - 1)?;
        if major >= TWO_NUMBERS {
            let (minor, _) = after_point(rest, PER_MAJOR - 1)?;
            return Ok(Self(major * PER_MAJOR + minor));
        }
        let (second, rest) = after_point(rest, 99)?;
        let (third, _) = after_point(rest, 99)?;
        Ok(Self(major * PER_MAJOR + second * 100 + third))
    }
}

/// The number behind a point, 0 where there is none.
fn after_point(text: &str, most: u32) -> Result<(u32, &str), NotAVersion> {
    text.strip_prefix('.').map_or(Ok((0, "")), |text| number(text, most))
}

/// The number that `text` begins with, which is `most` at most, and what follows it.
fn number(text: &str, most: u32) -> Result<(u32, &str), NotAVersion> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok().filter(|number| *number <= most);
    Ok((number.ok_or(NotAVersion)?, &text[end..]))
}

/// Lists what each major brought: the constant in [`since`] is the first version that has it, the method, where one is
/// named, asks a version for it.
macro_rules! brought {
    ($($major:literal { $(#[doc = $what:literal] $since:ident $($has:ident)?;)* })*) => {
        /// The first version that has a thing, by the thing's name.
        pub mod since {
            use crate::version::Version;
            $($(#[doc = $what] pub const $since: Version = Version::first_of($major);)*)*
        }

        impl Version {
            $($($(#[doc = $what] pub const fn $has(self) -> bool {
                self.0 >= since::$since.0
            })?)*)*
        }
    };
}

brought! {
    14 {
        /// 14: a range type has a multirange type.
        MULTIRANGES has_multiranges;
        /// 14: a base type has a function for its elements (`pg_type.typsubscript`).
        SUBSCRIPT_FUNCTIONS has_subscript_functions;
        /// 14: bodies of routines in standard SQL, kept as trees (`pg_get_function_sqlbody`).
        SQL_BODIES has_sql_bodies;
        /// 14: a procedure has OUT arguments.
        PROCEDURES_WITH_OUT;
        /// 14: a column says how its values are compressed (`pg_attribute.attcompression`).
        COLUMN_COMPRESSION has_column_compression;
        /// 14: extended statistics on expressions.
        STATISTICS_ON_EXPRESSIONS;
        /// 14: a scan of a range of pages reads only these pages.
        TID_RANGE_SCAN has_tid_range_scan;
        /// 14: `pg_class.reltuples` is -1 where nobody has counted, and 0 only where nothing is.
        UNCOUNTED_TUPLES;
        /// 14: the setting `idle_session_timeout`.
        IDLE_SESSION_TIMEOUT has_idle_session_timeout;
        /// 14: rows of a subscription may come in binary (`pg_subscription.subbinary`).
        BINARY_SUBSCRIPTIONS;
        /// 14: a subscription may stream large transactions (`pg_subscription.substream`).
        STREAMING_SUBSCRIPTIONS;
        /// 14: operators behind their only argument are gone.
        NO_POSTFIX_OPERATORS;
        /// 14: the function of a conversion is told whether to raise errors, and returns how far it came.
        FALLIBLE_CONVERSIONS has_fallible_conversions;
        /// 14: members of operator classes and families are shared out differently.
        LOOSE_OPERATOR_MEMBERS;
    }
    15 {
        /// 15: PUBLIC may not create in the schema `public`, which belongs to `pg_database_owner`.
        CLOSED_PUBLIC_SCHEMA has_closed_public_schema;
        /// 15: a database has a locale provider, and an ICU locale a column of its own (`colliculocale`, `daticulocale`).
        LOCALE_PROVIDERS has_locale_providers;
        /// 15: `NULLS NOT DISTINCT` of unique constraints and indexes.
        NULLS_NOT_DISTINCT;
        /// 15: a foreign key names the columns that ON DELETE sets.
        SET_COLUMNS_OF_FOREIGN_KEYS;
        /// 15: a view may ask the privileges of who queries it.
        SECURITY_INVOKER_VIEWS;
        /// 15: sequences may be unlogged.
        UNLOGGED_SEQUENCES has_unlogged_sequences;
        /// 15: a publication has lists of columns, filters of rows and whole schemas.
        PUBLICATION_FILTERS has_publication_filters;
        /// 15: the subscription option `two_phase`.
        TWO_PHASE_SUBSCRIPTIONS;
        /// 15: the subscription option `disable_on_error`.
        SUBSCRIPTIONS_THAT_STOP;
        /// 15: privileges on parameters (`pg_parameter_acl`).
        PARAMETER_PRIVILEGES has_parameter_privileges;
        /// 15: the statement MERGE.
        MERGE has_merge;
    }
    16 {
        /// 16: rules of an ICU collation.
        ICU_RULES has_icu_rules;
        /// 16: a membership says whether it inherits and may be set, and who granted it means something.
        MEMBERSHIP_OPTIONS has_membership_options;
        /// 16: the setting `createrole_self_grant`.
        CREATEROLE_SELF_GRANT has_createrole_self_grant;
        /// 16: the subscription option `password_required`.
        SUBSCRIPTION_PASSWORDS;
        /// 16: the subscription option `run_as_owner`; before, changes were always applied as the owner.
        SUBSCRIPTIONS_AS_OWNER;
        /// 16: the subscription option `origin`.
        SUBSCRIPTION_ORIGIN;
        /// 16: `streaming = parallel` of a subscription.
        PARALLEL_STREAMING;
        /// 16: constructors of JSON in standard SQL, and `SYSTEM_USER`.
        SQL_JSON has_sql_json;
        /// 16: views print no qualifiers of columns where there is one table.
        BARE_COLUMNS_OF_VIEWS;
    }
    17 {
        /// 17: the locale provider `builtin`, and one column for the locales of all providers (`colllocale`, `datlocale`).
        BUILTIN_PROVIDER has_builtin_provider;
        /// 17: a NOT NULL constraint of a domain is an object, with a name and a comment.
        DOMAIN_NOT_NULL;
        /// 17: `ALTER COLUMN .. SET EXPRESSION`.
        SET_EXPRESSION;
        /// 17: a partitioned table has an access method.
        PARTITIONED_ACCESS_METHODS;
        /// 17: a partitioned table may have exclusion constraints.
        PARTITIONED_EXCLUSION;
        /// 17: the privilege MAINTAIN.
        MAINTAIN;
        /// 17: event triggers on `login`.
        LOGIN_TRIGGERS;
        /// 17: the subscription option `failover`.
        FAILOVER_SUBSCRIPTIONS;
        /// 17: statistics of ranges in `pg_stats`.
        RANGE_STATISTICS;
        /// 17: the setting `transaction_timeout`.
        TRANSACTION_TIMEOUT has_transaction_timeout;
        /// 17: the setting `event_triggers`.
        EVENT_TRIGGERS_SETTING has_event_triggers_setting;
        /// 17: the function `to_regtypemod`.
        TO_REGTYPEMOD has_to_regtypemod;
        /// 17: intervals may be infinite.
        INFINITE_INTERVALS has_infinite_intervals;
        /// 17: the last words of SQL/JSON are keywords, and `MERGE_ACTION`: names in deparsed text have quotes for them.
        SQL_JSON_KEYWORDS has_sql_json_keywords;
        /// 17: conversions within a jsonpath (`.bigint()`).
        JSONPATH_METHODS has_jsonpath_methods;
    }
    18 {
        /// 18: a NOT NULL constraint of a table is an object, with a name, a comment and an inheritance of its own.
        TABLE_NOT_NULL has_table_not_null;
        /// 18: generated columns may be virtual.
        VIRTUAL_COLUMNS;
        /// 18: `NOT ENFORCED` of constraints.
        UNENFORCED_CONSTRAINTS;
        /// 18: keys and foreign keys over periods (`WITHOUT OVERLAPS`, `PERIOD`).
        PERIODS;
        /// 18: a foreign key of a partitioned table may be not valid.
        PARTITIONED_NOT_VALID;
        /// 18: a publication may have generated columns.
        PUBLISHED_GENERATED_COLUMNS;
        /// 18: a subscription streams where nothing is said.
        STREAMING_BY_DEFAULT;
        /// 18: `pg_class.relallfrozen`.
        ALL_FROZEN_PAGES;
        /// 18: where sequences stand is read by oid (`pg_get_sequence_data`).
        SEQUENCE_DATA has_sequence_data;
        /// 18: planner statistics are restored (`pg_restore_relation_stats`).
        RESTORED_STATISTICS;
        /// 18: default privileges of large objects.
        LARGE_OBJECT_DEFAULTS;
        /// 18: `ANALYZE ONLY`.
        ANALYZE_ONLY has_analyze_only;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_printed_and_read_as_postgresql_writes_them() {
        for (number, text) in [
            (150_020, "15.20"),
            (130_000, "13.0"),
            (180_004, "18.4"),
            (90_624, "9.6.24"),
            (u32::MAX - 7_296, "429495.9999"),
        ] {
            assert_eq!(Version(number).to_string(), text);
            assert_eq!(text.parse(), Ok(Version(number)), "{text}");
        }
        assert_eq!("18beta1".parse(), Ok(Version(180_000)));
        assert_eq!("18".parse(), Ok(Version(180_000)));
        assert_eq!("15.18 (Debian 15.18-0+deb12u1)".parse(), Ok(Version(150_018)));
    }

    #[test]
    fn texts_that_are_no_version_are_refused() {
        let digits = "9".repeat(100_000);
        for text in [
            "", "devel", " 18", "-1", "+18.4", "١٨", "18.", "18.x", "18.10000", "429496", "9.100", &digits,
        ] {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text:.20}");
        }
    }

    #[test]
    fn the_ends_of_the_majors_are_known_and_what_lies_beyond_is_not() {
        assert!(Version::OLDEST.is_known() && Version::NEWEST.is_known());
        assert!(Version(180_099).is_known() && Version(130_000).is_known());
        assert!(!Version(Version::OLDEST.0 - 1).is_known());
        assert!(!Version::first_of(Version::NEWEST.major() + 1).is_known());
        assert!(!Version(u32::MAX).is_known() && !Version(0).is_known());
    }

    #[test]
    fn a_thing_is_there_from_its_major_on() {
        assert!(!Version(130_099).has_multiranges() && Version(140_000).has_multiranges());
        assert!(!Version(170_010).has_analyze_only() && Version(180_000).has_analyze_only());
        assert!(Version(u32::MAX).has_builtin_provider() && !Version(0).has_merge());
        assert!(Version(150_018) < Version(150_020) && Version(150_020) < Version::NEWEST);
    }
}
