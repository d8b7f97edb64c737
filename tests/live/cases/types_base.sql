-- Base types: every option of CREATE TYPE, functions in other schemas, sizes and ways to store.
CREATE SCHEMA bt;
CREATE SCHEMA "F s";
CREATE TYPE bt.whole;
CREATE FUNCTION "F s"."In put"(cstring) RETURNS bt.whole AS 'textin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION "F s".output(bt.whole) RETURNS cstring AS 'textout' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION "F s".receive(internal) RETURNS bt.whole AS 'textrecv' LANGUAGE internal STRICT STABLE;
CREATE FUNCTION "F s".send(bt.whole) RETURNS bytea AS 'textsend' LANGUAGE internal STRICT STABLE;
CREATE FUNCTION "F s".analyzes(internal) RETURNS boolean AS 'array_typanalyze' LANGUAGE internal STRICT STABLE;
CREATE FUNCTION "F s".typmod_in(cstring[]) RETURNS integer AS 'varchartypmodin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION "F s".typmod_out(integer) RETURNS cstring AS 'varchartypmodout' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE bt.whole (
    INPUT = "F s"."In put", OUTPUT = "F s".output, RECEIVE = "F s".receive, SEND = "F s".send,
    TYPMOD_IN = "F s".typmod_in, TYPMOD_OUT = "F s".typmod_out, ANALYZE = "F s".analyzes,
    INTERNALLENGTH = VARIABLE, STORAGE = main, CATEGORY = '!', DELIMITER = '|', COLLATABLE = true,
    DEFAULT = E'a\\b''c\n'
);
COMMENT ON TYPE bt.whole IS 'with everything';
CREATE TABLE bt.uses (a bt.whole, b bt.whole(7), c bt.whole[], d bt.whole COLLATE "C" DEFAULT 'd');
INSERT INTO bt.uses (a, c) VALUES ('x', '{p|"q|r"|NULL}'), (DEFAULT, '{}');

-- On functions of the system, which is found to be one; own only by name.
CREATE TYPE bt.on_system;
CREATE FUNCTION bt.on_system_in(cstring, oid, integer) RETURNS bt.on_system AS 'varcharin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION bt.on_system_out(bt.on_system) RETURNS cstring AS 'varcharout' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE bt.on_system (INPUT = bt.on_system_in, OUTPUT = bt.on_system_out, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout,
    ANALYZE = array_typanalyze, STORAGE = external, ALIGNMENT = int4);

-- Fixed lengths, alignments, by value or not, with elements.
CREATE TYPE bt.char1;
CREATE FUNCTION bt.char1_in(cstring) RETURNS bt.char1 AS 'charin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION bt.char1_out(bt.char1) RETURNS cstring AS 'charout' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE bt.char1 (INPUT = bt.char1_in, OUTPUT = bt.char1_out, INTERNALLENGTH = 1, PASSEDBYVALUE, ALIGNMENT = char);
CREATE TYPE bt.short;
CREATE FUNCTION bt.short_in(cstring) RETURNS bt.short AS 'int2in' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION bt.short_out(bt.short) RETURNS cstring AS 'int2out' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE bt.short (INPUT = bt.short_in, OUTPUT = bt.short_out, INTERNALLENGTH = 2, PASSEDBYVALUE, ALIGNMENT = int2, CATEGORY = 'N', PREFERRED = false, DEFAULT = '-1');
CREATE TYPE bt.pair_of_floats;
CREATE FUNCTION bt.pair_in(cstring) RETURNS bt.pair_of_floats AS 'point_in' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION bt.pair_out(bt.pair_of_floats) RETURNS cstring AS 'point_out' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE bt.pair_of_floats (INPUT = bt.pair_in, OUTPUT = bt.pair_out, INTERNALLENGTH = 16, ALIGNMENT = double, ELEMENT = double precision, DEFAULT = '(1,2)');
CREATE TYPE bt.like_uuid;
CREATE FUNCTION bt.like_uuid_in(cstring) RETURNS bt.like_uuid AS 'uuid_in' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION bt.like_uuid_out(bt.like_uuid) RETURNS cstring AS 'uuid_out' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE bt.like_uuid (INPUT = bt.like_uuid_in, OUTPUT = bt.like_uuid_out, LIKE = uuid);
CREATE TABLE bt.fixed (a bt.char1, b bt.short, c bt.pair_of_floats, d bt.like_uuid, e bt.short[], f bt.on_system(5));
INSERT INTO bt.fixed VALUES ('z', '7', '(3,4)', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{1,2}', 'four');
INSERT INTO bt.fixed DEFAULT VALUES;

-- The array type of a type that was renamed, and one whose expected name was taken.
CREATE TYPE bt.renamed AS (a integer);
ALTER TYPE bt.renamed RENAME TO renamed_type;
CREATE TYPE bt._taken AS ENUM ('x');
CREATE TYPE bt.taken AS ENUM ('y');
CREATE TABLE bt.arrays (a bt.renamed_type[], b bt.taken[], c bt._taken[]);
INSERT INTO bt.arrays VALUES (ARRAY[ROW(1)]::bt.renamed_type[], '{y}', '{x}');
