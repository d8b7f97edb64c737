//! A user's condition on rows, in the one statement that holds text of the user's.
//!
//! It must be one expression, whatever stands in it: quotes, comments, parentheses of its own. The server is the judge of
//! that, for its own lexer alone is exact. `WHERE c` and `WHERE (c)` are both to be valid, each in a message that admits
//! one statement. If the parenthesis before `c` were closed inside of `c`, then `c` by itself would have one that closes
//! nothing, and the first form would be a syntax error; anything else that ends the expression, like ORDER BY or UNION,
//! is one in the second. A line break before the closing parenthesis ends a comment. The two forms are only explained,
//! which evaluates no row.

use crate::connect::{ConnectError, Wire};
use crate::model::ident::quote_ident;

/// Makes `matched` of the rows of `staged` that meet the condition; how many those are. `columns` is the list of all
/// of them, `alias` what the condition may call the table.
pub fn select(
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
