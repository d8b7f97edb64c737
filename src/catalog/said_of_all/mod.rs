//! Statements about objects of every kind: privileges, comments, labels.

pub mod comment;
pub mod default_privileges;
pub mod privileges;
pub mod security_label;
pub mod system_object;
