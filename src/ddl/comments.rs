//! The statements that comment on an object itself.

use crate::ddl::Naming;
use crate::model::Object;
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::objects::remarks::Comment;

pub(super) fn own_comments(object: &Object, target: &Naming) -> Vec<String> {
    let statement = |comment: &Comment| {
        let text = if comment.text.is_empty() {
            "NULL".to_owned()
        } else {
            quote_literal(&comment.text)
        };
        match &comment.column {
            None => format!("COMMENT ON {} {} IS {text}", target.keyword, target.sql),
            Some(column) => format!("COMMENT ON COLUMN {}.{} IS {text}", target.sql, quote_ident(column)),
        }
    };
    object.comments.iter().map(statement).collect()
}
