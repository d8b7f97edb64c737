//! Text search parsers, templates, dictionaries and configurations.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::text_search::{Configuration, Dictionary, Parser, Template};

pub fn render_parser(_object: &Object, _definition: &Parser, _context: &Context) -> Statements {
    Statements::default()
}

pub fn parser_target(object: &Object, _definition: &Parser) -> Target {
    Target {
        keyword: "TEXT SEARCH PARSER",
        sql: object_name(object),
        grant_keyword: "TEXT SEARCH PARSER",
    }
}

pub fn render_template(_object: &Object, _definition: &Template, _context: &Context) -> Statements {
    Statements::default()
}

pub fn template_target(object: &Object, _definition: &Template) -> Target {
    Target {
        keyword: "TEXT SEARCH TEMPLATE",
        sql: object_name(object),
        grant_keyword: "TEXT SEARCH TEMPLATE",
    }
}

pub fn render_dictionary(_object: &Object, _definition: &Dictionary, _context: &Context) -> Statements {
    Statements::default()
}

pub fn dictionary_target(object: &Object, _definition: &Dictionary) -> Target {
    Target {
        keyword: "TEXT SEARCH DICTIONARY",
        sql: object_name(object),
        grant_keyword: "TEXT SEARCH DICTIONARY",
    }
}

pub fn render_configuration(_object: &Object, _definition: &Configuration, _context: &Context) -> Statements {
    Statements::default()
}

pub fn configuration_target(object: &Object, _definition: &Configuration) -> Target {
    Target {
        keyword: "TEXT SEARCH CONFIGURATION",
        sql: object_name(object),
        grant_keyword: "TEXT SEARCH CONFIGURATION",
    }
}
