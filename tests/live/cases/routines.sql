-- Functions and procedures with every clause.
CREATE SCHEMA f;
CREATE SCHEMA "F G";
CREATE TYPE f.kind AS ENUM ('a', 'b');
CREATE TABLE f.t (id integer, "Name" text);

CREATE FUNCTION f.plain() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f.overloaded(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f.overloaded(text) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION f.overloaded(integer, f.kind[]) RETURNS integer LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION "F G"."Quo""ted $1"("A b" integer, "select" text DEFAULT 'it''s', c f.kind DEFAULT 'b')
    RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT SECURITY DEFINER LEAKPROOF PARALLEL SAFE COST 17
    SET search_path TO f, "F G", "$user"
    SET work_mem = '3MB'
    SET "DateStyle" TO 'ISO, DMY'
    SET "my.setting" TO 'x = ''y'', \'
    AS $body$ BEGIN /* $$ $_$ $body */ RETURN $1 || $2 || '\n'; END $body$;
CREATE FUNCTION f.no_path() RETURNS integer LANGUAGE sql SET search_path = '' SET temp_tablespaces = '' AS 'SELECT 1';
CREATE FUNCTION f.out_args(IN a integer, INOUT b text, OUT c f.kind, OUT "D d" integer[]) LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT $2, 'a'::f.kind, ARRAY[$1] $$;
CREATE FUNCTION f.variadic(sep text, VARIADIC items anyarray) RETURNS text LANGUAGE sql COST 0.25 AS $_$ SELECT array_to_string($2, $1) $_$;
CREATE FUNCTION f.returns_table(n integer) RETURNS TABLE(x integer, "Y y" f.t) LANGUAGE sql ROWS 12.5 AS $$ SELECT 1, t FROM f.t LIMIT n $$;
CREATE FUNCTION f.returns_set() RETURNS SETOF f.t LANGUAGE sql ROWS 1000 AS 'SELECT * FROM f.t';
CREATE FUNCTION f.returns_record() RETURNS SETOF record LANGUAGE sql ROWS 5 AS 'SELECT 1, 2';
CREATE FUNCTION f.row_type(f.t) RETURNS text LANGUAGE sql AS 'SELECT $1."Name"';
CREATE FUNCTION f.table_column(a f.t[]) RETURNS f.t[] LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION f.my_rank() RETURNS bigint AS 'window_rank' LANGUAGE internal WINDOW IMMUTABLE;
CREATE FUNCTION f.internal_cost(integer, integer) RETURNS integer AS 'int4pl' LANGUAGE internal IMMUTABLE STRICT COST 100;
CREATE FUNCTION f.support(internal) RETURNS internal AS 'generate_series_int8_support' LANGUAGE internal STRICT;
CREATE FUNCTION f.supported(bigint, bigint) RETURNS SETOF bigint AS 'generate_series_int8' LANGUAGE internal STRICT SUPPORT f.support;
CREATE FUNCTION f.from_library(internal) RETURNS void AS '$libdir/plpgsql', 'plpgsql_call_handler' LANGUAGE c;
CREATE FUNCTION f.trigger_function() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION f.crlf() RETURNS text LANGUAGE plpgsql AS E'BEGIN\r\n  RETURN ''a\tb'';\r\nEND';
CREATE FUNCTION f.dollars() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $x$ $_$ $_2_$x$; END --$_';
CREATE FUNCTION f.empty_body() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION f.invalid_later() RETURNS integer LANGUAGE sql AS 'SELECT id FROM f.t';
COMMENT ON FUNCTION f.overloaded(integer, f.kind[]) IS 'the third';

CREATE PROCEDURE f.proc() LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE f.proc(a integer, INOUT b text DEFAULT 'x') LANGUAGE plpgsql SECURITY DEFINER SET search_path = f AS 'BEGIN b := a; END';
CREATE PROCEDURE f."Proc"(VARIADIC a integer[]) LANGUAGE sql AS 'SELECT 1';
COMMENT ON PROCEDURE f.proc(integer, text) IS 'a procedure';

-- A function whose default calls another, and one used by a view.
CREATE FUNCTION f.has_default(a integer DEFAULT f.plain()) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE VIEW f.v AS SELECT f.has_default(id) AS x FROM f.t;

CREATE FUNCTION f."Handler"() RETURNS language_handler AS '$libdir/plpgsql', 'plpgsql_call_handler' LANGUAGE c;
CREATE TRUSTED LANGUAGE "PL Test" HANDLER f."Handler" INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE LANGUAGE pltestlang HANDLER f."Handler";
COMMENT ON LANGUAGE "PL Test" IS 'a language';
CREATE FUNCTION f.in_test_language() RETURNS integer LANGUAGE "PL Test" AS 'BEGIN RETURN 1; END';

GRANT CREATE ON SCHEMA f, "F G" TO pgark_owner;
ALTER FUNCTION f.overloaded(text) OWNER TO pgark_owner;
ALTER PROCEDURE f.proc(integer, text) OWNER TO pgark_owner;
ALTER LANGUAGE "PL Test" OWNER TO pgark_owner;
REVOKE ALL ON FUNCTION f.overloaded(text), f.out_args(integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f.out_args(integer, text) TO pgark_reader WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE f."Proc"(integer[]) TO pgark_writer;
REVOKE USAGE ON LANGUAGE "PL Test" FROM PUBLIC;
GRANT USAGE ON LANGUAGE "PL Test" TO pgark_reader;
