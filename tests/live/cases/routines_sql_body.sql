-- min: 14
CREATE SCHEMA f;
CREATE TABLE f.t (id integer PRIMARY KEY, name text);
CREATE FUNCTION f.plus(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE RETURN a + b;
CREATE FUNCTION f.uses_plus(x integer) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE RETURN f.plus(x) * 2;
CREATE FUNCTION f.atomic() RETURNS SETOF f.t LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO f.t VALUES (f.plus(1), 'it''s') ON CONFLICT DO NOTHING;
    SELECT id, name FROM f.t ORDER BY 1;
END;
CREATE PROCEDURE f.atomic_proc(n integer) LANGUAGE sql
BEGIN ATOMIC
    UPDATE f.t SET name = upper(name) WHERE id = n;
    DELETE FROM f.t WHERE id < 0;
END;
CREATE PROCEDURE f.empty() LANGUAGE sql BEGIN ATOMIC END;
CREATE PROCEDURE f.out_proc(a integer, OUT b text, INOUT c integer) LANGUAGE plpgsql AS 'BEGIN b := a; END';
CREATE PROCEDURE f.ambiguous(integer) LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE f.ambiguous(OUT integer) LANGUAGE plpgsql AS 'BEGIN $1 := 1; END';
COMMENT ON PROCEDURE f.ambiguous(OUT integer) IS 'only modes tell them apart';
-- Needs the primary key: created after it.
CREATE FUNCTION f.grouped() RETURNS SETOF text LANGUAGE sql
BEGIN ATOMIC
    SELECT name FROM f.t GROUP BY id;
END;
REVOKE ALL ON PROCEDURE f.ambiguous(OUT integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE f.ambiguous(IN integer) TO pgark_reader;
