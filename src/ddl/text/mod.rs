//! Pieces of SQL text: names, clauses, keywords, and searches in finished statements.

pub mod drops;
pub mod extras;
pub mod options;
pub mod role_marks;
pub(in crate::ddl) mod scan;
pub mod set_clause;
pub mod settings;
