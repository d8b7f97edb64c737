//! `CREATE COLLATION`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::quote_literal;
use crate::model::objects::types::Collation;

/// Renders a collation. The version is left out, because the target computes its own.
pub(crate) fn render(object: &Object, collation: &Collation, _context: &Context) -> Statements {
    let name = object_name(object);
    let provider = match collation.provider {
        'i' => "icu",
        'b' => "builtin",
        'd' => "default",
        _ => "libc",
    };
    let mut options = vec![format!("provider = {provider}")];
    if !collation.deterministic {
        options.push("deterministic = false".to_owned());
    }
    match (&collation.locale, &collation.collate, &collation.ctype) {
        (Some(locale), _, _) => options.push(format!("locale = {}", quote_literal(locale))),
        (None, Some(collate), Some(ctype)) if collate == ctype => {
            options.push(format!("locale = {}", quote_literal(collate)));
        }
        (None, collate, ctype) => {
            for (option, value) in [("lc_collate", collate), ("lc_ctype", ctype)] {
                if let Some(value) = value {
                    options.push(format!("{option} = {}", quote_literal(value)));
                }
            }
        }
    }
    if let Some(rules) = &collation.rules {
        options.push(format!("rules = {}", quote_literal(rules)));
    }
    Statements {
        create: vec![format!("CREATE COLLATION {name} ({})", options.join(", "))],
        drop: Some(drops::plain("COLLATION", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _collation: &Collation) -> Naming {
    Naming {
        keyword: "COLLATION",
        sql: object_name(object),
        grant_keyword: "COLLATION",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::types::Collation;
    use crate::model::{Class, Definition};

    fn create(collation: &Collation) -> String {
        let object = object(
            Class::Collation,
            Some("s"),
            "c",
            Definition::Collation(collation.clone()),
        );
        with_context(|context| render(&object, collation, context))
            .create
            .remove(0)
    }

    #[test]
    fn every_provider_has_its_locale_columns() {
        let text = |t: &str| Some(t.to_owned());
        let icu = Collation {
            provider: 'i',
            deterministic: false,
            locale: text("und-u-ks-level2"),
            rules: text("&a < 'x'"),
            ..Collation::default()
        };
        assert_eq!(
            create(&icu),
            "CREATE COLLATION s.c (provider = icu, deterministic = false, locale = 'und-u-ks-level2', rules = '&a < ''x''')"
        );
        let libc = Collation {
            provider: 'c',
            deterministic: true,
            collate: text("C"),
            ctype: text("POSIX"),
            ..Collation::default()
        };
        assert_eq!(
            create(&libc),
            "CREATE COLLATION s.c (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX')"
        );
        let equal = Collation {
            ctype: text("C"),
            ..libc
        };
        assert_eq!(create(&equal), "CREATE COLLATION s.c (provider = libc, locale = 'C')");
        let builtin = Collation {
            provider: 'b',
            deterministic: true,
            locale: text("C.UTF-8"),
            ..Collation::default()
        };
        assert_eq!(
            create(&builtin),
            "CREATE COLLATION s.c (provider = builtin, locale = 'C.UTF-8')"
        );
    }
}
