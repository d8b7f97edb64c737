//! Pieces of SQL text: names, clauses, keywords, and what is cut out of finished statements.

pub mod drops;
pub mod extras;
pub mod options;
pub mod role_marks;
pub(in crate::ddl) mod scan;
pub mod set_clause;
pub mod settings;
