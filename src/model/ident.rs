//! Quoting of identifiers and literals.
