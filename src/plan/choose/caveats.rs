//! Objects of a dump that no restore can make, or none into a later major. They are reported while the source is at
//! hand.

use std::collections::HashSet;

use crate::model::ident::{qualified, quote_ident};
use crate::model::{Components, Definition, Object};
use crate::version::Version;

/// One text for each such object whose definition is wanted; `wanted` goes with `objects`.
/// `version` is that of the source.
pub(crate) fn warnings(objects: &[Object], wanted: &[Components], version: Version) -> Vec<String> {
    let own_functions: HashSet<String> = objects
        .iter()
        .filter(|object| object.member_of.is_none() && matches!(object.definition, Definition::Routine(_)))
        .map(name)
        .collect();
    let defined = objects.iter().zip(wanted).filter(|(_, wanted)| wanted.definition);
    defined
        .flat_map(|(object, _)| warnings_of(object, version, &own_functions))
        .collect()
}

fn warnings_of(object: &Object, version: Version, own_functions: &HashSet<String>) -> Vec<String> {
    let caveat = |kind: &str, name: String, text: &str| vec![format!("{kind} `{name}` {text}")];
    match &object.definition {
        Definition::Operator(operator) if operator.right.is_none() => {
            let schema = quote_ident(object.schema.as_deref().unwrap_or_default());
            let left = operator.left.as_deref().unwrap_or("NONE");
            caveat(
                "operator",
                format!("{schema}.{} ({left}, NONE)", object.name),
                "is a postfix operator and will not restore on 14 or later",
            )
        }
        Definition::Conversion(conversion)
            if !version.has_fallible_conversions() && own_functions.contains(&conversion.function) =>
        {
            caveat(
                "conversion",
                name(object),
                "has a function with the arguments of before 14 and will not restore on 14 or later",
            )
        }
        Definition::TextSearchConfiguration(configuration) if !configuration.unnamed_tokens.is_empty() => {
            let numbers: Vec<String> = configuration.unnamed_tokens.iter().map(i64::to_string).collect();
            caveat(
                "text search configuration",
                name(object),
                &format!(
                    "maps token types that its parser does not know, which are left out: {}",
                    numbers.join(", ")
                ),
            )
        }
        _ => Vec::new(),
    }
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

#[cfg(test)]
mod tests {
    use super::warnings;
    use crate::model::objects::routine::{Conversion, Operator};
    use crate::model::objects::text_search::Configuration;
    use crate::model::{Class, Components, Definition, Object};
    use crate::version::Version;

    fn object(class: Class, oid: u32, name: &str, definition: Definition) -> Object {
        Object::new(class, oid, Some("s".to_owned()), name.to_owned(), definition)
    }

    fn operator(name: &str, right: Option<&str>) -> Object {
        let operator = Operator {
            left: Some("bigint".to_owned()),
            right: right.map(str::to_owned),
            ..Operator::default()
        };
        object(Class::Operator, 1, name, Definition::Operator(Box::new(operator)))
    }

    fn conversion(name: &str, function: &str) -> Object {
        let conversion = Conversion {
            function: function.to_owned(),
            ..Conversion::default()
        };
        object(Class::Conversion, 2, name, Definition::Conversion(conversion))
    }

    fn all(objects: &[Object], version: Version) -> Vec<String> {
        warnings(objects, &vec![Components::all_if(true); objects.len()], version)
    }

    #[test]
    fn postfix_operators_are_named() {
        let objects = [operator("!!", None), operator("+", Some("bigint"))];
        assert_eq!(
            all(&objects, Version::first_of(13)),
            ["operator `s.!! (bigint, NONE)` is a postfix operator and will not restore on 14 or later"]
        );
        assert!(warnings(&objects, &[Components::NONE; 2], Version::first_of(13)).is_empty());
    }

    #[test]
    fn conversions_with_functions_of_their_own_stay_before_14() {
        let function = object(Class::Proc, 3, "f", Definition::Routine(Box::default()));
        let objects = [
            conversion("Own", "s.f"),
            conversion("system", "pg_catalog.iso8859_1_to_utf8"),
            function,
        ];
        let found = all(&objects, Version::first_of(13));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("conversion `s.\"Own\"` "), "{found:?}");
        assert!(all(&objects, Version::first_of(14)).is_empty());
    }

    #[test]
    fn token_types_without_a_name_are_counted_out() {
        let configuration = Configuration {
            unnamed_tokens: vec![24, 99],
            ..Configuration::default()
        };
        let definition = Definition::TextSearchConfiguration(configuration);
        let objects = [object(Class::TextSearchConfiguration, 4, "c", definition)];
        let found = all(&objects, Version::first_of(18));
        assert!(found[0].ends_with("left out: 24, 99"), "{found:?}");
    }
}
