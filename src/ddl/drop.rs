//! DROP statements in the two forms that an entry carries.

use crate::model::Drop;

/// `DROP <keyword> <sql>` and `DROP <keyword> IF EXISTS <sql>`.
pub fn plain(keyword: &str, sql: &str) -> Drop {
    Drop {
        statement: format!("DROP {keyword} {sql}"),
        if_exists: format!("DROP {keyword} IF EXISTS {sql}"),
    }
}

/// As [`plain`] with CASCADE: for types and the functions that need each other.
pub fn cascade(keyword: &str, sql: &str) -> Drop {
    Drop {
        statement: format!("DROP {keyword} {sql} CASCADE"),
        if_exists: format!("DROP {keyword} IF EXISTS {sql} CASCADE"),
    }
}
