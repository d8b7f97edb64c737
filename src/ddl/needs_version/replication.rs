//! Finds the versions that publications and subscriptions need, from their statements.

use super::forms::refuse;
use crate::ddl::text::scan::{says, unquoted};
use crate::model::Entry;
use crate::model::needs_version::{Limit, On, Otherwise};
use crate::version::{Version, since};

/// Limits of a publication. Publishing less than subscribers expect breaks them, so no other statement is close enough.
pub(super) fn publication(entry: &Entry) -> Vec<Limit> {
    let mut options = entry
        .create
        .iter()
        .filter_map(|sql| With::of(sql))
        .flat_map(|with| with.items);
    let generated = options.any(|item| item.name == "publish_generated_columns");
    let limit = || refuse(since::PUBLISHED_GENERATED_COLUMNS, "publication of generated columns");
    generated.then(limit).into_iter().collect()
}

/// Limits of a publication's member. Without its options more would be published than was intended.
pub(super) fn member(entry: &Entry) -> Vec<Limit> {
    let mut limits = Vec::new();
    for sql in &entry.create {
        let blank = unquoted(sql);
        let (columns, condition) = match blank.find(" WHERE (") {
            Some(at) => (&blank[..at], true),
            None => (&blank[..], false),
        };
        if columns.contains('(') {
            limits.push(refuse(since::PUBLICATION_FILTERS, "column list in a publication"));
        }
        if condition {
            limits.push(refuse(since::PUBLICATION_FILTERS, "row filter in a publication"));
        }
    }
    limits
}

/// The version that brought an option of subscriptions. The behaviour of older servers is close enough, except for
/// `origin`: changes that go round in a circle never end.
fn option_since(item: &Item) -> Option<Version> {
    match item.name {
        "streaming" if item.text.contains("parallel") => Some(since::PARALLEL_STREAMING),
        "binary" => Some(since::BINARY_SUBSCRIPTIONS),
        "streaming" => Some(since::STREAMING_SUBSCRIPTIONS),
        "two_phase" => Some(since::TWO_PHASE_SUBSCRIPTIONS),
        "disable_on_error" => Some(since::SUBSCRIPTIONS_THAT_STOP),
        "password_required" => Some(since::SUBSCRIPTION_PASSWORDS),
        "run_as_owner" => Some(since::SUBSCRIPTIONS_AS_OWNER),
        "origin" => Some(since::SUBSCRIPTION_ORIGIN),
        "failover" => Some(since::FAILOVER_SUBSCRIPTIONS),
        _ => None,
    }
}

/// One limit for each version that brought some of the options, oldest first. The first limit that excludes a server
/// leaves out all options that the server does not know.
pub(super) fn subscription(entry: &Entry) -> Vec<Limit> {
    let created = (0..)
        .zip(&entry.create)
        .find(|(_, sql)| says(sql, "CREATE SUBSCRIPTION"));
    let Some((position, with)) = created.and_then(|(position, sql)| Some((position, With::of(sql)?))) else {
        return Vec::new();
    };
    let mut limits = Vec::new();
    if with.items.iter().any(|item| item.name == "origin") {
        limits.push(refuse(since::SUBSCRIPTION_ORIGIN, "origin of a subscription's changes"));
    }
    let mut versions: Vec<Version> = with.items.iter().filter_map(option_since).collect();
    versions.sort_unstable();
    versions.dedup();
    for version in versions {
        let is_new = |item: &&Item| option_since(item).is_some_and(|since| since >= version);
        let new: Vec<&str> = with.items.iter().filter(is_new).map(|item| item.name).collect();
        let old: Vec<&str> = with
            .items
            .iter()
            .filter(|item| !is_new(item))
            .map(|item| item.text)
            .collect();
        let feature = format!("subscription option {}", new.join(", "));
        let older = format!("{}{}{}", with.before, old.join(", "), with.after);
        limits.push(Limit::since(
            version,
            On::Create(position),
            feature,
            Otherwise::Use(vec![older]),
        ));
    }
    limits
}

/// A statement, divided into its last `WITH (..)` and the text around it.
struct With<'a> {
    before: &'a str,
    items: Vec<Item<'a>>,
    after: &'a str,
}

/// `name = value`.
struct Item<'a> {
    name: &'a str,
    text: &'a str,
}

impl<'a> With<'a> {
    fn of(sql: &'a str) -> Option<Self> {
        const OPEN: &str = " WITH (";
        let blank = unquoted(sql);
        let open = blank.rfind(OPEN)? + OPEN.len();
        let close = open + blank[open..].rfind(')')?;
        let mut items = Vec::new();
        let mut start = open;
        for end in blank[open..close]
            .match_indices(',')
            .map(|(at, _)| open + at)
            .chain([close])
        {
            let text = sql[start..end].trim();
            let name = text.split(['=', ' ']).next().unwrap_or_default();
            items.push(Item { name, text });
            start = end + 1;
        }
        Some(Self {
            before: &sql[..open],
            items,
            after: &sql[close..],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sql: &str) -> Entry {
        Entry {
            create: vec![sql.to_owned()],
            ..Entry::default()
        }
    }

    #[test]
    fn an_older_server_gets_the_options_it_knows() {
        let limits = subscription(&entry(
            "CREATE SUBSCRIPTION s CONNECTION 'a, binary = x)' PUBLICATION p \
             WITH (connect = false, slot_name = 'a,b', binary = 'true', two_phase = 'true', failover = 'true')",
        ));
        let used: Vec<(Option<u32>, &Otherwise)> = limits.iter().map(|l| (l.min_version, &l.otherwise)).collect();
        let head = "CREATE SUBSCRIPTION s CONNECTION 'a, binary = x)' PUBLICATION p \
                    WITH (connect = false, slot_name = 'a,b'";
        let text = |rest: &str| Otherwise::Use(vec![format!("{head}{rest})")]);
        assert_eq!(
            used,
            [
                (Some(since::BINARY_SUBSCRIPTIONS.0), &text("")),
                (Some(since::TWO_PHASE_SUBSCRIPTIONS.0), &text(", binary = 'true'")),
                (
                    Some(since::FAILOVER_SUBSCRIPTIONS.0),
                    &text(", binary = 'true', two_phase = 'true'")
                ),
            ]
        );
    }

    #[test]
    fn filters_of_publications_are_not_left_out() {
        let needs = |sql: &str| {
            member(&entry(sql))
                .iter()
                .map(|l| l.feature.clone())
                .collect::<Vec<_>>()
        };
        assert!(needs("ALTER PUBLICATION p ADD TABLE ONLY \"a (b)\".t").is_empty());
        assert_eq!(
            needs("ALTER PUBLICATION p ADD TABLE ONLY s.t (a) WHERE ((b > 1))"),
            ["column list in a publication", "row filter in a publication"]
        );
        let generated = "CREATE PUBLICATION p WITH (publish = 'insert', publish_generated_columns = stored)";
        assert_eq!(publication(&entry(generated)).len(), 1);
        assert!(
            publication(&entry(
                "CREATE PUBLICATION publish_generated_columns WITH (publish = '')"
            ))
            .is_empty()
        );
    }
}
