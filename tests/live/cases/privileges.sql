-- Grants and revokes on every kind of object, chains of them, and lists that differ from the built-in ones.
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['pgark_case_owner', 'pgark_case_a', 'pgark_case_b', 'pgark_case "odd'' role', 'pgark_case_C']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
END $$;

CREATE SCHEMA priv AUTHORIZATION pgark_case_owner;
GRANT USAGE ON SCHEMA priv TO PUBLIC;
GRANT CREATE ON SCHEMA priv TO "pgark_case ""odd' role" WITH GRANT OPTION;
CREATE SCHEMA "No owner rights" AUTHORIZATION pgark_case_owner;
REVOKE ALL ON SCHEMA "No owner rights" FROM pgark_case_owner;
GRANT ALL ON SCHEMA public TO pgark_case_a;

-- A chain: the grantor is not the owner.
CREATE TABLE priv.chain (id integer, "Odd Column" text, secret text);
ALTER TABLE priv.chain OWNER TO pgark_case_owner;
GRANT SELECT, UPDATE ON priv.chain TO pgark_case_a WITH GRANT OPTION;
GRANT INSERT ON priv.chain TO pgark_case_a;
SET SESSION AUTHORIZATION pgark_case_a;
GRANT SELECT ON priv.chain TO pgark_case_b WITH GRANT OPTION;
GRANT UPDATE ON priv.chain TO PUBLIC;
SET SESSION AUTHORIZATION pgark_case_b;
GRANT SELECT ON priv.chain TO "pgark_case_C";
RESET SESSION AUTHORIZATION;

-- Columns, also from a grantor that is not the owner.
CREATE TABLE priv.columns (id integer, "Odd Column" text, secret text);
ALTER TABLE priv.columns OWNER TO pgark_case_owner;
GRANT SELECT (id, "Odd Column"), INSERT (id) ON priv.columns TO pgark_case_a;
GRANT ALL (secret) ON priv.columns TO pgark_case_b WITH GRANT OPTION;
SET SESSION AUTHORIZATION pgark_case_b;
GRANT SELECT (secret) ON priv.columns TO PUBLIC;
RESET SESSION AUTHORIZATION;
REVOKE DELETE, TRUNCATE ON priv.columns FROM pgark_case_owner;

CREATE TABLE priv.nothing (a integer);
ALTER TABLE priv.nothing OWNER TO pgark_case_owner;
REVOKE ALL ON priv.nothing FROM pgark_case_owner;
CREATE TABLE priv.everything (a integer);
ALTER TABLE priv.everything OWNER TO pgark_case_owner;
GRANT ALL ON priv.everything TO PUBLIC;
GRANT ALL ON priv.everything TO pgark_case_a WITH GRANT OPTION;
CREATE TABLE priv.own_option (a integer);
ALTER TABLE priv.own_option OWNER TO pgark_case_owner;
SET SESSION AUTHORIZATION pgark_case_owner;
GRANT SELECT ON priv.own_option TO pgark_case_owner WITH GRANT OPTION;
RESET SESSION AUTHORIZATION;
-- Touched, and back at the default.
CREATE TABLE priv.touched (a integer);
GRANT SELECT ON priv.touched TO pgark_case_a;
REVOKE SELECT ON priv.touched FROM pgark_case_a;

CREATE VIEW priv.view AS SELECT 1 AS a, 2 AS b;
ALTER VIEW priv.view OWNER TO pgark_case_owner;
GRANT SELECT (a) ON priv.view TO pgark_case_a;
GRANT INSERT ON priv.view TO pgark_case_b;
CREATE MATERIALIZED VIEW priv.matview AS SELECT 1 AS a;
GRANT SELECT ON priv.matview TO pgark_case_a;
CREATE SEQUENCE priv.sequence;
ALTER SEQUENCE priv.sequence OWNER TO pgark_case_owner;
GRANT USAGE, SELECT ON SEQUENCE priv.sequence TO pgark_case_a;
GRANT ALL ON SEQUENCE priv.sequence TO pgark_case_b;
CREATE TABLE priv.identity (id integer GENERATED ALWAYS AS IDENTITY, s serial);
ALTER TABLE priv.identity OWNER TO pgark_case_owner;
GRANT USAGE ON SEQUENCE priv.identity_id_seq, priv.identity_s_seq TO pgark_case_a;
CREATE TABLE priv.partitioned (a integer) PARTITION BY LIST (a);
CREATE TABLE priv.partition PARTITION OF priv.partitioned DEFAULT;
GRANT SELECT ON priv.partition TO pgark_case_a;

CREATE FUNCTION priv.function(integer, VARIADIC text[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION priv.function(integer, VARIADIC text[]) OWNER TO pgark_case_owner;
REVOKE EXECUTE ON FUNCTION priv.function(integer, VARIADIC text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION priv.function(integer, VARIADIC text[]) TO pgark_case_a WITH GRANT OPTION;
CREATE PROCEDURE priv.procedure(INOUT a integer) LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON PROCEDURE priv.procedure(integer) FROM PUBLIC;
GRANT ALL ON PROCEDURE priv.procedure(integer) TO pgark_case_a;
CREATE AGGREGATE priv.aggregate(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
REVOKE ALL ON FUNCTION priv.aggregate(integer) FROM PUBLIC;
CREATE AGGREGATE priv.count_star(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
GRANT EXECUTE ON FUNCTION priv.count_star() TO pgark_case_a;
CREATE AGGREGATE priv.ordered(float8 ORDER BY anyelement)
    (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
REVOKE EXECUTE ON FUNCTION priv.ordered(float8, anyelement) FROM PUBLIC;
CREATE TYPE priv.type AS ENUM ('a');
ALTER TYPE priv.type OWNER TO pgark_case_owner;
REVOKE USAGE ON TYPE priv.type FROM PUBLIC;
GRANT USAGE ON TYPE priv.type TO pgark_case_b;
CREATE DOMAIN priv.domain AS integer;
REVOKE USAGE ON DOMAIN priv.domain FROM PUBLIC;
CREATE TYPE priv.composite AS (a integer);
GRANT USAGE ON TYPE priv.composite TO pgark_case_a;
