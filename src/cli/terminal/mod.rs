//! Messages and questions on a terminal, and the end of a command.

pub(in crate::cli) mod ask;
pub(in crate::cli) mod exit;
pub(in crate::cli) mod failure;
pub(in crate::cli) mod help;
pub(in crate::cli) mod hints;
pub(in crate::cli) mod interrupted;
pub(in crate::cli) mod output;
pub(in crate::cli) mod progress_bar;
pub(in crate::cli) mod signals;
pub(in crate::cli) mod wrap;
