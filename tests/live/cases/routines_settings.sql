-- Functions with every shape of SET, and with support, window, cost and rows at their limits.
CREATE SCHEMA f;
CREATE FUNCTION f.lists() RETURNS integer LANGUAGE sql
    SET search_path TO 'a, b', "C ""d", '$user', "select", E'back\\slash', pg_temp
    SET temp_tablespaces TO pg_default, 'pg_global'
    AS 'SELECT 1';
CREATE FUNCTION f.empty_lists() RETURNS integer LANGUAGE sql SET search_path TO '' SET temp_tablespaces TO '' AS 'SELECT 1';
CREATE FUNCTION f.empty_name() RETURNS integer LANGUAGE sql SET search_path TO '', 'f' AS 'SELECT 1';
SET search_path = f, "Odd, ""path""";
CREATE FUNCTION f.from_current() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT SET work_mem FROM CURRENT AS 'SELECT 1';
RESET search_path;
CREATE FUNCTION f.values() RETURNS integer LANGUAGE sql
    SET TIME ZONE INTERVAL '-03:30' HOUR TO MINUTE
    SET "DateStyle" TO postgres, dmy
    SET extra_float_digits TO -3
    SET enable_seqscan TO off
    SET client_min_messages = 'warning'
    SET statement_timeout = '1min'
    SET "app.List" TO 'a, "b"'
    SET app.empty = ''
    SET app.multi_line = E'one\ntwo\\'
    AS 'SELECT 1';
CREATE PROCEDURE f.procedure() LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = 5 AS 'BEGIN END';

CREATE FUNCTION f.zz_support(internal) RETURNS internal AS 'generate_series_int8_support' LANGUAGE internal STRICT;
CREATE FUNCTION f.aa_supported(bigint, bigint) RETURNS SETOF bigint AS 'generate_series_int8' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 0.125 ROWS 3 SUPPORT f.zz_support;
CREATE FUNCTION f.system_support(bigint, bigint) RETURNS SETOF bigint AS 'generate_series_int8' LANGUAGE internal STRICT SUPPORT generate_series_int8_support;
CREATE FUNCTION f.window_all() RETURNS bigint AS 'window_row_number' LANGUAGE internal WINDOW STABLE LEAKPROOF PARALLEL RESTRICTED COST 2;
CREATE FUNCTION f.lag_like(anyelement, integer) RETURNS anyelement AS 'window_lag_with_offset' LANGUAGE internal WINDOW IMMUTABLE STRICT;
CREATE FUNCTION f.dear() RETURNS integer LANGUAGE sql COST 1e10 AS 'SELECT 1';
CREATE FUNCTION f.cheap() RETURNS integer LANGUAGE sql COST 1 AS 'SELECT 1';
CREATE FUNCTION f.tiny() RETURNS SETOF integer LANGUAGE plpgsql COST 1e-7 ROWS 0.5 AS 'BEGIN END';
CREATE FUNCTION f.huge() RETURNS SETOF integer LANGUAGE sql ROWS 123456789 AS 'SELECT 1';
CREATE VIEW f.ranked AS SELECT n, f.window_all() OVER (ORDER BY n) AS number FROM f.aa_supported(1, 5) n;
COMMENT ON FUNCTION f.window_all() IS 'a window function';
GRANT EXECUTE ON FUNCTION f.window_all() TO pgark_reader;
