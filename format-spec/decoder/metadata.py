"""The metadata of README.md: its profile of CBOR, the maps of each record with their defaults, a catalog's checks."""

import re
import struct

MIB = 1 << 20


class Wrong(Exception):
    """Something is not as it must be; who knows the place adds it."""


def need(right, what):
    if not right:
        raise Wrong(what)


class Cbor:
    """A reader of the profile of CBOR that metadata has."""

    def __init__(self, data):
        self.data, self.at, self.left = data, 0, min(4096 + len(data) // 8, 16 * MIB)

    def take(self, count):
        need(count <= len(self.data) - self.at, "CBOR is cut off")
        self.at += count
        return self.data[self.at - count:self.at]

    def value(self, depth=0):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            return self.simple(info)
        need(info < 28, "CBOR of indefinite length")
        number = info if info < 24 else int.from_bytes(self.take(1 << info - 24), "big")
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            try:
                return self.take(number).decode()
            except UnicodeDecodeError:
                raise Wrong("CBOR text is not UTF-8")
        need(major != 6, "CBOR with a tag")
        need(depth < 32, "CBOR is nested too deeply")
        self.left -= 1
        need(self.left >= 0, "too many maps and arrays in CBOR")
        need(number <= len(self.data) - self.at, "CBOR is cut off")
        if major == 4:
            return [self.value(depth + 1) for _ in range(number)]
        found = {}
        for _ in range(number):
            key = self.value(depth + 1)
            need(isinstance(key, str), "a key in CBOR is not text")
            need(key not in found, "a key is there twice")
            found[key] = self.value(depth + 1)
        return found

    def simple(self, info):
        if info in (20, 21, 22, 23):
            return {20: False, 21: True}.get(info)
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info)
        need(size, "CBOR of an unknown kind")
        data = self.take(size)
        return None if size == 1 else struct.unpack({2: ">e", 4: ">f", 8: ">d"}[size], data)[0]


# A field of a map is (how it is checked, its default); `...` has none.


def of_kind(kind, default, allowed=lambda value: True):
    def check(value):
        need(type(value) is kind and allowed(value), "metadata has a value of another kind or range than it must have")
        return value
    return check, default


def required(field):
    return field[0], ...


def option(field):
    return lambda value: None if value is None else field[0](value), None


def many(field):
    check_list = of_kind(list, [])[0]
    return lambda value: [field[0](item) for item in check_list(value)], []


def exactly(length):
    return of_kind(bytes, ..., lambda value: len(value) == length)


def group(**fields):
    """A map: unknown keys are skipped, absent ones get their default."""
    def check(value):
        need(isinstance(value, dict), "metadata has something else where a map must be")
        for name, (_, default) in fields.items():
            need(name in value or default is not ..., f"the key {name} is absent")
        return {name: inner(value[name]) if name in value else default for name, (inner, default) in fields.items()}
    return check, ...


UINT = of_kind(int, 0, lambda value: value >= 0)
U32 = of_kind(int, 0, lambda value: 0 <= value < 1 << 32)
INT = of_kind(int, 0, lambda value: -(1 << 63) <= value < 1 << 63)
TEXT, FLAG = of_kind(str, ""), of_kind(bool, False)
TEXTS = many(TEXT)


def one_of(*names):
    return of_kind(str, names[0], lambda value: value in names)


def variant(names, maps):
    """A name of `names`, or a map with one key of `maps` and what belongs to it."""
    def check(value):
        if isinstance(value, str):
            need(value in names, "not one of the known parts")
            return value
        need(isinstance(value, dict) and len(value) == 1 and set(value) <= set(maps), "not one of the known parts")
        return {name: maps[name][0](inner) for name, inner in value.items()}
    return check, ...


SOURCE = group(
    server_version_num=U32, server_version=TEXT, system_identifier=option(UINT), database=TEXT, encoding=TEXT,
    locale_provider=TEXT, lc_collate=TEXT, lc_ctype=TEXT, locale=option(TEXT), icu_rules=option(TEXT), lsn=option(TEXT),
    taken_at_micros=INT, tool_version=TEXT, options=TEXTS, label=option(TEXT), purpose=option(TEXT),
    environment=option(TEXT), search_paths=TEXTS, jobs=U32)
KINDS = re.split(r",\s+", """
    ROLE, ROLE SETTINGS, ROLE MEMBERSHIP, TABLESPACE, PARAMETER PRIVILEGES, DATABASE, DATABASE SETTINGS, SCHEMA,
    LANGUAGE, COLLATION, TRANSFORM, EXTENSION, SHELL TYPE, TYPE, DOMAIN, CAST, FUNCTION, PROCEDURE, AGGREGATE,
    ACCESS METHOD, OPERATOR, OPERATOR FAMILY, OPERATOR CLASS, CONVERSION, TEXT SEARCH PARSER,
    TEXT SEARCH TEMPLATE, TEXT SEARCH DICTIONARY, TEXT SEARCH CONFIGURATION, FOREIGN DATA WRAPPER, SERVER,
    USER MAPPING, TABLE, FOREIGN TABLE, VIEW, MATERIALIZED VIEW, SEQUENCE, SEQUENCE OWNED BY, TABLE ATTACH,
    LARGE OBJECTS, DEFAULT, CHECK CONSTRAINT, NOT NULL CONSTRAINT, CONSTRAINT, INDEX, INDEX ATTACH, STATISTICS,
    RULE, TRIGGER, FK CONSTRAINT, ROW SECURITY, POLICY, PUBLICATION, PUBLICATION TABLE,
    PUBLICATION TABLES IN SCHEMA, SUBSCRIPTION, DEFAULT PRIVILEGES, MATERIALIZED VIEW DATA, EVENT TRIGGER,
    STATISTICS DATA""".strip())
KIND = one_of(*KINDS)[0], "DATABASE"
LISTS = ("Create", "Limits", "Drop", "DropIfExists", "Owner", "Privileges", "Comments", "SecurityLabels")
ENTRY = group(
    id=required(U32), kind=KIND, schema=option(TEXT), name=TEXT, identity=TEXT,
    section=one_of("PreData", "PostData"), **{"pass": one_of("Main", "Last")}, create=TEXTS,
    drop=option(group(statement=required(TEXT), if_exists=required(TEXT))),
    owner=option(group(role=required(TEXT), statement=required(TEXT), also=TEXTS)),
    privileges=many(group(statement=required(TEXT), grantor=option(TEXT), grantee=option(TEXT))),
    comments=TEXTS, security_labels=TEXTS, depends_on=many(U32), parent=option(U32),
    requires=many(variant((), {"Role": TEXT, "Extension": TEXT, "Tablespace": TEXT})), visible=FLAG,
    large_objects=many(U32), secret=FLAG,
    absent=many(group(kind=required(KIND), schema=option(TEXT), name=required(TEXT))), extras=many(U32),
    limits=many(group(
        on=variant(("Entry", "Owner"), {"Create": U32, "Privilege": U32, "Comment": U32, "Requirement": U32}),
        min_version=option(U32), end_version=option(U32), feature=required(TEXT),
        otherwise=variant(("Refuse", "LeaveOut"), {"Use": TEXTS}))),
    roles=many(group(
        list=required(one_of(*LISTS)), statement=required(U32), offset=required(U32), length=required(U32))))
RELATION = group(
    id=required(U32), entry=option(U32), schema=TEXT, name=TEXT,
    columns=many(group(name=TEXT, type_name=TEXT, type_oid=U32, collation=option(TEXT), not_null=FLAG, generated=FLAG,
                       is_virtual=FLAG, value_type=option(TEXT))),
    load_via_root=option(many(TEXT)), filter=option(TEXT), data_excluded=FLAG, pages=UINT, references=many(U32),
    oid=U32, foreign_server=option(TEXT), large_objects=FLAG, binary=FLAG)
CATALOG = group(
    globals=many(ENTRY), bootstrap_superuser=option(TEXT), entries=many(ENTRY), relations=many(RELATION),
    not_covered=many(group(kind=TEXT, names=TEXTS)),
    partial=many(group(kind=TEXT, name=TEXT, what=TEXT, reason=TEXT)), warnings=TEXTS)
SEQUENCES = group(sequences=many(group(entry=U32, schema=TEXT, name=TEXT, last_value=INT, is_called=FLAG)))
CHUNK_REFERENCE = group(
    archive=U32, sequence=required(UINT), offset=required(UINT), relation=required(U32), chunk=required(U32),
    rows=required(UINT), raw_bytes=required(UINT), stored_bytes=required(UINT), blake3=exactly(32), row_sum=exactly(16),
    first_page=option(U32), end_page=option(U32))
RECORD_REFERENCE = group(
    kind=required(UINT), sequence=required(UINT), offset=required(UINT), relation=U32, raw_bytes=required(UINT),
    stored_bytes=required(UINT), blake3=exactly(32))
RELATION_SUMS = dict(relation=required(U32), rows=required(UINT), row_sum=exactly(16), raw_bytes=required(UINT),
                     stored_bytes=required(UINT), streams=required(U32))
RELATION_END = group(chunks=required(UINT), **RELATION_SUMS)
CHECKPOINT = group(previous=option(UINT), chunks=many(CHUNK_REFERENCE), records=many(RECORD_REFERENCE))
MANIFEST = group(
    archives=many(exactly(16)), relations=many(group(chunks=many(CHUNK_REFERENCE), **RELATION_SUMS)),
    records=many(RECORD_REFERENCE), rows=required(UINT), raw_bytes=required(UINT), stored_bytes=required(UINT),
    generated=many(group(relation=required(U32), row_sum=exactly(16))))


def check_catalog(catalog):
    for is_global, entries in ((True, catalog["globals"]), (False, catalog["entries"])):
        for position, entry in enumerate(entries, 1):
            try:
                check_entry(entry, position, len(entries), is_global)
            except Wrong as wrong:
                raise Wrong(f"{'global' if is_global else 'entry'} {position}: {wrong}")
    relations = catalog["relations"]
    for position, relation in enumerate(relations, 1):
        need(relation["id"] == position, f"relation {position} has the id {relation['id']}")
        in_range(relation["entry"], 1, len(catalog["entries"]), f"relation {position}: its entry")
        for other in relation["references"]:
            in_range(other, 1, len(relations), f"relation {position}: a reference")
        need(len(relation["columns"]) <= 1664, f"relation {position} has more than 1664 columns")
        root = relation["load_via_root"]
        need(root is None or len(root) == 2, f"relation {position}: load_via_root is not two names")


def in_range(number, first, last, what):
    need(number is None or first <= number <= last, f"{what} {number} is out of range")


def check_entry(entry, position, count, is_global):
    need(entry["id"] == position, f"its id is {entry['id']}")
    need(not is_global or not entry["depends_on"] and entry["parent"] is None, "a global has dependencies")
    for other in entry["depends_on"]:
        need(1 <= other < position, f"it depends on entry {other}")
    in_range(entry["parent"], 1, count, "its parent")
    need(entry["parent"] != position, "it is its own parent")
    check_roles(entry)


def check_roles(entry):
    owner, drop = entry["owner"], entry["drop"]
    lists = {
        "Create": entry["create"],
        "Limits": [sql for limit in entry["limits"] if isinstance(limit["otherwise"], dict)
                   for sql in limit["otherwise"]["Use"]],
        "Drop": [drop["statement"]] if drop else [], "DropIfExists": [drop["if_exists"]] if drop else [],
        "Owner": [owner["statement"], *owner["also"]] if owner else [],
        "Privileges": [privilege["statement"] for privilege in entry["privileges"]],
        "Comments": entry["comments"], "SecurityLabels": entry["security_labels"],
    }
    before = (-1, 0, 0)
    for mention in entry["roles"]:
        statements, number = lists[mention["list"]], mention["statement"]
        need(number < len(statements), "a mention of a role in no statement")
        place = (LISTS.index(mention["list"]), number, mention["offset"])
        need(place >= before, "mentions of roles are out of order")
        end = mention["offset"] + mention["length"]
        before = (place[0], number, end)
        name = statements[number].encode()[mention["offset"]:end]
        need(len(name) == mention["length"] and is_quoted(name), "a mention of a role is no quoted name")


def is_quoted(name):
    return re.fullmatch(rb'[a-z_][a-z0-9_]*|"([^"]|"")+"', name) is not None
