//! Lists which catalogs name rows of which, as far as definitions and rows of a dump depend on it.
//!
//! The servers' own list is `pg_get_catalog_foreign_keys()`, which came with 14. Left out here are rows that a dump
//! does not read (statistics of the planner, dependencies, initial privileges), and the grantor of a membership, which
//! in servers before 16 may name a role that is gone. A column that a server lacks, or that the role may not read, is
//! passed over.

/// A catalog whose rows may name others.
pub(super) struct Source {
    pub catalog: &'static str,
    /// SQL text: what a row describes, e.g. `'TRIGGER'`. `r` is the row, here and below.
    pub kind: &'static str,
    /// SQL text: its name, unquoted. `there` is the relation, if it exists.
    pub name: &'static str,
    /// Whether the name needs that of the relation.
    pub qualified: bool,
    /// SQL oid of the row, or of the object that it describes.
    pub key: &'static str,
    /// SQL oid of its schema, or 0.
    pub schema: &'static str,
    /// SQL oid of the relation that it belongs to, or 0.
    pub relation: &'static str,
    /// SQL condition for the rows that count, in addition to not being made by initdb.
    pub condition: &'static str,
    pub references: &'static [References],
}

/// Columns that name rows of one catalog by their oid; 0 names none.
pub(super) struct References {
    pub target: &'static str,
    /// The word for its rows in messages.
    pub word: &'static str,
    pub columns: &'static [&'static str],
    /// Whether each of the columns holds several oids.
    pub lists: bool,
}

const fn to(target: &'static str, word: &'static str, columns: &'static [&'static str]) -> References {
    References {
        target,
        word,
        columns,
        lists: false,
    }
}

const fn lists(target: &'static str, word: &'static str, columns: &'static [&'static str]) -> References {
    References {
        target,
        word,
        columns,
        lists: true,
    }
}

const fn schema(columns: &'static [&'static str]) -> References {
    to("pg_namespace", "schema", columns)
}

const fn owner(columns: &'static [&'static str]) -> References {
    to("pg_roles", "role", columns)
}

const fn function(columns: &'static [&'static str]) -> References {
    to("pg_proc", "function", columns)
}

const fn kind(columns: &'static [&'static str]) -> References {
    to("pg_type", "type", columns)
}

const fn relation(columns: &'static [&'static str]) -> References {
    to("pg_class", "relation", columns)
}

/// An object by itself: a row with `oid`.
const fn object(
    catalog: &'static str,
    kind: &'static str,
    name: &'static str,
    schema: &'static str,
    references: &'static [References],
) -> Source {
    Source {
        catalog,
        kind,
        name,
        qualified: false,
        key: "r.oid",
        schema,
        relation: "0",
        condition: "true",
        references,
    }
}

/// A part of a relation, whose oid is `relation`.
const fn part(
    catalog: &'static str,
    kind: &'static str,
    name: &'static str,
    relation: &'static str,
    condition: &'static str,
    references: &'static [References],
) -> Source {
    Source {
        catalog,
        kind,
        name,
        qualified: false,
        key: relation,
        schema: "(SELECT c.relnamespace FROM pg_catalog.pg_class c WHERE c.oid = RELATION)",
        relation,
        condition,
        references,
    }
}

pub(super) const RELATION_KIND: &str = "CASE r.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'TABLE' WHEN 'v' THEN 'VIEW' \
    WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX' \
    WHEN 'I' THEN 'INDEX' WHEN 'c' THEN 'TYPE' ELSE 'RELATION' END";

pub(super) const SOURCES: &[Source] = &[
    object(
        "pg_namespace",
        "'SCHEMA'",
        "r.nspname",
        "r.oid",
        &[owner(&["nspowner"])],
    ),
    Source {
        relation: "r.oid",
        ..object(
            "pg_class",
            RELATION_KIND,
            "r.relname",
            "r.relnamespace",
            &[
                schema(&["relnamespace"]),
                owner(&["relowner"]),
                kind(&["reltype", "reloftype"]),
                relation(&["reltoastrelid"]),
                to("pg_am", "access method", &["relam"]),
                to("pg_tablespace", "tablespace", &["reltablespace"]),
            ],
        )
    },
    Source {
        qualified: true,
        ..part(
            "pg_attribute",
            "CASE WHEN there.relname IS NULL THEN 'RELATION' ELSE 'COLUMN' END",
            "CASE WHEN there.relname IS NULL THEN 'unknown' ELSE r.attname END",
            "r.attrelid",
            "NOT r.attisdropped",
            &[
                relation(&["attrelid"]),
                kind(&["atttypid"]),
                to("pg_collation", "collation", &["attcollation"]),
            ],
        )
    },
    part(
        "pg_attrdef",
        "'DEFAULT'",
        "there.relname",
        "r.adrelid",
        "true",
        &[relation(&["adrelid"])],
    ),
    Source {
        qualified: true,
        key: "r.oid",
        schema: "r.connamespace",
        ..part(
            "pg_constraint",
            "'CONSTRAINT'",
            "r.conname",
            "r.conrelid",
            "true",
            &[
                schema(&["connamespace"]),
                relation(&["conrelid", "conindid", "confrelid"]),
                kind(&["contypid"]),
                to("pg_constraint", "constraint", &["conparentid"]),
                lists(
                    "pg_operator",
                    "operator",
                    &["conexclop", "conpfeqop", "conppeqop", "conffeqop"],
                ),
            ],
        )
    },
    Source {
        key: "r.indexrelid",
        ..part(
            "pg_index",
            "'INDEX'",
            "COALESCE((SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = r.indexrelid), there.relname)",
            "r.indrelid",
            "true",
            &[
                relation(&["indexrelid", "indrelid"]),
                lists("pg_opclass", "operator class", &["indclass"]),
                lists("pg_collation", "collation", &["indcollation"]),
            ],
        )
    },
    part(
        "pg_inherits",
        "'TABLE'",
        "there.relname",
        "r.inhrelid",
        "true",
        &[relation(&["inhrelid", "inhparent"])],
    ),
    part(
        "pg_partitioned_table",
        "'TABLE'",
        "there.relname",
        "r.partrelid",
        "true",
        &[
            relation(&["partrelid", "partdefid"]),
            lists("pg_opclass", "operator class", &["partclass"]),
            lists("pg_collation", "collation", &["partcollation"]),
        ],
    ),
    Source {
        qualified: true,
        key: "r.oid",
        ..part(
            "pg_rewrite",
            "'RULE'",
            "r.rulename",
            "r.ev_class",
            "true",
            &[relation(&["ev_class"])],
        )
    },
    Source {
        qualified: true,
        key: "r.oid",
        ..part(
            "pg_trigger",
            "'TRIGGER'",
            "r.tgname",
            "r.tgrelid",
            "true",
            &[
                relation(&["tgrelid", "tgconstrrelid", "tgconstrindid"]),
                function(&["tgfoid"]),
                to("pg_constraint", "constraint", &["tgconstraint"]),
                to("pg_trigger", "trigger", &["tgparentid"]),
            ],
        )
    },
    Source {
        qualified: true,
        key: "r.oid",
        ..part(
            "pg_policy",
            "'POLICY'",
            "r.polname",
            "r.polrelid",
            "true",
            &[relation(&["polrelid"]), lists("pg_roles", "role", &["polroles"])],
        )
    },
    Source {
        key: "r.oid",
        schema: "r.stxnamespace",
        ..part(
            "pg_statistic_ext",
            "'STATISTICS'",
            "r.stxname",
            "r.stxrelid",
            "true",
            &[relation(&["stxrelid"]), schema(&["stxnamespace"]), owner(&["stxowner"])],
        )
    },
    part(
        "pg_sequence",
        "'SEQUENCE'",
        "there.relname",
        "r.seqrelid",
        "true",
        &[relation(&["seqrelid"]), kind(&["seqtypid"])],
    ),
    part(
        "pg_foreign_table",
        "'FOREIGN TABLE'",
        "there.relname",
        "r.ftrelid",
        "true",
        &[relation(&["ftrelid"]), to("pg_foreign_server", "server", &["ftserver"])],
    ),
    object(
        "pg_type",
        "CASE r.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END",
        "r.typname",
        "r.typnamespace",
        &[
            schema(&["typnamespace"]),
            owner(&["typowner"]),
            relation(&["typrelid"]),
            kind(&["typelem", "typarray", "typbasetype"]),
            function(&[
                "typinput",
                "typoutput",
                "typreceive",
                "typsend",
                "typmodin",
                "typmodout",
                "typanalyze",
                "typsubscript",
            ]),
            to("pg_collation", "collation", &["typcollation"]),
        ],
    ),
    Source {
        key: "r.enumtypid",
        ..object("pg_enum", "'ENUM LABEL'", "r.enumlabel", "0", &[kind(&["enumtypid"])])
    },
    Source {
        key: "r.rngtypid",
        ..object(
            "pg_range",
            "'RANGE TYPE'",
            "(SELECT t.typname FROM pg_catalog.pg_type t WHERE t.oid = r.rngtypid)",
            "(SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = r.rngtypid)",
            &[
                kind(&["rngtypid", "rngsubtype", "rngmultitypid"]),
                to("pg_collation", "collation", &["rngcollation"]),
                to("pg_opclass", "operator class", &["rngsubopc"]),
                function(&["rngcanonical", "rngsubdiff"]),
            ],
        )
    },
    object(
        "pg_proc",
        "'FUNCTION'",
        "r.proname",
        "r.pronamespace",
        &[
            schema(&["pronamespace"]),
            owner(&["proowner"]),
            to("pg_language", "language", &["prolang"]),
            kind(&["prorettype", "provariadic"]),
            function(&["prosupport"]),
            lists("pg_type", "type", &["proargtypes", "proallargtypes", "protrftypes"]),
        ],
    ),
    Source {
        key: "r.aggfnoid::pg_catalog.oid",
        ..object(
            "pg_aggregate",
            "'AGGREGATE'",
            "(SELECT p.proname FROM pg_catalog.pg_proc p WHERE p.oid = r.aggfnoid)",
            "(SELECT p.pronamespace FROM pg_catalog.pg_proc p WHERE p.oid = r.aggfnoid)",
            &[
                function(&[
                    "aggfnoid",
                    "aggtransfn",
                    "aggfinalfn",
                    "aggcombinefn",
                    "aggserialfn",
                    "aggdeserialfn",
                    "aggmtransfn",
                    "aggminvtransfn",
                    "aggmfinalfn",
                ]),
                to("pg_operator", "operator", &["aggsortop"]),
                kind(&["aggtranstype", "aggmtranstype"]),
            ],
        )
    },
    object(
        "pg_operator",
        "'OPERATOR'",
        "r.oprname",
        "r.oprnamespace",
        &[
            schema(&["oprnamespace"]),
            owner(&["oprowner"]),
            kind(&["oprleft", "oprright", "oprresult"]),
            to("pg_operator", "operator", &["oprcom", "oprnegate"]),
            function(&["oprcode", "oprrest", "oprjoin"]),
        ],
    ),
    object(
        "pg_opfamily",
        "'OPERATOR FAMILY'",
        "r.opfname",
        "r.opfnamespace",
        &[
            schema(&["opfnamespace"]),
            owner(&["opfowner"]),
            to("pg_am", "access method", &["opfmethod"]),
        ],
    ),
    object(
        "pg_opclass",
        "'OPERATOR CLASS'",
        "r.opcname",
        "r.opcnamespace",
        &[
            schema(&["opcnamespace"]),
            owner(&["opcowner"]),
            to("pg_am", "access method", &["opcmethod"]),
            to("pg_opfamily", "operator family", &["opcfamily"]),
            kind(&["opcintype", "opckeytype"]),
        ],
    ),
    object(
        "pg_amop",
        "'OPERATOR FAMILY MEMBER'",
        "(SELECT f.opfname FROM pg_catalog.pg_opfamily f WHERE f.oid = r.amopfamily)",
        "(SELECT f.opfnamespace FROM pg_catalog.pg_opfamily f WHERE f.oid = r.amopfamily)",
        &[
            to("pg_opfamily", "operator family", &["amopfamily", "amopsortfamily"]),
            kind(&["amoplefttype", "amoprighttype"]),
            to("pg_operator", "operator", &["amopopr"]),
        ],
    ),
    object(
        "pg_amproc",
        "'OPERATOR FAMILY MEMBER'",
        "(SELECT f.opfname FROM pg_catalog.pg_opfamily f WHERE f.oid = r.amprocfamily)",
        "(SELECT f.opfnamespace FROM pg_catalog.pg_opfamily f WHERE f.oid = r.amprocfamily)",
        &[
            to("pg_opfamily", "operator family", &["amprocfamily"]),
            kind(&["amproclefttype", "amprocrighttype"]),
            function(&["amproc"]),
        ],
    ),
    object("pg_am", "'ACCESS METHOD'", "r.amname", "0", &[function(&["amhandler"])]),
    object(
        "pg_cast",
        "'CAST'",
        "'from ' || pg_catalog.format_type(r.castsource, NULL) || ' to ' || pg_catalog.format_type(r.casttarget, NULL)",
        "0",
        &[kind(&["castsource", "casttarget"]), function(&["castfunc"])],
    ),
    object(
        "pg_collation",
        "'COLLATION'",
        "r.collname",
        "r.collnamespace",
        &[schema(&["collnamespace"]), owner(&["collowner"])],
    ),
    object(
        "pg_conversion",
        "'CONVERSION'",
        "r.conname",
        "r.connamespace",
        &[schema(&["connamespace"]), owner(&["conowner"]), function(&["conproc"])],
    ),
    object(
        "pg_language",
        "'LANGUAGE'",
        "r.lanname",
        "0",
        &[
            owner(&["lanowner"]),
            function(&["lanplcallfoid", "laninline", "lanvalidator"]),
        ],
    ),
    object(
        "pg_transform",
        "'TRANSFORM'",
        "'for ' || pg_catalog.format_type(r.trftype, NULL)",
        "0",
        &[
            kind(&["trftype"]),
            to("pg_language", "language", &["trflang"]),
            function(&["trffromsql", "trftosql"]),
        ],
    ),
    object(
        "pg_extension",
        "'EXTENSION'",
        "r.extname",
        "0",
        &[schema(&["extnamespace"]), owner(&["extowner"])],
    ),
    object(
        "pg_foreign_data_wrapper",
        "'FOREIGN DATA WRAPPER'",
        "r.fdwname",
        "0",
        &[owner(&["fdwowner"]), function(&["fdwhandler", "fdwvalidator"])],
    ),
    object(
        "pg_foreign_server",
        "'SERVER'",
        "r.srvname",
        "0",
        &[
            owner(&["srvowner"]),
            to("pg_foreign_data_wrapper", "foreign data wrapper", &["srvfdw"]),
        ],
    ),
    object(
        "pg_user_mapping",
        "'USER MAPPING'",
        "COALESCE((SELECT s.srvname FROM pg_catalog.pg_foreign_server s WHERE s.oid = r.umserver), 'unknown')",
        "0",
        &[
            to("pg_foreign_server", "server", &["umserver"]),
            to("pg_roles", "role", &["umuser"]),
        ],
    ),
    object(
        "pg_event_trigger",
        "'EVENT TRIGGER'",
        "r.evtname",
        "0",
        &[owner(&["evtowner"]), function(&["evtfoid"])],
    ),
    object(
        "pg_publication",
        "'PUBLICATION'",
        "r.pubname",
        "0",
        &[owner(&["pubowner"])],
    ),
    object(
        "pg_publication_rel",
        "'PUBLICATION TABLE'",
        "(SELECT p.pubname FROM pg_catalog.pg_publication p WHERE p.oid = r.prpubid)",
        "0",
        &[
            to("pg_publication", "publication", &["prpubid"]),
            relation(&["prrelid"]),
        ],
    ),
    object(
        "pg_publication_namespace",
        "'PUBLICATION TABLES IN SCHEMA'",
        "(SELECT p.pubname FROM pg_catalog.pg_publication p WHERE p.oid = r.pnpubid)",
        "0",
        &[to("pg_publication", "publication", &["pnpubid"]), schema(&["pnnspid"])],
    ),
    Source {
        condition: "r.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
        ..object(
            "pg_subscription",
            "'SUBSCRIPTION'",
            "r.subname",
            "0",
            &[owner(&["subowner"])],
        )
    },
    object(
        "pg_ts_parser",
        "'TEXT SEARCH PARSER'",
        "r.prsname",
        "r.prsnamespace",
        &[
            schema(&["prsnamespace"]),
            function(&["prsstart", "prstoken", "prsend", "prsheadline", "prslextype"]),
        ],
    ),
    object(
        "pg_ts_template",
        "'TEXT SEARCH TEMPLATE'",
        "r.tmplname",
        "r.tmplnamespace",
        &[schema(&["tmplnamespace"]), function(&["tmplinit", "tmpllexize"])],
    ),
    object(
        "pg_ts_dict",
        "'TEXT SEARCH DICTIONARY'",
        "r.dictname",
        "r.dictnamespace",
        &[
            schema(&["dictnamespace"]),
            owner(&["dictowner"]),
            to("pg_ts_template", "text search template", &["dicttemplate"]),
        ],
    ),
    object(
        "pg_ts_config",
        "'TEXT SEARCH CONFIGURATION'",
        "r.cfgname",
        "r.cfgnamespace",
        &[
            schema(&["cfgnamespace"]),
            owner(&["cfgowner"]),
            to("pg_ts_parser", "text search parser", &["cfgparser"]),
        ],
    ),
    Source {
        key: "r.mapcfg",
        ..object(
            "pg_ts_config_map",
            "'TEXT SEARCH CONFIGURATION'",
            "(SELECT c.cfgname FROM pg_catalog.pg_ts_config c WHERE c.oid = r.mapcfg)",
            "(SELECT c.cfgnamespace FROM pg_catalog.pg_ts_config c WHERE c.oid = r.mapcfg)",
            &[
                to("pg_ts_config", "text search configuration", &["mapcfg"]),
                to("pg_ts_dict", "text search dictionary", &["mapdict"]),
            ],
        )
    },
    object(
        "pg_default_acl",
        "'DEFAULT PRIVILEGES'",
        "pg_catalog.pg_get_userbyid(r.defaclrole)",
        "r.defaclnamespace",
        &[to("pg_roles", "role", &["defaclrole"]), schema(&["defaclnamespace"])],
    ),
    object(
        "pg_largeobject_metadata",
        "'LARGE OBJECT'",
        "r.oid::pg_catalog.text",
        "0",
        &[to("pg_roles", "role", &["lomowner"])],
    ),
    Source {
        condition: "r.datname = pg_catalog.current_database()",
        ..object(
            "pg_database",
            "'DATABASE'",
            "r.datname",
            "0",
            &[
                owner(&["datdba"]),
                to("pg_tablespace", "tablespace", &["dattablespace"]),
            ],
        )
    },
];

/// Rows that need another row, which they do not name by a column above, or which names them.
pub(super) struct Companion {
    /// The catalog among [`SOURCES`].
    pub catalog: &'static str,
    /// SQL condition: the row lacks the other one.
    pub lacks: &'static str,
    /// The end of the message `it has no ..`.
    pub what: &'static str,
}

const fn companion(catalog: &'static str, lacks: &'static str, what: &'static str) -> Companion {
    Companion { catalog, lacks, what }
}

pub(super) const COMPANIONS: &[Companion] = &[
    companion(
        "pg_class",
        "r.relkind IN ('v', 'm') AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = r.oid AND w.ev_type = '1')",
        "query (pg_rewrite)",
    ),
    companion(
        "pg_class",
        "r.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_catalog.pg_sequence s WHERE s.seqrelid = r.oid)",
        "row in pg_sequence",
    ),
    companion(
        "pg_class",
        "r.relkind = 'f' AND NOT EXISTS (SELECT FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid = r.oid)",
        "row in pg_foreign_table",
    ),
    companion(
        "pg_class",
        "r.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = r.oid)",
        "row in pg_partitioned_table",
    ),
    companion(
        "pg_class",
        "r.relkind IN ('i', 'I') AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = r.oid)",
        "row in pg_index",
    ),
    companion(
        "pg_class",
        "r.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid)",
        "row in pg_inherits",
    ),
    companion(
        "pg_class",
        "r.relkind = 'c' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typrelid = r.oid AND t.typtype = 'c')",
        "row in pg_type",
    ),
    companion(
        "pg_class",
        "r.relkind = 'c' AND r.relnatts <> (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = r.oid AND a.attnum > 0)",
        "row in pg_attribute for each of its columns",
    ),
    companion(
        "pg_class",
        "r.relkind <> 'c' AND r.relchecks <> 0 AND r.relchecks <> (SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint k \
         WHERE k.conrelid = r.oid AND k.contype = 'c')",
        "row in pg_constraint for each of its checks",
    ),
    companion(
        "pg_attribute",
        "r.atthasdef AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef d WHERE d.adrelid = r.attrelid AND d.adnum = r.attnum)",
        "row in pg_attrdef for its default",
    ),
    companion(
        "pg_type",
        "r.typtype = 'r' AND NOT EXISTS (SELECT FROM pg_catalog.pg_range g WHERE g.rngtypid = r.oid)",
        "row in pg_range",
    ),
    companion("pg_type", "r.typtype = 'd' AND r.typbasetype = 0", "base type"),
    companion("pg_type", "r.typtype = 'c' AND r.typrelid = 0", "relation"),
    companion(
        "pg_proc",
        "r.prokind = 'a' AND NOT EXISTS (SELECT FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = r.oid)",
        "row in pg_aggregate",
    ),
    companion(
        "pg_constraint",
        "r.contype IN ('p', 'u', 'x') AND r.conindid = 0",
        "index",
    ),
    companion(
        "pg_constraint",
        "r.conrelid = 0 AND r.contypid = 0 AND r.contype <> 't'",
        "table and no domain",
    ),
];
