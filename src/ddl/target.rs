//! How statements about an object name it.

use crate::ddl::{self, Target};
use crate::model::ident::{qualified, quote_ident};
use crate::model::{Definition, Object};

/// What the object is called in statements about it.
pub fn target_of(object: &Object) -> Target {
    let plain = |keyword: &'static str| Target {
        keyword,
        sql: match &object.schema {
            Some(schema) => qualified(schema, &object.name),
            None => quote_ident(&object.name),
        },
        grant_keyword: keyword,
    };
    match &object.definition {
        Definition::Schema => ddl::schema::target(object),
        Definition::Extension { .. } => ddl::extension::target(object),
        Definition::Language(language) => ddl::language::target(object, language),
        Definition::Collation(collation) => ddl::collation::target(object, collation),
        Definition::ShellType
        | Definition::BaseType(_)
        | Definition::UndefinedType
        | Definition::EnumType(_)
        | Definition::RangeType(_)
        | Definition::CompositeType(_)
        | Definition::ImpliedType => ddl::types::target(object),
        Definition::Domain(domain) => ddl::domain::target(object, domain),
        Definition::Cast(cast) => ddl::cast::target(object, cast),
        Definition::Routine(routine) => ddl::routine::target(object, routine),
        Definition::Aggregate(aggregate) => ddl::aggregate::target(object, aggregate),
        Definition::Operator(operator) => ddl::operator::target(object, operator),
        Definition::OperatorFamily(family) => ddl::operator_class::family_target(object, family),
        Definition::OperatorClass(class) => ddl::operator_class::class_target(object, class),
        Definition::Transform(transform) => ddl::transform::target(object, transform),
        Definition::AccessMethod(method) => ddl::access_method::target(object, method),
        Definition::Conversion(conversion) => ddl::conversion::target(object, conversion),
        Definition::TextSearchParser(parser) => ddl::text_search::parser_target(object, parser),
        Definition::TextSearchTemplate(template) => ddl::text_search::template_target(object, template),
        Definition::TextSearchDictionary(dictionary) => ddl::text_search::dictionary_target(object, dictionary),
        Definition::TextSearchConfiguration(configuration) => {
            ddl::text_search::configuration_target(object, configuration)
        }
        Definition::ForeignDataWrapper(wrapper) => ddl::foreign::wrapper_target(object, wrapper),
        Definition::ForeignServer(server) => ddl::foreign::server_target(object, server),
        Definition::UserMapping(mapping) => ddl::foreign::mapping_target(object, mapping),
        Definition::Table(table) => ddl::table::target(object, table),
        Definition::View(view) | Definition::ViewBody(view) => ddl::view::target(object, view),
        Definition::MaterializedView(view) => ddl::matview::target(object, view),
        Definition::MatviewRefresh => ddl::matview::refresh_target(object),
        Definition::Sequence(sequence) => ddl::sequence::target(object, sequence),
        Definition::SequenceOwner(owner) => ddl::sequence::owner_target(object, owner),
        Definition::TableAttach(attach) => ddl::partition::table_target(object, attach),
        Definition::IndexAttach(attach) => ddl::partition::index_target(object, attach),
        Definition::Default(default) => ddl::default::target(object, default),
        Definition::Constraint(constraint) => ddl::constraint::target(object, constraint),
        Definition::Index(index) => ddl::index::target(object, index),
        Definition::ExtendedStatistics(statistics) => ddl::statistics::target(object, statistics),
        Definition::Rule(rule) => ddl::rule::target(object, rule),
        Definition::Trigger(trigger) => ddl::trigger::target(object, trigger),
        Definition::RowSecurity => ddl::policy::row_security_target(object),
        Definition::Policy(policy) => ddl::policy::target(object, policy),
        Definition::Publication(publication) => ddl::publication::target(object, publication),
        Definition::PublicationTable(table) => ddl::publication::table_target(object, table),
        Definition::PublicationSchema(schema) => ddl::publication::schema_target(object, schema),
        Definition::Subscription(subscription) => ddl::subscription::target(object, subscription),
        Definition::EventTrigger(trigger) => ddl::event_trigger::target(object, trigger),
        Definition::DefaultPrivileges(_) => plain("DEFAULT PRIVILEGES"),
        Definition::LargeObjects(group) => ddl::large_objects::target(object, group),
        Definition::SystemObject(system) => Target {
            keyword: system.grant_keyword,
            sql: system.sql.clone(),
            grant_keyword: system.grant_keyword,
        },
        Definition::Global(global) => ddl::globals::target(object, global),
        Definition::Database(_) | Definition::DatabaseSettings(_) => ddl::database::target(object),
    }
}
