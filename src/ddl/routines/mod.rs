//! Statements that make functions, aggregates, operators, and objects made of functions.

pub mod access_method;
pub mod aggregate;
pub mod event_trigger;
pub mod language;
pub mod operator;
pub mod operator_class;
pub mod routine;
pub mod text_search;
