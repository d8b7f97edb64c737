//! Sequences, which stand alone or are made by the identity column they serve, and their owners.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::{Identity, Sequence, SequenceOwner};
use crate::version::Version;

pub(crate) fn target(object: &Object, _sequence: &Sequence) -> Naming {
    Naming {
        keyword: "SEQUENCE",
        sql: name(object),
        grant_keyword: "SEQUENCE",
    }
}

/// Renders a sequence. That of an identity column has neither owner nor drop of its own, but those of the table.
pub(crate) fn render(object: &Object, sequence: &Sequence, ctx: &Context) -> Statements {
    let name = name(object);
    let Some(identity) = &sequence.identity else {
        let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
        return Statements {
            create: vec![format!(
                "CREATE {unlogged}SEQUENCE {name}{}",
                type_and_options(sequence)
            )],
            drop: Some(drops::plain("SEQUENCE", &name)),
            has_owner: true,
            ..Statements::default()
        };
    };
    Statements {
        create: vec![add_identity(&name, sequence, identity, ctx.version)],
        ..Statements::default()
    }
}

/// The sequence is the target: no statement names an ownership itself.
pub(crate) fn owner_target(object: &Object, _owner: &SequenceOwner) -> Naming {
    Naming {
        keyword: "SEQUENCE",
        sql: name(object),
        grant_keyword: "SEQUENCE",
    }
}

pub(crate) fn render_owner(object: &Object, owner: &SequenceOwner, _ctx: &Context) -> Statements {
    let table = qualified(&owner.table_schema, &owner.table_name);
    Statements {
        create: vec![format!(
            "ALTER SEQUENCE {} OWNED BY {table}.{}",
            name(object),
            quote_ident(&owner.column)
        )],
        ..Statements::default()
    }
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

fn add_identity(name: &str, sequence: &Sequence, identity: &Identity, version: Version) -> String {
    let table = qualified(&identity.table.schema, &identity.table.name);
    let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    // Before 15 sequences were always logged, and there is no keyword for it.
    let persistence = match (
        identity.persistence_differs && version.has_unlogged_sequences(),
        sequence.unlogged,
    ) {
        (false, _) => "",
        (true, true) => "\n    UNLOGGED",
        (true, false) => "\n    LOGGED",
    };
    format!(
        "ALTER TABLE {table} ALTER COLUMN {} ADD GENERATED {when} AS IDENTITY (\n    SEQUENCE NAME {name}{persistence}{}\n)",
        quote_ident(&identity.column),
        options(sequence)
    )
}

fn type_and_options(sequence: &Sequence) -> String {
    let data_type = match sequence.data_type.as_str() {
        "bigint" => String::new(),
        other => format!("\n    AS {other}"),
    };
    format!("{data_type}{}", options(sequence))
}

/// The options of a sequence. Bounds that the type has anyway for this direction are left out.
fn options(sequence: &Sequence) -> String {
    let (least, greatest) = match sequence.data_type.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (minimum, maximum) = if sequence.increment > 0 {
        (1, greatest)
    } else {
        (least, -1)
    };
    let bound = |word: &str, value: i64, default: i64| {
        if value == default {
            format!("\n    NO {word}")
        } else {
            format!("\n    {word} {value}")
        }
    };
    format!(
        "\n    START WITH {}\n    INCREMENT BY {}{}{}\n    CACHE {}{}",
        sequence.start,
        sequence.increment,
        bound("MINVALUE", sequence.minimum, minimum),
        bound("MAXVALUE", sequence.maximum, maximum),
        sequence.cache,
        if sequence.cycle { "\n    CYCLE" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::objects::object::Definition;
    use crate::model::objects::relation::RelationRef;
    use crate::model::{Address, Class};

    fn sequence() -> Sequence {
        Sequence {
            data_type: "integer".to_owned(),
            start: 5,
            increment: -2,
            minimum: i64::from(i32::MIN),
            maximum: 100,
            cache: 3,
            cycle: true,
            unlogged: false,
            identity: None,
        }
    }

    fn create(sequence: &Sequence, version: Version) -> Statements {
        let object = part(Class::Relation, "s", Definition::Sequence(Box::new(sequence.clone())));
        let mut lookup = context(&[]);
        lookup.version = version;
        render(&object, sequence, &lookup)
    }

    #[test]
    fn a_descending_sequence_names_only_the_bounds_that_are_not_defaults() {
        assert_eq!(
            create(&sequence(), Version::first_of(15)).create,
            [
                "CREATE SEQUENCE public.s\n    AS integer\n    START WITH 5\n    INCREMENT BY -2\n    \
              NO MINVALUE\n    MAXVALUE 100\n    CACHE 3\n    CYCLE"
            ]
        );
    }

    #[test]
    fn an_identity_names_its_sequence_and_a_differing_persistence() {
        let table = RelationRef {
            address: Address::new(Class::Relation, 1),
            schema: "public".to_owned(),
            name: "T".to_owned(),
        };
        let identity = Identity {
            table,
            column: "id".to_owned(),
            always: true,
            persistence_differs: true,
        };
        let sequence = Sequence {
            data_type: "bigint".to_owned(),
            increment: 1,
            minimum: 1,
            maximum: i64::MAX,
            cycle: false,
            identity: Some(identity),
            ..sequence()
        };
        let statements = create(&sequence, Version::first_of(15));
        assert_eq!(
            statements.create,
            [
                "ALTER TABLE public.\"T\" ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (\n    \
              SEQUENCE NAME public.s\n    LOGGED\n    START WITH 5\n    INCREMENT BY 1\n    NO MINVALUE\n    \
              NO MAXVALUE\n    CACHE 3\n)"
            ]
        );
        assert!(!statements.has_owner && statements.drop.is_none());
        assert!(!create(&sequence, Version::first_of(14)).create[0].contains("LOGGED"));
    }
}
