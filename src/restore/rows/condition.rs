//! A user's condition on rows, and the only statement that contains the user's text.
//!
//! The text must be one expression, whatever it contains: quotes, comments, parentheses. Only the server's own lexer
//! can judge that exactly. Both `WHERE c` and `WHERE (c)` must be valid, each in a message that admits one statement.
//! If `c` closed the parenthesis before it, then `c` alone would have an unmatched one, and the first form would be a
//! syntax error. Anything else that ends the expression, like ORDER BY or UNION, is a syntax error in the second form.
//! A line break before the closing parenthesis ends a comment. The two forms are only explained, which evaluates no
//! row.

use crate::connect::{ConnectError, Wire};
use crate::model::ident::quote_ident;

/// Makes a table `matched` of the rows of `staged` that meet the condition, and returns how many there are. `columns`
/// lists all columns; `alias` is the name by which the condition may call the table.
pub(super) fn select(
    wire: &mut Wire,
    (staged, matched): (&str, &str),
    (columns, alias): (&str, &str),
    condition: &str,
) -> Result<u64, ConnectError> {
    let [bare, enclosed] = forms(staged, alias, condition);
    for form in [bare, enclosed.clone()] {
        wire.execute_one(&format!("EXPLAIN SELECT{form}"))?;
    }
    wire.execute_one(&format!(
        "CREATE TEMP TABLE {matched} ON COMMIT DROP AS SELECT {columns}{enclosed}"
    ))
}

fn forms(staged: &str, alias: &str, condition: &str) -> [String; 2] {
    let from = format!(" FROM pg_temp.{staged} AS {}", quote_ident(alias));
    [
        format!("{from} WHERE\n{condition}\n"),
        format!("{from} WHERE (\n{condition}\n)"),
    ]
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn nothing_of_a_condition_reaches_what_is_around_it() {
        let [bare, enclosed] = forms("x", "Or\"ders", "id = 1 -- or");
        assert_eq!(bare, " FROM pg_temp.x AS \"Or\"\"ders\" WHERE\nid = 1 -- or\n");
        assert_eq!(enclosed, " FROM pg_temp.x AS \"Or\"\"ders\" WHERE (\nid = 1 -- or\n)");
    }
}
