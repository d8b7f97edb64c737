//! Pairs of texts that are the same expression, and pairs that are not.

use proptest::prelude::*;

use super::*;

/// Texts as a server printed them, and as the same server printed them after it had executed these.
const SETTLING: &[(&str, &str)] = &[
    (
        "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
        "CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
    ),
    (
        "CHECK (((v)::text <> ALL ((ARRAY['q'::character varying, (lower((v)::text))::character varying])::text[])))",
        "CHECK (((v)::text <> ALL (ARRAY[('q'::character varying)::text, ((lower((v)::text))::character varying)::text])))",
    ),
    (
        "CHECK (((v)::text = ANY ((ARRAY[('a'::character varying COLLATE \"C\"), 'b'::character varying])::text[])))",
        "CHECK (((v)::text = ANY (ARRAY[(('a'::character varying)::text COLLATE \"C\"), ('b'::character varying)::text])))",
    ),
    (
        "CHECK (((v)::text = ANY ((ARRAY['a'::character varying(2), 'b'::character varying])::text[])))",
        "CHECK (((v)::text = ANY (ARRAY[('a'::character varying(2))::text, ('b'::character varying)::text])))",
    ),
    (
        "CHECK ((s.fv(VARIADIC (ARRAY[v, v2])::text[]) = 'x'::text))",
        "CHECK ((s.fv(VARIADIC ARRAY[(v)::text, (v2)::text]) = 'x'::text))",
    ),
    (
        "CHECK ((n = ANY ((ARRAY[1, 2])::numeric[])))",
        "CHECK ((n = ANY (ARRAY[(1)::numeric, (2)::numeric])))",
    ),
    (
        "ARRAY[ARRAY['a'::character varying], (ARRAY['c'::text, 'd'::text])::character varying[]]",
        "ARRAY[ARRAY['a'::character varying], ARRAY[('c'::text)::character varying, ('d'::text)::character varying]]",
    ),
    ("(ARRAY['sad'::text])::s.mood[]", "ARRAY[('sad'::text)::s.mood]"),
    (
        "SELECT (ARRAY[(ts)::timestamp with time zone])::text[] AS q",
        "SELECT ARRAY[((ts)::timestamp with time zone)::text] AS q",
    ),
    (
        "SELECT (ARRAY[(x)::character varying])::character varying(3)[] AS q",
        "SELECT ARRAY[((x)::character varying)::character varying(3)] AS q",
    ),
    (
        "SELECT ((ARRAY[(v)::text])::character varying[])::text[] AS q",
        "SELECT ARRAY[(((v)::text)::character varying)::text] AS q",
    ),
    (
        "RETURN ((($1).v)::text = ANY ((ARRAY['a'::character varying, $2])::text[]))",
        "RETURN ((($1).v)::text = ANY (ARRAY[('a'::character varying)::text, ($2)::text]))",
    ),
    (
        "ON id, (v::text = ANY (ARRAY['a'::character varying, (v || 'b'::text)::character varying, w]::text[])) FROM s.t",
        "ON id, (v::text = ANY (ARRAY['a'::character varying::text, (v || 'b'::text)::character varying::text, w::text])) FROM s.t",
    ),
    (
        "SELECT (ARRAY[lower(v), (va)[1], (ct).a])::character varying[] AS q",
        "SELECT ARRAY[(lower(v))::character varying, ((va)[1])::character varying, ((ct).a)::character varying] AS q",
    ),
    (
        "CHECK ((((i >= 1) AND (i <= 2)) AND b))",
        "CHECK (((i >= 1) AND (i <= 2) AND b))",
    ),
    (
        "SELECT ((((i = 1) AND (n = (2)::numeric)) AND b) OR (((i >= 1) AND (i <= 2)) AND b) OR (NOT b)) AS q",
        "SELECT (((i = 1) AND (n = (2)::numeric) AND b) OR ((i >= 1) AND (i <= 2) AND b) OR (NOT b)) AS q",
    ),
    (
        "CHECK ((((i IS DISTINCT FROM 1) OR (n IS DISTINCT FROM (2)::numeric)) OR (v IS DISTINCT FROM 'a'::text)))",
        "CHECK (((i IS DISTINCT FROM 1) OR (n IS DISTINCT FROM (2)::numeric) OR (v IS DISTINCT FROM 'a'::text)))",
    ),
    (
        "SELECT ARRAY[((((i >= 1) AND (i <= 2)) AND b))::text] AS q",
        "SELECT ARRAY[(((i >= 1) AND (i <= 2) AND b))::text] AS q",
    ),
    (
        "SELECT \"left\"((v)::text, (- 1)) AS q",
        "SELECT \"left\"((v)::text, '-1'::integer) AS q",
    ),
    ("SELECT (- 1.50) AS q", "SELECT '-1.50'::numeric AS q"),
    ("SELECT (- 2147483647) AS q", "SELECT '-2147483647'::integer AS q"),
    ("SELECT (- (- 1)) AS q", "SELECT 1 AS q"),
    ("SELECT (- 0.0) AS q", "SELECT 0.0 AS q"),
    ("SELECT ((- 1) - 1) AS q", "SELECT ('-1'::integer - 1) AS q"),
    (
        "SELECT \"json\", json_table FROM s.t",
        "SELECT json, \"json_table\"\n   FROM s.t",
    ),
];

/// Pairs that must stay different, whatever else becomes equal.
const DIFFERENT: &[(&str, &str)] = &[
    ("DEFAULT 'a  b'", "DEFAULT 'a b'"),
    ("DEFAULT E'a\\'  b'", "DEFAULT E'a\\' b'"),
    ("AS $$a  b$$", "AS $$a b$$"),
    ("SELECT \"end\"", "SELECT end"),
    ("SELECT \"true\"", "SELECT true"),
    ("SELECT \"A\"", "SELECT a"),
    ("SELECT \"system_user\"", "SELECT SYSTEM_USER"),
    ("(- '-1'::integer)", "1"),
    ("(- 1)", "'-1'::bigint"),
    ("(- 1)", "(+ 1)"),
    ("((a AND b) OR c)", "(a AND b OR c)"),
    ("(a AND (b OR c))", "((a AND b) OR c)"),
    ("((a OR b) AND c)", "(a OR b AND c)"),
    ("(a < b)", "(a OPERATOR(s.<) b)"),
    ("(v)::text", "(v)::character varying"),
    ("(ARRAY['a'::text])::s.mood[]", "(ARRAY['a'::text])::t.mood[]"),
    ("(ARRAY['a'::text])::s.mood[]", "ARRAY['a'::text]"),
    ("(ARRAY[]::text[])::varchar[]", "ARRAY[]::text[]"),
    ("(x)::numeric(3,1)[]", "(x)::numeric(3,2)[]"),
    ("f((ARRAY[a])::text[])", "f(ARRAY[a])"),
    ("f(ARRAY[a])::text[]", "f((ARRAY[a])::text[])"),
    ("(a || b)::text", "a || b::text"),
    ("(- a)::text", "- a::text"),
    ("(a COLLATE \"C\")::text", "a COLLATE \"C\"::text"),
    ("(NOT a)::text", "NOT a::text"),
    ("f(a)::text", "f((a)::text)"),
    ("(a)::character varying(3)", "(a)::character varying"),
    ("$1", "$2"),
    ("a IN ((SELECT 1))", "a IN (SELECT 1)"),
    ("DEFAULT 'a' -- x", "DEFAULT 'a'"),
];

#[test]
fn what_a_server_settles_at_is_the_same_statement() {
    for (printed, again) in SETTLING {
        assert!(settled(again).is_some(), "{again}");
        assert_eq!(settled(printed), settled(again), "{printed}");
    }
}

#[test]
fn what_means_something_else_stays_another_statement() {
    for (a, b) in DIFFERENT {
        assert!(!are_equal(&[(*a).to_owned()], &[(*b).to_owned()]), "{a} and {b}");
    }
}

#[test]
fn what_no_server_prints_stays_as_it_is() {
    for text in ["(a", "a)", "(a]", "'a", "\"a", "$a$b", "E'a\\'", "a /* b */", "\\"] {
        assert_eq!(settled(text), None, "{text}");
        assert!(are_equal(&[text.to_owned()], &[text.to_owned()]));
    }
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(settled(&deep), None);
    let deep = format!("{}a{}", "(- ".repeat(1_900), ")".repeat(1_900));
    assert!(settled(&deep).is_some());
}

#[test]
fn a_name_is_the_same_whether_a_major_quotes_it_or_not() {
    assert_eq!(
        name("public.f(\"json\", public.\"json_table\")"),
        "public.f(json, public.json_table)"
    );
    for kept in ["public.\"end\"", "public.\"a\"\"json\"\"b\"", "public.\"Json\""] {
        assert_eq!(name(kept), kept);
    }
}

/// Expressions as servers print them, of every kind that settles and of some that do not.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("v".to_owned()),
        Just("t.\"A b\"".to_owned()),
        Just("'it''s  x'::character varying".to_owned()),
        Just("E'\\\\n'::text".to_owned()),
        Just("NULL::numeric(10,2)".to_owned()),
        Just("1.5".to_owned()),
        Just("12".to_owned()),
    ];
    leaf.prop_recursive(5, 60, 4, |inner| {
        let several = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several
                .clone()
                .prop_map(|list| format!("(ARRAY[{}])::text[]", list.join(", "))),
            several.clone().prop_map(|list| format!("ARRAY[{}]", list.join(", "))),
            several.clone().prop_map(|list| format!("s.f({})", list.join(", "))),
            several
                .clone()
                .prop_map(|list| format!("(({}) AND v)", list.join(" AND "))),
            several.prop_map(|list| format!("({} OR w)", list.join(" OR "))),
            inner.clone().prop_map(|one| format!("({one})::s.\"T\"")),
            inner.clone().prop_map(|one| format!("({one} COLLATE \"C\")")),
            inner.clone().prop_map(|one| format!("(- {one})")),
            inner.prop_map(|one| format!("CASE\n    WHEN {one} THEN {one}\nEND")),
        ]
    })
}

proptest! {
    #[test]
    fn a_settled_text_has_settled(text in expression()) {
        let once = settled(&text).expect("well formed");
        prop_assert_eq!(settled(&once.join(" ")), Some(once));
    }

    /// Nothing but parentheses, casts that are pushed and signs may come or go.
    #[test]
    fn every_literal_and_name_is_kept(text in expression(), other in "[a-z]{1,3}") {
        let changed = text.replacen("it''s", &format!("it''s{other}"), 1);
        prop_assert_eq!(are_equal(std::slice::from_ref(&changed), std::slice::from_ref(&text)), changed == text);
        let changed = text.replacen('v', &format!("v_{other}"), 1);
        prop_assert_eq!(are_equal(std::slice::from_ref(&changed), std::slice::from_ref(&text)), changed == text);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC*") {
        let _ = settled(&text);
    }
}
