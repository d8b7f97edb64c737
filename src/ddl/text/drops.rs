//! Statements that remove objects, in the plain form and in one that does nothing if they do not exist.

use crate::model::Drop;
use crate::model::ident::quote_literal;

/// `DROP <keyword> <target>`, e.g. of `TRIGGER` and `t ON public.x`.
pub(crate) fn plain(keyword: &str, target: &str) -> Drop {
    Drop {
        statement: format!("DROP {keyword} {target}"),
        if_exists: format!("DROP {keyword} IF EXISTS {target}"),
    }
}

/// `ALTER TABLE [ONLY] <table> <action>`; `gentle` is the action that accepts a missing part.
pub(crate) fn alter_table(only: bool, table: &str, action: &str, gentle: &str) -> Drop {
    let only = if only { "ONLY " } else { "" };
    Drop {
        statement: format!("ALTER TABLE {only}{table} {action}"),
        if_exists: format!("ALTER TABLE IF EXISTS {only}{table} {gentle}"),
    }
}

/// A block that runs the statement only if a condition over the catalogs holds.
pub(crate) fn only_if(condition: &str, statement: &str) -> String {
    let block = format!("BEGIN IF {condition} THEN {statement}; END IF; END");
    format!("DO LANGUAGE plpgsql {}", quote_literal(&block))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_the_same_thing() {
        let drop = plain("RULE", "r ON public.t");
        assert_eq!(drop.statement, "DROP RULE r ON public.t");
        assert_eq!(drop.if_exists, "DROP RULE IF EXISTS r ON public.t");
        let drop = alter_table(true, "public.t", "DROP CONSTRAINT c", "DROP CONSTRAINT IF EXISTS c");
        assert_eq!(drop.statement, "ALTER TABLE ONLY public.t DROP CONSTRAINT c");
        assert_eq!(
            drop.if_exists,
            "ALTER TABLE IF EXISTS ONLY public.t DROP CONSTRAINT IF EXISTS c"
        );
    }

    #[test]
    fn a_guarded_statement_survives_quotes_in_names() {
        let sql = only_if("true", "ALTER TABLE \"o'x\" DROP COLUMN a");
        assert_eq!(
            sql,
            "DO LANGUAGE plpgsql 'BEGIN IF true THEN ALTER TABLE \"o''x\" DROP COLUMN a; END IF; END'"
        );
    }
}
