//! Makes one archive entry from one object: the statements that are particular to its kind, and owner, privileges,
//! comments and labels, which are made the same way for all kinds.

use std::iter;

use crate::ddl::{self, Context, Naming, Statements};
use crate::model::entry::{Owner, Requirement};
use crate::model::ident::{qualified, quote_ident, quote_literal, quote_role};
use crate::model::{Components, Definition, Entry, Kind, Object, new_keywords};

use super::comments::own_comments;
use super::privileges::{self, Grantable};
use super::target::target_of;
use crate::ddl::needs_version;
use crate::ddl::text::{extras, role_marks};

/// The entry of an object without ids (`id`, `depends_on`, `parent`), section and visibility. `None`
/// if nothing would be left to restore: the object has no entry of its own, or none of the wanted
/// components has any statement.
pub(crate) fn render(object: &Object, wanted: Components, context: &Context) -> Option<Entry> {
    let kind = object.kind()?;
    let mut entry = Entry {
        kind,
        schema: object.schema.clone(),
        name: entry_name(object),
        identity: identity(object),
        section: kind.section(),
        pass: kind.pass(),
        secret: wanted.definition && ddl::foreign::is_secret(object),
        ..Entry::default()
    };
    let target = target_of(object);
    let mut requires = Vec::new();
    if wanted.definition {
        let statements = statements(object, context);
        entry.create = statements.create;
        if !context.version.has_sql_json_keywords() {
            entry.create.iter_mut().for_each(|sql| *sql = new_keywords::quoted(sql));
        }
        entry.drop = statements.drop;
        entry.secret |= statements.secret;
        requires.extend(statements.requires);
        if statements.has_owner {
            entry.owner = object.owner.as_ref().map(|role| Owner {
                role: role.clone(),
                statement: format!("ALTER {} {} OWNER TO {}", target.keyword, target.sql, quote_role(role)),
                also: Vec::new(),
            });
        }
        if let (Definition::LargeObjects(group), Some(role)) = (&object.definition, &object.owner) {
            entry.large_objects = group.oids.clone();
            entry.owner = ddl::large_objects::owner(role, group);
        }
        // Of a key, the index is the object that can depend on an extension.
        for object in iter::once(object).chain(backing_index(object, context)) {
            let target = target_of(object);
            let keyword = match object.definition {
                Definition::Aggregate(_) => "ROUTINE",
                _ => target.keyword,
            };
            let sql = plain_sql(object, &target);
            for extension in &object.depends_on_extensions {
                entry.extras.push(entry.create.len() as u32);
                entry.create.push(format!(
                    "ALTER {keyword} {sql} DEPENDS ON EXTENSION {}",
                    quote_ident(extension)
                ));
                requires.push(Requirement::Extension(extension.clone()));
            }
        }
    }
    if let (true, Some(acl), Some(owner)) = (wanted.privileges, &object.acl, &object.owner) {
        let sql = plain_sql(object, &target);
        let grantable = Grantable {
            keyword: target.grant_keyword,
            sql: &sql,
            owner,
        };
        entry.privileges = privileges::statements(acl, grantable);
        if !entry.privileges.is_empty() {
            requires.extend(object.member_of.clone().map(Requirement::Extension));
        }
    }
    if wanted.comments {
        (entry.comments, entry.security_labels) = match &object.definition {
            Definition::LargeObjects(group) => (
                ddl::large_objects::comments(group),
                ddl::large_objects::security_labels(group),
            ),
            _ => (comments(object, &target, context), security_labels(object, &target)),
        };
    }
    let owner = entry.owner.as_ref().map(|owner| Requirement::Role(owner.role.clone()));
    requires.retain(|requirement| Some(requirement) != owner.as_ref());
    requires.sort_unstable();
    requires.dedup();
    entry.requires = requires;
    entry.extras.extend(extras::positions(kind, &entry.create));
    entry.extras.sort_unstable();
    entry.extras.dedup();
    entry.limits = needs_version::of(object, &entry, context);
    role_marks::lift(&mut entry);
    (!entry.is_empty()).then_some(entry)
}

/// The object's quoted, schema-qualified name, unique within its kind.
pub(crate) fn identity(object: &Object) -> String {
    let schema = object.schema.as_deref();
    let part_of = |relation: &str, name: &str| match schema {
        Some(schema) => format!("{}.{}", qualified(schema, relation), quote_ident(name)),
        None => format!("{}.{}", quote_ident(relation), quote_ident(name)),
    };
    match &object.definition {
        Definition::Constraint(constraint) => part_of(&constraint.relation, &object.name),
        Definition::Default(default) => part_of(&default.relation, &default.column),
        Definition::Rule(rule) => part_of(&rule.relation, &object.name),
        Definition::ViewBody(_) => part_of(&object.name, "_RETURN"),
        Definition::Trigger(trigger) => part_of(&trigger.relation, &object.name),
        Definition::Policy(policy) => part_of(&policy.relation, &object.name),
        Definition::UserMapping(mapping) => ddl::foreign::mapping_identity(mapping),
        Definition::LargeObjects(_) => object.name.clone(),
        Definition::DefaultPrivileges(privileges) => {
            let schema = privileges
                .in_schema
                .as_ref()
                .map(|schema| format!(" IN SCHEMA {}", quote_ident(schema)));
            format!(
                "{}{} ON {}",
                quote_ident(&privileges.role),
                schema.unwrap_or_default(),
                privileges.objects
            )
        }
        _ => role_marks::plain(&target_of(object).sql),
    }
}

fn entry_name(object: &Object) -> String {
    match &object.definition {
        Definition::Default(default) => default.column.clone(),
        Definition::ViewBody(_) => "_RETURN".to_owned(),
        _ => object.name.clone(),
    }
}

fn statements(object: &Object, context: &Context) -> Statements {
    match &object.definition {
        Definition::Schema => ddl::schema::render(object, context),
        Definition::Extension { schema } => ddl::extension::render(object, schema, context),
        Definition::Language(language) => ddl::routines::language::render(object, language, context),
        Definition::Collation(collation) => ddl::types::collation::render(object, collation, context),
        Definition::ShellType => ddl::types::defined::render_shell(object, context),
        Definition::BaseType(base) => ddl::types::defined::render_base(object, base, context),
        Definition::UndefinedType => ddl::types::defined::render_undefined(object, context),
        Definition::EnumType(definition) => ddl::types::defined::render_enum(object, definition, context),
        Definition::RangeType(range) => ddl::types::defined::render_range(object, range, context),
        Definition::CompositeType(composite) => ddl::types::defined::render_composite(object, composite, context),
        Definition::Domain(domain) => ddl::types::domain::render(object, domain, context),
        Definition::ImpliedType => Statements::default(),
        Definition::Cast(cast) => ddl::types::cast::render(object, cast, context),
        Definition::Routine(routine) => ddl::routines::routine::render(object, routine, context),
        Definition::Aggregate(aggregate) => ddl::routines::aggregate::render(object, aggregate, context),
        Definition::Operator(operator) => ddl::routines::operator::render(object, operator, context),
        Definition::OperatorFamily(family) => ddl::routines::operator_class::render_family(object, family, context),
        Definition::OperatorClass(class) => ddl::routines::operator_class::render_class(object, class, context),
        Definition::Transform(transform) => ddl::types::transform::render(object, transform, context),
        Definition::AccessMethod(method) => ddl::routines::access_method::render(object, method, context),
        Definition::Conversion(conversion) => ddl::types::conversion::render(object, conversion, context),
        Definition::TextSearchParser(parser) => ddl::routines::text_search::render_parser(object, parser, context),
        Definition::TextSearchTemplate(template) => {
            ddl::routines::text_search::render_template(object, template, context)
        }
        Definition::TextSearchDictionary(dictionary) => {
            ddl::routines::text_search::render_dictionary(object, dictionary, context)
        }
        Definition::TextSearchConfiguration(configuration) => {
            ddl::routines::text_search::render_configuration(object, configuration, context)
        }
        Definition::ForeignDataWrapper(wrapper) => ddl::foreign::render_wrapper(object, wrapper, context),
        Definition::ForeignServer(server) => ddl::foreign::render_server(object, server, context),
        Definition::UserMapping(mapping) => ddl::foreign::render_mapping(object, mapping, context),
        Definition::Table(table) => ddl::relations::table::render(object, table, context),
        Definition::View(view) => ddl::relations::view::render(object, view, context),
        Definition::ViewBody(view) => ddl::relations::view::render_body(object, view, context),
        Definition::MaterializedView(view) => ddl::relations::matview::render(object, view, context),
        Definition::MatviewRefresh => ddl::relations::matview::render_refresh(object, context),
        Definition::Sequence(sequence) => ddl::relations::sequence::render(object, sequence, context),
        Definition::SequenceOwner(owner) => ddl::relations::sequence::render_owner(object, owner, context),
        Definition::TableAttach(attach) => ddl::relations::partition::render_table(object, attach, context),
        Definition::IndexAttach(attach) => ddl::relations::partition::render_index(object, attach, context),
        Definition::Default(default) => ddl::relations::default::render(object, default, context),
        Definition::Constraint(constraint) => ddl::relations::constraint::render(object, constraint, context),
        Definition::Index(index) => ddl::relations::index::render(object, index, context),
        Definition::ExtendedStatistics(statistics) => ddl::relations::statistics::render(object, statistics, context),
        Definition::Rule(rule) => ddl::relations::rule::render(object, rule, context),
        Definition::Trigger(trigger) => ddl::relations::trigger::render(object, trigger, context),
        Definition::RowSecurity => ddl::relations::policy::render_row_security(object, context),
        Definition::Policy(policy) => ddl::relations::policy::render(object, policy, context),
        Definition::Publication(publication) => ddl::replication::publication::render(object, publication, context),
        Definition::PublicationTable(table) => ddl::replication::publication::render_table(object, table, context),
        Definition::PublicationSchema(schema) => ddl::replication::publication::render_schema(object, schema, context),
        Definition::Subscription(subscription) => ddl::replication::subscription::render(object, subscription, context),
        Definition::EventTrigger(trigger) => ddl::routines::event_trigger::render(object, trigger, context),
        Definition::LargeObjects(group) => ddl::large_objects::render(object, group, context),
        Definition::SystemObject(_) => Statements::default(),
        Definition::Global(global) => ddl::server::globals::render(object, global, context),
        Definition::Database(properties) => ddl::server::database::render(object, properties, context),
        Definition::DatabaseSettings(settings) => ddl::server::database::render_settings(object, settings, context),
        Definition::DefaultPrivileges(defaults) => Statements {
            create: privileges::default_statements(defaults),
            requires: std::iter::once(Requirement::Role(defaults.role.clone()))
                .chain(privileges::required_roles(&defaults.acl))
                .collect(),
            ..Statements::default()
        },
    }
}

/// The object's name for GRANT, which treats aggregates as functions: their arguments without ORDER BY, and `()` for
/// `(*)`.
fn plain_sql(object: &Object, target: &Naming) -> String {
    match &object.definition {
        Definition::Aggregate(aggregate) => format!(
            "{}({})",
            qualified(object.schema.as_deref().unwrap_or_default(), &object.name),
            aggregate.identity_arguments
        ),
        _ => target.sql.clone(),
    }
}

/// The object's own comments, its columns', and those of parts that it creates.
fn comments(object: &Object, target: &Naming, context: &Context) -> Vec<String> {
    let mut statements = own_comments(object, target);
    match &object.definition {
        Definition::Constraint(_) => statements.extend(
            backing_index(object, context)
                .into_iter()
                .flat_map(|index| own_comments(index, &target_of(index))),
        ),
        _ => {
            let parts = (context.parts)(object.address);
            let inline = parts
                .into_iter()
                .filter(|part| part.kind().is_none() && !matches!(part.definition, Definition::Index(_)));
            statements.extend(inline.flat_map(|part| own_comments(part, &target_of(part))));
        }
    }
    statements
}

/// The index of a key or exclusion, which has no entry of its own.
fn backing_index<'a>(object: &Object, context: &'a Context) -> Option<&'a Object> {
    match &object.definition {
        Definition::Constraint(constraint) => constraint.index.and_then(|index| (context.object)(index)),
        _ => None,
    }
}

fn security_labels(object: &Object, target: &Naming) -> Vec<String> {
    // There is no syntax for the columns of a composite type.
    let columns = object.kind() != Some(Kind::Type);
    object
        .security_labels
        .iter()
        .filter(|label| columns || label.column.is_none())
        .map(|label| {
            let on = match &label.column {
                None => format!("{} {}", target.keyword, target.sql),
                Some(column) => format!("COLUMN {}.{}", target.sql, quote_ident(column)),
            };
            let provider = quote_ident(&label.provider);
            format!(
                "SECURITY LABEL FOR {provider} ON {on} IS {}",
                quote_literal(&label.label)
            )
        })
        .collect()
}
