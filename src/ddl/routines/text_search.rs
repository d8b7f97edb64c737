//! Text search parsers, templates, dictionaries and configurations.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::quote_ident;
use crate::model::objects::text_search::{Configuration, Dictionary, Parser, Template};

const PARSER: &str = "TEXT SEARCH PARSER";
const TEMPLATE: &str = "TEXT SEARCH TEMPLATE";
const DICTIONARY: &str = "TEXT SEARCH DICTIONARY";
const CONFIGURATION: &str = "TEXT SEARCH CONFIGURATION";

pub(crate) fn render_parser(object: &Object, parser: &Parser, _context: &Context) -> Statements {
    let mut options = vec![
        format!("START = {}", parser.start),
        format!("GETTOKEN = {}", parser.get_token),
        format!("END = {}", parser.end),
    ];
    options.extend(parser.headline.iter().map(|function| format!("HEADLINE = {function}")));
    options.push(format!("LEXTYPES = {}", parser.lexeme_types));
    statements(object, PARSER, &options)
}

pub(crate) fn parser_target(object: &Object, _parser: &Parser) -> Naming {
    target(object, PARSER)
}

pub(crate) fn render_template(object: &Object, template: &Template, _context: &Context) -> Statements {
    let mut options: Vec<String> = template.init.iter().map(|init| format!("INIT = {init}")).collect();
    options.push(format!("LEXIZE = {}", template.lexize));
    statements(object, TEMPLATE, &options)
}

pub(crate) fn template_target(object: &Object, _template: &Template) -> Naming {
    target(object, TEMPLATE)
}

pub(crate) fn render_dictionary(object: &Object, dictionary: &Dictionary, _context: &Context) -> Statements {
    let mut options = vec![format!("TEMPLATE = {}", dictionary.template)];
    options.extend(dictionary.options.iter().filter(|options| !options.is_empty()).cloned());
    Statements {
        has_owner: true,
        ..statements(object, DICTIONARY, &options)
    }
}

pub(crate) fn dictionary_target(object: &Object, _dictionary: &Dictionary) -> Naming {
    target(object, DICTIONARY)
}

/// The configuration, and a statement for each of its mappings.
pub(crate) fn render_configuration(object: &Object, configuration: &Configuration, _context: &Context) -> Statements {
    let options = [format!("PARSER = {}", configuration.parser)];
    let mut statements = statements(object, CONFIGURATION, &options);
    statements.has_owner = true;
    let name = object_name(object);
    statements.create.extend(configuration.mappings.iter().map(|mapping| {
        format!(
            "ALTER {CONFIGURATION} {name} ADD MAPPING FOR {} WITH {}",
            quote_ident(&mapping.token),
            mapping.dictionaries.join(", ")
        )
    }));
    statements
}

pub(crate) fn configuration_target(object: &Object, _configuration: &Configuration) -> Naming {
    target(object, CONFIGURATION)
}

fn statements(object: &Object, keyword: &str, options: &[String]) -> Statements {
    let name = object_name(object);
    Statements {
        create: vec![format!("CREATE {keyword} {name} (\n    {}\n)", options.join(",\n    "))],
        drop: Some(drops::plain(keyword, &name)),
        ..Statements::default()
    }
}

fn target(object: &Object, keyword: &'static str) -> Naming {
    Naming {
        keyword,
        sql: object_name(object),
        grant_keyword: keyword,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::text_search::Mapping;
    use crate::model::{Class, Definition};

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn parsers_may_lack_a_headline_and_templates_an_init() {
        let mut parser = Parser {
            start: text("s.a"),
            get_token: text("s.\"B\""),
            end: text("s.c"),
            headline: Some(text("s.d")),
            lexeme_types: text("s.e"),
        };
        let subject = object(
            Class::TextSearchParser,
            Some("s"),
            "P",
            Definition::TextSearchParser(parser.clone()),
        );
        let all = with_context(|context| render_parser(&subject, &parser, context));
        assert_eq!(
            all.create,
            [
                "CREATE TEXT SEARCH PARSER s.\"P\" (\n    START = s.a,\n    GETTOKEN = s.\"B\",\n    \
             END = s.c,\n    HEADLINE = s.d,\n    LEXTYPES = s.e\n)"
            ]
        );
        assert!(!all.has_owner);
        parser.headline = None;
        let short = with_context(|context| render_parser(&subject, &parser, context));
        assert!(!short.create[0].contains("HEADLINE"));

        let template = Template {
            init: None,
            lexize: text("pg_catalog.dsimple_lexize"),
        };
        let create = with_context(|context| render_template(&subject, &template, context)).create;
        assert_eq!(
            create,
            ["CREATE TEXT SEARCH TEMPLATE s.\"P\" (\n    LEXIZE = pg_catalog.dsimple_lexize\n)"]
        );
    }

    #[test]
    fn dictionaries_keep_their_options_as_the_server_wrote_them() {
        let mut dictionary = Dictionary {
            template: text("pg_catalog.simple"),
            options: Some(text("stopwords = 'it''s', \"Accept\" = 'false'")),
        };
        let definition = Definition::TextSearchDictionary(dictionary.clone());
        let subject = object(Class::TextSearchDictionary, Some("s"), "D", definition);
        let statements = with_context(|context| render_dictionary(&subject, &dictionary, context));
        assert_eq!(
            statements.create,
            [
                "CREATE TEXT SEARCH DICTIONARY s.\"D\" (\n    TEMPLATE = pg_catalog.simple,\n    \
             stopwords = 'it''s', \"Accept\" = 'false'\n)"
            ]
        );
        assert!(statements.has_owner);
        dictionary.options = None;
        let bare = with_context(|context| render_dictionary(&subject, &dictionary, context)).create;
        assert_eq!(
            bare,
            ["CREATE TEXT SEARCH DICTIONARY s.\"D\" (\n    TEMPLATE = pg_catalog.simple\n)"]
        );
    }

    #[test]
    fn configurations_map_token_by_token() {
        let mapping = |token: &str, dictionaries: &[&str]| Mapping {
            token: text(token),
            dictionaries: dictionaries.iter().map(|name| text(name)).collect(),
        };
        let configuration = Configuration {
            parser: text("pg_catalog.\"default\""),
            mappings: vec![
                mapping("asciiword", &["z.second", "a.first"]),
                mapping("Odd token", &["a.first"]),
            ],
            ..Configuration::default()
        };
        let definition = Definition::TextSearchConfiguration(configuration.clone());
        let subject = object(Class::TextSearchConfiguration, Some("s"), "C", definition);
        let statements = with_context(|context| render_configuration(&subject, &configuration, context));
        assert_eq!(
            statements.create,
            [
                "CREATE TEXT SEARCH CONFIGURATION s.\"C\" (\n    PARSER = pg_catalog.\"default\"\n)",
                "ALTER TEXT SEARCH CONFIGURATION s.\"C\" ADD MAPPING FOR asciiword WITH z.second, a.first",
                "ALTER TEXT SEARCH CONFIGURATION s.\"C\" ADD MAPPING FOR \"Odd token\" WITH a.first",
            ]
        );
        assert!(statements.has_owner);
        assert_eq!(
            statements.drop.map(|drop| drop.if_exists).as_deref(),
            Some("DROP TEXT SEARCH CONFIGURATION IF EXISTS s.\"C\"")
        );
    }
}
