//! Pieces of SQL text: names, clauses, keywords, and searches in finished statements.

pub(crate) mod drops;
pub(crate) mod extras;
pub(crate) mod options;
pub(crate) mod role_marks;
pub(in crate::ddl) mod scan;
pub(crate) mod set_clause;
pub(crate) mod settings;
