//! The options of a restore as text: two runs with the same text make the same, so one can continue the other.
//!
//! ```text
//! pgark restore 1          the form of this text
//! clean                    a flag that is set
//! table "sales.*"          a value, as a JSON string
//! ```
//!
//! Only what differs from the default has a line: an option added in a later version changes no text that does not use
//! it. Who changes the meaning of a line must raise [`FORM`]; records of earlier forms are then refused.

use crate::plan::choose::leave_out::Without;
use crate::plan::choose::parts::Parts;
use crate::plan::restore::select::RestoreFilter;
use crate::restore::options::RestoreOptions;

/// The version of the text's form.
pub(super) const FORM: u32 = 1;

/// The options that decide what a restore makes. How it is made may change from one run to the next.
pub(super) fn text(options: &RestoreOptions) -> String {
    let RestoreOptions {
        role,
        filter,
        create,
        clean,
        if_exists,
        statistics,
        analyze,
        disable_triggers,
        globals,
        role_map,
        jobs: _,
        exit_on_error: _,
        skip_damaged: _,
        resume: _,
        keep_record: _,
        skip_missing: _,
        search_path: _,
    } = options;
    let mut lines = Lines(format!("pgark restore {FORM}\n"));
    lines.flag("create", *create);
    lines.flag("clean", *clean);
    lines.flag("if-exists", *if_exists);
    lines.flag("globals", *globals);
    lines.flag("statistics", *statistics);
    lines.flag("analyze", *analyze);
    lines.flag("disable-triggers", *disable_triggers);
    lines.values("role", role.as_deref());
    for (from, to) in role_map.pairs() {
        lines.values("role-map-from", [from]);
        lines.values("role-map-to", [to]);
    }
    filtered(&mut lines, filter);
    lines.0
}

fn filtered(lines: &mut Lines, filter: &RestoreFilter) {
    let RestoreFilter {
        schemas,
        exclude_schemas,
        tables,
        exclude_tables,
        indexes,
        triggers,
        functions,
        list,
        parts,
        without,
        large_objects,
    } = filter;
    lines.values("schema", schemas.iter().map(|pattern| pattern.text()));
    lines.values("exclude-schema", exclude_schemas.iter().map(|pattern| pattern.text()));
    lines.values("table", tables.iter().map(|pattern| pattern.text()));
    lines.values("exclude-table", exclude_tables.iter().map(|pattern| pattern.text()));
    lines.values("index", indexes.iter().map(|pattern| pattern.text()));
    lines.values("trigger", triggers.iter().map(|pattern| pattern.text()));
    lines.values("function", functions.iter().map(|pattern| pattern.text()));
    lines.values("list", list.as_deref());
    let parts = match parts {
        Parts::All => None,
        Parts::Schema => Some("schema"),
        Parts::Data => Some("data"),
        Parts::PreData => Some("pre-data"),
        Parts::PostData => Some("post-data"),
        Parts::UpToData => Some("up-to-data"),
        Parts::FromData => Some("from-data"),
    };
    lines.values("parts", parts);
    left_out(lines, without);
    let large_objects = large_objects.map(|wanted| if wanted { "yes" } else { "no" });
    lines.values("large-objects", large_objects);
}

fn left_out(lines: &mut Lines, without: &Without) {
    let Without {
        owners,
        privileges,
        comments,
        security_labels,
        policies,
        publications,
        subscriptions,
        tablespaces,
        access_methods,
        toast_compression,
        unlogged_rows,
    } = without;
    lines.flag("no-owners", *owners);
    lines.flag("no-privileges", *privileges);
    lines.flag("no-comments", *comments);
    lines.flag("no-security-labels", *security_labels);
    lines.flag("no-policies", *policies);
    lines.flag("no-publications", *publications);
    lines.flag("no-subscriptions", *subscriptions);
    lines.flag("no-tablespaces", *tablespaces);
    lines.flag("no-access-methods", *access_methods);
    lines.flag("no-toast-compression", *toast_compression);
    lines.flag("no-unlogged-rows", *unlogged_rows);
}

struct Lines(String);

impl Lines {
    fn flag(&mut self, name: &str, given: bool) {
        if given {
            self.0.push_str(name);
            self.0.push('\n');
        }
    }

    fn values<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            self.0.push_str(&format!("{name} {}\n", serde_json::json!(value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::restore::missing::SkipMissing;
    use crate::plan::restore::role_map::RoleMap;
    use crate::select::pattern::{NamePattern, RelationPattern, RoutinePattern};

    fn names(texts: &[&str]) -> Vec<NamePattern> {
        let pattern = |text: &&str| NamePattern::parse(text, "shop").expect("pattern");
        texts.iter().map(pattern).collect()
    }

    fn relations(texts: &[&str]) -> Vec<RelationPattern> {
        let pattern = |text: &&str| RelationPattern::parse(text, "shop").expect("pattern");
        texts.iter().map(pattern).collect()
    }

    /// Unfinished restores of the last version are found by these texts: a changed text needs another [`FORM`].
    #[test]
    fn the_text_of_what_was_asked_for_stays_what_it_is() {
        assert_eq!(text(&RestoreOptions::default()), "pgark restore 1\n");
        let everything = RestoreOptions {
            role: Some("o\"wner".to_owned()),
            jobs: 8,
            filter: RestoreFilter {
                schemas: names(&["sales", "b*"]),
                exclude_schemas: names(&["old"]),
                tables: relations(&["sales.*"]),
                exclude_tables: relations(&["log_?"]),
                indexes: relations(&["i"]),
                triggers: relations(&["t"]),
                functions: vec![RoutinePattern::parse("f(int, text)", "shop").expect("pattern")],
                list: Some("1; TABLE a\n".to_owned()),
                parts: Parts::UpToData,
                without: Without {
                    owners: true,
                    privileges: true,
                    comments: true,
                    security_labels: true,
                    policies: true,
                    publications: true,
                    subscriptions: true,
                    tablespaces: true,
                    access_methods: true,
                    toast_compression: true,
                    unlogged_rows: true,
                },
                large_objects: Some(false),
            },
            create: true,
            clean: true,
            if_exists: true,
            statistics: true,
            analyze: true,
            exit_on_error: true,
            skip_damaged: true,
            disable_triggers: true,
            globals: true,
            role_map: RoleMap::parse(&["a=b".to_owned(), "c=d\ne".to_owned()]).expect("roles"),
            resume: true,
            keep_record: true,
            skip_missing: SkipMissing::All,
            search_path: Some("public".to_owned()),
        };
        let lines = [
            "pgark restore 1",
            "create",
            "clean",
            "if-exists",
            "globals",
            "statistics",
            "analyze",
            "disable-triggers",
            "role \"o\\\"wner\"",
            "role-map-from \"a\"",
            "role-map-to \"b\"",
            "role-map-from \"c\"",
            "role-map-to \"d\\ne\"",
            "schema \"sales\"",
            "schema \"b*\"",
            "exclude-schema \"old\"",
            "table \"sales.*\"",
            "exclude-table \"log_?\"",
            "index \"i\"",
            "trigger \"t\"",
            "function \"f(int, text)\"",
            "list \"1; TABLE a\\n\"",
            "parts \"up-to-data\"",
            "no-owners",
            "no-privileges",
            "no-comments",
            "no-security-labels",
            "no-policies",
            "no-publications",
            "no-subscriptions",
            "no-tablespaces",
            "no-access-methods",
            "no-toast-compression",
            "no-unlogged-rows",
            "large-objects \"no\"",
            "",
        ];
        assert_eq!(text(&everything), lines.join("\n"));
    }
}
