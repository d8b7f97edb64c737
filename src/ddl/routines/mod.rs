//! Statements that make functions, aggregates, operators, and objects made of functions.

pub(crate) mod access_method;
pub(crate) mod aggregate;
pub(crate) mod event_trigger;
pub(crate) mod language;
pub(crate) mod operator;
pub(crate) mod operator_class;
pub(crate) mod routine;
pub(crate) mod text_search;
