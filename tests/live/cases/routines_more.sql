-- Functions, procedures, aggregates, triggers: every clause, overloads, defaults, odd bodies, event order.
CREATE SCHEMA f;
CREATE FUNCTION f.plain(a integer, b text DEFAULT 'it''s', VARIADIC c numeric[] DEFAULT '{}') RETURNS text LANGUAGE sql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 12.5 AS $$SELECT $2$$;
CREATE FUNCTION f.plain(a text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, "$user", 'odd ''path' SET work_mem = '8MB' AS $_$SELECT $1 || $$x$$$_$;
CREATE FUNCTION f.many(OUT a integer, OUT b text, INOUT c integer) LANGUAGE plpgsql AS $$
BEGIN
    a := 1; b := E'\\'; c := c + 1;
END
$$;
CREATE FUNCTION f.rows(n integer) RETURNS TABLE (id integer, square bigint) LANGUAGE sql ROWS 50 AS 'SELECT g, g::bigint * g FROM generate_series(1, n) g';
CREATE FUNCTION f.poly(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION f.set_of() RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2';
CREATE PROCEDURE f.proc(a integer, INOUT b text DEFAULT 'b') LANGUAGE plpgsql AS $$ BEGIN b := a || b; COMMIT; END $$;
CREATE FUNCTION f.sum_step(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION f.sum_end(numeric) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE AGGREGATE f.total(numeric) (SFUNC = f.sum_step, STYPE = numeric, FINALFUNC = f.sum_end, INITCOND = '0', COMBINEFUNC = numeric_add, PARALLEL = SAFE);
CREATE AGGREGATE f.all_of(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE f.ordered(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_WRITE);
COMMENT ON FUNCTION f.plain(integer, text, numeric[]) IS 'with defaults';
COMMENT ON PROCEDURE f.proc(integer, text) IS 'a procedure';
COMMENT ON AGGREGATE f.total(numeric) IS 'an aggregate';
REVOKE ALL ON FUNCTION f.plain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f.plain(text) TO pgark_reader WITH GRANT OPTION;
ALTER FUNCTION f.rows(integer) OWNER TO pgark_owner;
CREATE TABLE f.t (id integer, name text, changed timestamptz);
CREATE FUNCTION f.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "Before 1" BEFORE INSERT OR UPDATE OF name, id ON f.t FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION f.on_change('a', 'it''s', E'\\');
CREATE TRIGGER after_statement AFTER DELETE OR TRUNCATE ON f.t FOR EACH STATEMENT EXECUTE FUNCTION f.on_change();
CREATE TRIGGER with_tables AFTER UPDATE ON f.t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION f.on_change();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON f.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f.on_change();
ALTER TABLE f.t DISABLE TRIGGER after_statement;
ALTER TABLE f.t ENABLE REPLICA TRIGGER with_tables;
ALTER TABLE f.t ENABLE ALWAYS TRIGGER late;
COMMENT ON TRIGGER late ON f.t IS 'late';
CREATE VIEW f.v AS SELECT * FROM f.t;
CREATE TRIGGER instead INSTEAD OF INSERT ON f.v FOR EACH ROW EXECUTE FUNCTION f.on_change();
INSERT INTO f.t VALUES (1, 'x', '2024-01-01 00:00+00');
CREATE FUNCTION f.for_default() RETURNS integer LANGUAGE sql AS 'SELECT 42';
ALTER TABLE f.t ADD COLUMN answer integer DEFAULT f.for_default();
CREATE FUNCTION f.for_index(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE INDEX by_function ON f.t (f.for_index(name));
