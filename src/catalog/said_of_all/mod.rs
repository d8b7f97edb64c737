//! Statements about objects of every kind: privileges, comments, labels.

pub(crate) mod comment;
pub(crate) mod default_privileges;
pub(crate) mod privileges;
pub(crate) mod security_label;
pub(crate) mod system_object;
