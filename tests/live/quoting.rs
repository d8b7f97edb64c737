//! Random valid names for every kind of object, and random texts wherever SQL has them, come back the same.
//!
//! `PGARK_SEED=n` tries that seed alone.

use std::collections::BTreeSet;

use crate::round_trip::{Judge, round_trip};
use crate::support::Database;
use crate::support::session::Session;
use pgark::internals::server::Server;

const SEEDS: [u64; 3] = [1, 2, 3];

/// The longest name in bytes.
const LONGEST: usize = 63;

/// What names and texts are made of.
const PIECES: &[&str] = &[
    "\"",
    "\"\"",
    "'",
    "''",
    "\\",
    "\\\\",
    "\\.",
    "\\N",
    " ",
    "  ",
    ".",
    ",",
    ";",
    "$",
    "$$",
    "$1",
    "$_$",
    "%",
    "%s",
    "%I",
    ":",
    "::",
    ":x",
    "--",
    "-- ",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\t",
    "\u{1}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{b}",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "@",
    "#",
    "&",
    "|",
    "!",
    "?",
    "*",
    "+",
    "~",
    "^",
    "`",
    "a",
    "Z",
    "xY",
    "0",
    "42",
    "_",
    "é",
    "ß",
    "ﬁ",
    "漢字",
    "🦆",
    "\u{202e}",
    "\u{301}",
    "\u{a0}",
    "\u{2003}",
    "\u{85}",
    "select",
    "Table",
    "NULL",
    "null",
    "user",
    "public",
    "\nDROP TABLE x;\n",
    "E'",
    "U&\"",
    "q$q",
    "\\x41",
];

/// Names that are words of SQL, whole.
const WORDS: &[&str] = &[
    "select",
    "table",
    "user",
    "order",
    "from",
    "null",
    "default",
    "all",
    "public",
    "none",
    "current_user",
    "values",
    "NULL",
    "Select",
    "int",
    "char",
    "between",
    "setof",
    "authorization",
    "binary",
    "merge_action",
    "json_table",
    "1",
    "-",
    " ",
    "a b",
    "*",
];

/// Small and repeatable: xorshift.
struct Random {
    state: u64,
    used: BTreeSet<String>,
}

impl Random {
    fn new(seed: u64) -> Random {
        Random {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            used: BTreeSet::new(),
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % limit as u64) as usize
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    fn pieces(&mut self, most_bytes: usize) -> String {
        let mut text = String::new();
        let full = self.below(4) == 0;
        let count = 1 + self.below(8);
        for _ in 0..if full { 100 } else { count } {
            let piece = self.pick(PIECES);
            if text.len() + piece.len() <= most_bytes {
                text.push_str(piece);
            }
        }
        text
    }

    /// A name that no other object has, as it is.
    fn plain(&mut self, most_bytes: usize) -> String {
        loop {
            let name = if self.below(5) == 0 {
                self.pick(WORDS).to_owned()
            } else {
                self.pieces(most_bytes)
            };
            // Servers keep these for themselves.
            let reserved = name.starts_with("pg_") || name == "public" || name == "none";
            if !name.is_empty() && !reserved && self.used.insert(name.clone()) {
                return name;
            }
        }
    }

    /// A new name as SQL.
    fn name(&mut self) -> String {
        quoted(&self.plain(LONGEST))
    }

    /// A name of an option, which is stored before an equals sign.
    fn option(&mut self) -> String {
        self.name().replace('=', "")
    }

    /// Any text as SQL.
    fn text(&mut self) -> String {
        let pieces = self.pieces(300);
        literal(&pieces)
    }

    /// A label of an enum as SQL.
    fn label(&mut self) -> String {
        literal(&self.plain(LONGEST))
    }

    fn operator(&mut self) -> String {
        loop {
            let length = 1 + self.below(6);
            let mut name: String = (0..length)
                .map(|_| self.pick(&["<", ">", "=", "~", "!", "@", "#", "%", "^", "&", "|", "?", "`"]))
                .collect();
            name.push_str(self.pick(&["@", "#", "~", "`"]));
            if self.used.insert(name.clone()) {
                return name;
            }
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Roles belong to the server: they go when the test ends.
struct Roles {
    server: &'static Server,
    names: Vec<String>,
}

impl Roles {
    fn create(server: &'static Server, random: &mut Random, seed: u64) -> Roles {
        let names: Vec<String> = (0..2)
            .map(|place| quoted(&format!("pgark_q{seed}{place}{}", random.pieces(LONGEST - 12))))
            .collect();
        let roles = Roles { server, names };
        let mut session = Session::open(&server.conninfo("postgres"));
        for name in &roles.names {
            session.execute(&format!("CREATE ROLE {name}"));
        }
        roles
    }
}

impl Drop for Roles {
    fn drop(&mut self) {
        if let Ok(mut session) = Session::try_open(&self.server.conninfo("postgres")) {
            for name in &self.names {
                let _ = session.try_execute(&format!("DROP ROLE IF EXISTS {name}"));
            }
        }
    }
}

/// The statements of one database with an object of every kind.
struct Script<'a> {
    random: &'a mut Random,
    session: Session,
    major: u32,
    owner: String,
    reader: String,
}

impl Script<'_> {
    fn run(&mut self, sql: &str) {
        self.session.execute(sql);
    }

    /// Gives an object, e.g. `TABLE x`, a comment of any text.
    fn comment(&mut self, on: &str) {
        let text = self.random.text();
        self.run(&format!("COMMENT ON {on} IS {text}"));
    }

    fn name(&mut self) -> String {
        self.random.name()
    }

    /// A new name in a schema.
    fn name_in(&mut self, schema: &str) -> String {
        format!("{schema}.{}", self.random.name())
    }

    fn schema(&mut self) -> String {
        let (schema, owner, reader) = (self.name(), self.owner.clone(), self.reader.clone());
        self.run(&format!("CREATE SCHEMA {schema} AUTHORIZATION {owner}"));
        self.run(&format!("GRANT USAGE ON SCHEMA {schema} TO {reader} WITH GRANT OPTION"));
        self.comment(&format!("SCHEMA {schema}"));
        schema
    }

    /// Comment, owner and a grant for an object whose statements all name it alike.
    fn dress(&mut self, on: &str, grant: Option<&str>) {
        self.comment(on);
        let (owner, reader) = (self.owner.clone(), self.reader.clone());
        self.run(&format!("ALTER {on} OWNER TO {owner}"));
        if let Some(grant) = grant {
            self.run(&format!("GRANT {grant} TO {reader}"));
        }
    }

    fn types(&mut self, s: &str) -> (String, String, String) {
        let (collation, composite, domain, range) =
            (self.name_in(s), self.name_in(s), self.name_in(s), self.name_in(s));
        self.run(&format!("CREATE COLLATION {collation} (LOCALE = 'C')"));
        self.dress(&format!("COLLATION {collation}"), None);
        let (a, b) = (self.name(), self.name());
        self.run(&format!(
            "CREATE TYPE {composite} AS ({a} integer, {b} text COLLATE {collation})"
        ));
        self.dress(
            &format!("TYPE {composite}"),
            Some(&format!("USAGE ON TYPE {composite}")),
        );
        self.comment(&format!("COLUMN {composite}.{b}"));
        let enumeration = self.name_in(s);
        let labels: Vec<String> = (0..5).map(|_| self.random.label()).collect();
        self.run(&format!(
            "CREATE TYPE {enumeration} AS ENUM ({})",
            labels[..4].join(", ")
        ));
        self.run(&format!(
            "ALTER TYPE {enumeration} ADD VALUE {} BEFORE {}",
            labels[4], labels[1]
        ));
        self.dress(&format!("TYPE {enumeration}"), None);
        let (check, text) = (self.name(), self.random.text());
        self.run(&format!("CREATE DOMAIN {domain} AS text COLLATE {collation} DEFAULT {text} CONSTRAINT {check} CHECK (VALUE <> {text} || 'x')"));
        self.dress(&format!("DOMAIN {domain}"), Some(&format!("USAGE ON TYPE {domain}")));
        self.comment(&format!("CONSTRAINT {check} ON DOMAIN {domain}"));
        let multirange = match self.major {
            ..14 => String::new(),
            _ => format!(", MULTIRANGE_TYPE_NAME = {}", self.name_in(s)),
        };
        self.run(&format!(
            "CREATE TYPE {range} AS RANGE (SUBTYPE = text, COLLATION = {collation}{multirange})"
        ));
        self.comment(&format!("TYPE {range}"));
        let (base, input, output, shell) = (self.name_in(s), self.name_in(s), self.name_in(s), self.name_in(s));
        self.run(&format!("CREATE TYPE {base}"));
        self.run(&format!(
            "CREATE FUNCTION {input}(cstring) RETURNS {base} AS 'textin' LANGUAGE internal STRICT IMMUTABLE"
        ));
        self.run(&format!(
            "CREATE FUNCTION {output}({base}) RETURNS cstring AS 'textout' LANGUAGE internal STRICT IMMUTABLE"
        ));
        let text = self.random.text();
        self.run(&format!(
            "CREATE TYPE {base} (INPUT = {input}, OUTPUT = {output}, DEFAULT = {text}, DELIMITER = '\"')"
        ));
        self.dress(&format!("TYPE {base}"), None);
        self.run(&format!("CREATE TYPE {shell}"));
        self.comment(&format!("TYPE {shell}"));
        (composite, enumeration, domain)
    }

    fn routines(&mut self, s: &str, composite: &str, domain: &str) -> String {
        let function = self.name_in(s);
        let (a, b, c) = (self.name(), self.name(), self.name());
        let (text, body) = (self.random.text(), self.random.text());
        // A text of any letters can only be a body of a language that does not read it.
        self.run("SET check_function_bodies = off");
        self.run(&format!(
            "CREATE FUNCTION {function}({a} {composite}, {b} text DEFAULT {text}, VARIADIC {c} {domain}[] DEFAULT '{{}}') RETURNS text \
             LANGUAGE plpgsql IMMUTABLE SET search_path = {s}, {s} SET application_name = {text} AS {body}"
        ));
        let signature = format!("{function}({composite}, text, {domain}[])");
        self.dress(
            &format!("FUNCTION {signature}"),
            Some(&format!("EXECUTE ON FUNCTION {signature}")),
        );
        let (table, x, y) = (self.name_in(s), self.name(), self.name());
        self.run(&format!(
            "CREATE FUNCTION {table}(OUT {x} integer, INOUT {y} {composite}) LANGUAGE sql AS {body}"
        ));
        let (procedure, argument) = (self.name_in(s), self.name());
        self.run(&format!(
            "CREATE PROCEDURE {procedure}(INOUT {argument} integer) LANGUAGE sql AS {body}"
        ));
        self.dress(
            &format!("PROCEDURE {procedure}(integer)"),
            Some(&format!("EXECUTE ON PROCEDURE {procedure}(integer)")),
        );
        if self.major >= 14 {
            let (standard, argument, alias) = (self.name_in(s), self.name(), self.name());
            self.run(&format!("CREATE FUNCTION {standard}({argument} integer) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT {text} || {argument} AS {alias}; END"));
        }
        let (step, aggregate, argument) = (self.name_in(s), self.name_in(s), self.name());
        self.run(&format!(
            "CREATE FUNCTION {step}(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'"
        ));
        self.run(&format!(
            "CREATE AGGREGATE {aggregate}({argument} text) (SFUNC = {step}, STYPE = text, INITCOND = {text})"
        ));
        self.dress(
            &format!("AGGREGATE {aggregate}(text)"),
            Some(&format!("EXECUTE ON FUNCTION {aggregate}(text)")),
        );
        self.run("RESET check_function_bodies");
        let (handler, language) = (self.name_in(s), self.name());
        self.run(&format!("CREATE FUNCTION {handler}() RETURNS language_handler AS '$libdir/plpgsql', 'plpgsql_call_handler' LANGUAGE c"));
        self.run(&format!("CREATE TRUSTED LANGUAGE {language} HANDLER {handler}"));
        self.dress(
            &format!("LANGUAGE {language}"),
            Some(&format!("USAGE ON LANGUAGE {language}")),
        );
        let converts = self.name_in(s);
        self.run(&format!(
            "CREATE FUNCTION {converts}(internal) RETURNS internal AS 'prsd_lextype' LANGUAGE internal STRICT IMMUTABLE"
        ));
        self.run(&format!(
            "CREATE TRANSFORM FOR {composite} LANGUAGE {language} (FROM SQL WITH FUNCTION {converts}(internal))"
        ));
        self.comment(&format!("TRANSFORM FOR {composite} LANGUAGE {language}"));
        let uses = self.name_in(s);
        self.run(&format!("CREATE FUNCTION {uses}() RETURNS integer LANGUAGE {language} TRANSFORM FOR TYPE {composite} AS 'BEGIN RETURN 1; END'"));
        step
    }

    fn operators(&mut self, s: &str, composite: &str) {
        let function = self.name_in(s);
        self.run(&format!(
            "CREATE FUNCTION {function}({composite}, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'"
        ));
        let (operator, commutator) = (self.random.operator(), self.random.operator());
        self.run(&format!("CREATE OPERATOR {s}.{operator} (FUNCTION = {function}, LEFTARG = {composite}, RIGHTARG = integer, COMMUTATOR = OPERATOR({s}.{commutator}))"));
        self.dress(&format!("OPERATOR {s}.{operator} ({composite}, integer)"), None);
        let (family, class) = (self.name_in(s), self.name_in(s));
        self.run(&format!("CREATE OPERATOR FAMILY {family} USING btree"));
        self.dress(&format!("OPERATOR FAMILY {family} USING btree"), None);
        self.run(&format!("CREATE OPERATOR CLASS {class} FOR TYPE integer USING btree FAMILY {family} AS OPERATOR 3 =, FUNCTION 1 btint4cmp(integer, integer)"));
        self.dress(&format!("OPERATOR CLASS {class} USING btree"), None);
        let cast = self.name_in(s);
        self.run(&format!(
            "CREATE FUNCTION {cast}({composite}) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
        ));
        self.run(&format!(
            "CREATE CAST ({composite} AS integer) WITH FUNCTION {cast}({composite})"
        ));
        self.comment(&format!("CAST ({composite} AS integer)"));
        let conversion = self.name_in(s);
        self.run(&format!(
            "CREATE CONVERSION {conversion} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"
        ));
        self.dress(&format!("CONVERSION {conversion}"), None);
    }

    fn text_search(&mut self, s: &str) {
        let (parser, template, dictionary, configuration) =
            (self.name_in(s), self.name_in(s), self.name_in(s), self.name_in(s));
        self.run(&format!("CREATE TEXT SEARCH PARSER {parser} (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)"));
        self.run(&format!(
            "CREATE TEXT SEARCH TEMPLATE {template} (LEXIZE = dsimple_lexize)"
        ));
        self.run(&format!(
            "CREATE TEXT SEARCH DICTIONARY {dictionary} (TEMPLATE = {template})"
        ));
        self.run(&format!(
            "CREATE TEXT SEARCH CONFIGURATION {configuration} (PARSER = {parser})"
        ));
        self.run(&format!(
            "ALTER TEXT SEARCH CONFIGURATION {configuration} ADD MAPPING FOR asciiword WITH {dictionary}, simple"
        ));
        for (kind, name) in [("PARSER", &parser), ("TEMPLATE", &template)] {
            self.comment(&format!("TEXT SEARCH {kind} {name}"));
        }
        for (kind, name) in [("DICTIONARY", &dictionary), ("CONFIGURATION", &configuration)] {
            self.dress(&format!("TEXT SEARCH {kind} {name}"), None);
        }
    }

    fn foreign(&mut self, s: &str) {
        let (wrapper, server, table, column) = (self.name(), self.name(), self.name_in(s), self.name());
        let options: Vec<String> = (0..6)
            .map(|_| format!("{} {}", self.random.option(), self.random.text()))
            .collect();
        let (kind, version) = (self.random.text(), self.random.text());
        let (owner, reader) = (self.owner.clone(), self.reader.clone());
        self.run(&format!(
            "CREATE FOREIGN DATA WRAPPER {wrapper} OPTIONS ({})",
            options[0]
        ));
        self.comment(&format!("FOREIGN DATA WRAPPER {wrapper}"));
        self.run(&format!("GRANT USAGE ON FOREIGN DATA WRAPPER {wrapper} TO {owner}"));
        self.run(&format!(
            "CREATE SERVER {server} TYPE {kind} VERSION {version} FOREIGN DATA WRAPPER {wrapper} OPTIONS ({}, {})",
            options[1], options[2]
        ));
        self.dress(
            &format!("SERVER {server}"),
            Some(&format!("USAGE ON FOREIGN SERVER {server}")),
        );
        self.run(&format!(
            "CREATE USER MAPPING FOR {reader} SERVER {server} OPTIONS ({})",
            options[3]
        ));
        self.run(&format!("CREATE USER MAPPING FOR PUBLIC SERVER {server}"));
        self.run(&format!(
            "CREATE FOREIGN TABLE {table} ({column} text OPTIONS ({})) SERVER {server} OPTIONS ({})",
            options[4], options[5]
        ));
        self.dress(&format!("FOREIGN TABLE {table}"), Some(&format!("SELECT ON {table}")));
    }

    /// A table with everything that hangs on one; its name and two of its columns.
    fn tables(&mut self, s: &str, composite: &str, enumeration: &str, domain: &str) -> (String, String, String) {
        let method = self.name();
        self.run(&format!(
            "CREATE ACCESS METHOD {method} TYPE TABLE HANDLER heap_tableam_handler"
        ));
        self.comment(&format!("ACCESS METHOD {method}"));
        let table = self.name_in(s);
        let columns: Vec<String> = (0..8).map(|_| self.name()).collect();
        let [id, text, serial, of_domain, of_type, twice, gone, moods] = columns.each_ref_of();
        let [key, unique, check, excludes] = [self.name(), self.name(), self.name(), self.name()];
        let (default, other) = (self.random.text(), self.random.text());
        self.run(&format!(
            "CREATE TABLE {table} ({id} integer CONSTRAINT {key} PRIMARY KEY, {text} text COLLATE \"C\" DEFAULT {default} CONSTRAINT {unique} UNIQUE, \
             {gone} integer, {serial} integer GENERATED ALWAYS AS IDENTITY, {of_domain} {domain}, {of_type} {composite}, {moods} {enumeration}[], \
             {twice} text COLLATE \"C\" GENERATED ALWAYS AS ({text} || {other}) STORED, CONSTRAINT {check} CHECK ({text} <> {other} || 'y'), \
             CONSTRAINT {excludes} EXCLUDE USING btree ({id} WITH =)) USING {method}"
        ));
        self.run(&format!("ALTER TABLE {table} DROP COLUMN {gone}"));
        self.run(&format!("ALTER TABLE {table} ALTER {text} SET STATISTICS 7, ALTER {text} SET STORAGE EXTERNAL, ALTER {id} SET (n_distinct = 5)"));
        for row in 0..5 {
            let value = self.random.text();
            self.run(&format!(
                "INSERT INTO {table} ({id}, {text}, {of_domain}) VALUES ({row}, {value} || {row}, {value} || 'z')"
            ));
        }
        for column in [id, text, twice] {
            self.comment(&format!("COLUMN {table}.{column}"));
        }
        for constraint in [&key, &unique, &check, &excludes] {
            self.comment(&format!("CONSTRAINT {constraint} ON {table}"));
        }
        let (index, statistics, sequence) = (self.name(), self.name_in(s), self.name_in(s));
        self.run(&format!(
            "CREATE INDEX {index} ON {table} ({text}, (lower({twice}))) WHERE {text} <> {other}"
        ));
        self.comment(&format!("INDEX {s}.{index}"));
        self.run(&format!("ALTER TABLE {table} CLUSTER ON {unique}"));
        self.run(&format!("CREATE STATISTICS {statistics} ON {id}, {text} FROM {table}"));
        self.dress(&format!("STATISTICS {statistics}"), None);
        self.run(&format!("CREATE SEQUENCE {sequence} OWNED BY {table}.{id}"));
        self.run(&format!("SELECT setval({}, 77)", literal(&sequence)));
        self.comment(&format!("SEQUENCE {sequence}"));
        self.run(&format!(
            "ALTER TABLE {table} ALTER {id} SET DEFAULT nextval({})",
            literal(&sequence)
        ));
        let (reference, column, foreign) = (self.name_in(s), self.name(), self.name());
        self.run(&format!(
            "CREATE TABLE {reference} ({column} integer CONSTRAINT {foreign} REFERENCES {table} ({id}))"
        ));
        self.comment(&format!("CONSTRAINT {foreign} ON {reference}"));
        let (child, typed, extra) = (self.name_in(s), self.name_in(s), self.name());
        self.run(&format!("CREATE TABLE {child} ({extra} integer) INHERITS ({table})"));
        self.run(&format!("CREATE TABLE {typed} OF {composite}"));
        let (parent, k, v) = (self.name_in(s), self.name(), self.name());
        self.run(&format!(
            "CREATE TABLE {parent} ({k} text COLLATE \"C\", {v} integer) PARTITION BY LIST ({k})"
        ));
        let index = self.name();
        self.run(&format!("CREATE INDEX {index} ON {parent} ({v})"));
        for place in 0..3 {
            let (partition, value) = (self.name_in(s), self.random.text());
            let bound = format!("{}{place}'", &value[..value.len() - 1]);
            self.run(&format!(
                "CREATE TABLE {partition} PARTITION OF {parent} FOR VALUES IN ({bound})"
            ));
            self.run(&format!("INSERT INTO {parent} VALUES ({bound}, {place})"));
        }
        // Last: a sequence has the owner of the table that owns it.
        self.dress(
            &format!("TABLE {table}"),
            Some(&format!("SELECT, UPDATE ({text}) ON {table}")),
        );
        (table, id.clone(), text.clone())
    }

    /// What reads and watches a table.
    fn around(&mut self, s: &str, table: &str, id: &str, text: &str) {
        let reader = self.reader.clone();
        let (view, stored, x, y, alias) = (self.name_in(s), self.name_in(s), self.name(), self.name(), self.name());
        let value = self.random.text();
        self.run(&format!("CREATE VIEW {view} ({x}, {y}) AS WITH {alias} AS (SELECT {id}, {text} || {value} AS {x} FROM {table}) SELECT {id}, {x} FROM {alias}"));
        self.dress(&format!("VIEW {view}"), Some(&format!("SELECT ({x}) ON {view}")));
        self.comment(&format!("COLUMN {view}.{y}"));
        self.run(&format!("ALTER VIEW {view} ALTER COLUMN {y} SET DEFAULT {value}"));
        self.run(&format!(
            "CREATE MATERIALIZED VIEW {stored} ({x}) AS SELECT {text} FROM {table} AS {alias}"
        ));
        self.dress(&format!("MATERIALIZED VIEW {stored}"), None);
        let owner = self.owner.clone();
        self.run(&format!("GRANT SELECT ON {table} TO {owner}"));
        let (function, trigger, rule, policy, channel) =
            (self.name_in(s), self.name(), self.name(), self.name(), self.name());
        self.run(&format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ));
        let arguments: Vec<String> = (0..3).map(|_| self.random.text()).collect();
        let (old, new) = (self.name(), self.name());
        self.run(&format!("CREATE TRIGGER {trigger} BEFORE UPDATE OF {text} ON {table} FOR EACH ROW WHEN (NEW.{text} <> {value}) EXECUTE FUNCTION {function}({})", arguments.join(", ")));
        self.comment(&format!("TRIGGER {trigger} ON {table}"));
        self.run(&format!("ALTER TABLE {table} DISABLE TRIGGER {trigger}"));
        let trigger = self.name();
        // Not on the table itself, which has children.
        let (plain, a) = (self.name_in(s), self.name());
        self.run(&format!("CREATE TABLE {plain} ({a} text)"));
        self.run(&format!("CREATE TRIGGER {trigger} AFTER UPDATE ON {plain} REFERENCING OLD TABLE AS {old} NEW TABLE AS {new} EXECUTE FUNCTION {function}()"));
        self.run(&format!(
            "CREATE RULE {rule} AS ON UPDATE TO {plain} DO ALSO NOTIFY {channel}, {value}"
        ));
        self.comment(&format!("RULE {rule} ON {plain}"));
        self.run(&format!("ALTER TABLE {plain} ENABLE ROW LEVEL SECURITY"));
        self.run(&format!(
            "CREATE POLICY {policy} ON {plain} TO {reader} USING ({a} <> {value})"
        ));
        self.comment(&format!("POLICY {policy} ON {plain}"));
    }

    /// What belongs to no schema.
    fn database(&mut self, s: &str, table: &str) {
        let (owner, reader) = (self.owner.clone(), self.reader.clone());
        let (function, trigger) = (self.name_in(s), self.name());
        self.run(&format!(
            "CREATE FUNCTION {function}() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"
        ));
        self.run(&format!(
            "CREATE EVENT TRIGGER {trigger} ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION {function}()"
        ));
        self.comment(&format!("EVENT TRIGGER {trigger}"));
        let (publication, other, subscription) = (self.name(), self.name(), self.name());
        self.run(&format!("CREATE PUBLICATION {publication} FOR TABLE ONLY {table}"));
        self.comment(&format!("PUBLICATION {publication}"));
        if self.major >= 15 {
            self.run(&format!("CREATE PUBLICATION {other} FOR TABLES IN SCHEMA {s}"));
        }
        self.run(&format!("CREATE SUBSCRIPTION {subscription} CONNECTION 'host=nowhere.invalid' PUBLICATION {publication}, {other} WITH (connect = false, slot_name = NONE)"));
        self.comment(&format!("SUBSCRIPTION {subscription}"));
        self.run(&format!(
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {s} GRANT SELECT ON TABLES TO {reader}"
        ));
        self.run(&format!(
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"
        ));
        self.run("SELECT lo_create(4242)");
        self.run(&format!("ALTER LARGE OBJECT 4242 OWNER TO {owner}"));
        self.comment("LARGE OBJECT 4242");
    }
}

/// The elements of a list of known length, by name.
trait EachRef {
    fn each_ref_of<const N: usize>(&self) -> [&String; N];
}

impl EachRef for Vec<String> {
    fn each_ref_of<const N: usize>(&self) -> [&String; N] {
        self.iter()
            .collect::<Vec<_>>()
            .try_into()
            .expect("as many as asked for")
    }
}

fn random_names(major: u32) {
    let seeds = match std::env::var("PGARK_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => SEEDS.to_vec(),
    };
    for seed in seeds {
        let mut random = Random::new(seed);
        let source = Database::create(major, "quoting");
        let roles = Roles::create(source.server(), &mut random, seed);
        let mut script = Script {
            random: &mut random,
            session: source.session(),
            major,
            owner: roles.names[0].clone(),
            reader: roles.names[1].clone(),
        };
        let (first, second) = (script.schema(), script.schema());
        let (composite, enumeration, domain) = script.types(&first);
        script.routines(&second, &composite, &domain);
        script.operators(&first, &composite);
        script.text_search(&second);
        script.foreign(&second);
        let (table, id, text) = script.tables(&second, &composite, &enumeration, &domain);
        script.around(&first, &table, &id, &text);
        script.database(&second, &table);
        drop(script);
        let result = round_trip(&source, major, 2, Judge::Everything);
        // The roles can go when nothing of theirs is left.
        drop(source);
        drop(roles);
        result.unwrap_or_else(|message| panic!("seed {seed} on {major}: {message}"));
    }
}

#[test]
fn random_names_of_every_kind_come_back_on_13() {
    random_names(13);
}

#[test]
fn random_names_of_every_kind_come_back_on_18() {
    random_names(18);
}
