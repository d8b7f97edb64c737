//! The names of objects in statements about them.

use crate::ddl::{self, Naming};
use crate::model::ident::{qualified, quote_ident};
use crate::model::{Definition, Object};

/// The name of the object in statements about it.
pub(crate) fn target_of(object: &Object) -> Naming {
    let plain = |keyword: &'static str| Naming {
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
        Definition::Language(language) => ddl::routines::language::target(object, language),
        Definition::Collation(collation) => ddl::types::collation::target(object, collation),
        Definition::ShellType
        | Definition::BaseType(_)
        | Definition::UndefinedType
        | Definition::EnumType(_)
        | Definition::RangeType(_)
        | Definition::CompositeType(_)
        | Definition::ImpliedType => ddl::types::defined::target(object),
        Definition::Domain(domain) => ddl::types::domain::target(object, domain),
        Definition::Cast(cast) => ddl::types::cast::target(object, cast),
        Definition::Routine(routine) => ddl::routines::routine::target(object, routine),
        Definition::Aggregate(aggregate) => ddl::routines::aggregate::target(object, aggregate),
        Definition::Operator(operator) => ddl::routines::operator::target(object, operator),
        Definition::OperatorFamily(family) => ddl::routines::operator_class::family_target(object, family),
        Definition::OperatorClass(class) => ddl::routines::operator_class::class_target(object, class),
        Definition::Transform(transform) => ddl::types::transform::target(object, transform),
        Definition::AccessMethod(method) => ddl::routines::access_method::target(object, method),
        Definition::Conversion(conversion) => ddl::types::conversion::target(object, conversion),
        Definition::TextSearchParser(parser) => ddl::routines::text_search::parser_target(object, parser),
        Definition::TextSearchTemplate(template) => ddl::routines::text_search::template_target(object, template),
        Definition::TextSearchDictionary(dictionary) => {
            ddl::routines::text_search::dictionary_target(object, dictionary)
        }
        Definition::TextSearchConfiguration(configuration) => {
            ddl::routines::text_search::configuration_target(object, configuration)
        }
        Definition::ForeignDataWrapper(wrapper) => ddl::foreign::wrapper_target(object, wrapper),
        Definition::ForeignServer(server) => ddl::foreign::server_target(object, server),
        Definition::UserMapping(mapping) => ddl::foreign::mapping_target(object, mapping),
        Definition::Table(table) => ddl::relations::table::target(object, table),
        Definition::View(view) | Definition::ViewBody(view) => ddl::relations::view::target(object, view),
        Definition::MaterializedView(view) => ddl::relations::matview::target(object, view),
        Definition::MatviewRefresh => ddl::relations::matview::refresh_target(object),
        Definition::Sequence(sequence) => ddl::relations::sequence::target(object, sequence),
        Definition::SequenceOwner(owner) => ddl::relations::sequence::owner_target(object, owner),
        Definition::TableAttach(attach) => ddl::relations::partition::table_target(object, attach),
        Definition::IndexAttach(attach) => ddl::relations::partition::index_target(object, attach),
        Definition::Default(default) => ddl::relations::default::target(object, default),
        Definition::Constraint(constraint) => ddl::relations::constraint::target(object, constraint),
        Definition::Index(index) => ddl::relations::index::target(object, index),
        Definition::ExtendedStatistics(statistics) => ddl::relations::statistics::target(object, statistics),
        Definition::Rule(rule) => ddl::relations::rule::target(object, rule),
        Definition::Trigger(trigger) => ddl::relations::trigger::target(object, trigger),
        Definition::RowSecurity => ddl::relations::policy::row_security_target(object),
        Definition::Policy(policy) => ddl::relations::policy::target(object, policy),
        Definition::Publication(publication) => ddl::replication::publication::target(object, publication),
        Definition::PublicationTable(table) => ddl::replication::publication::table_target(object, table),
        Definition::PublicationSchema(schema) => ddl::replication::publication::schema_target(object, schema),
        Definition::Subscription(subscription) => ddl::replication::subscription::target(object, subscription),
        Definition::EventTrigger(trigger) => ddl::routines::event_trigger::target(object, trigger),
        Definition::DefaultPrivileges(_) => plain("DEFAULT PRIVILEGES"),
        Definition::LargeObjects(group) => ddl::large_objects::target(object, group),
        Definition::SystemObject(system) => Naming {
            keyword: system.grant_keyword,
            sql: system.sql.clone(),
            grant_keyword: system.grant_keyword,
        },
        Definition::Global(global) => ddl::server::globals::target(object, global),
        Definition::Database(_) | Definition::DatabaseSettings(_) => ddl::server::database::target(object),
    }
}
