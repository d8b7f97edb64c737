-- Transforms: both directions or one, of functions of the system and of the user's own, and the functions that use them.
CREATE SCHEMA a;
CREATE SCHEMA "Z z";
CREATE TYPE "Z z"."Kind" AS ENUM ('x');
CREATE TYPE a.pair AS (n integer, t text);
CREATE FUNCTION "Z z"."From"(internal) RETURNS internal AS 'prsd_lextype' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION "Z z"."To"(internal) RETURNS "Z z"."Kind" AS 'int4recv' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION a.to_pair(internal) RETURNS a.pair AS 'int4recv' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION a.handler() RETURNS language_handler AS '$libdir/plpgsql', 'plpgsql_call_handler' LANGUAGE c;
CREATE LANGUAGE "PL z" HANDLER a.handler;

CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE TRANSFORM FOR "Z z"."Kind" LANGUAGE sql (FROM SQL WITH FUNCTION "Z z"."From"(internal), TO SQL WITH FUNCTION "Z z"."To"(internal));
CREATE TRANSFORM FOR "Z z"."Kind" LANGUAGE "PL z" (TO SQL WITH FUNCTION "Z z"."To"(internal));
CREATE TRANSFORM FOR a.pair LANGUAGE sql (TO SQL WITH FUNCTION a.to_pair(internal));
CREATE TRANSFORM FOR a.pair LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
COMMENT ON TRANSFORM FOR "Z z"."Kind" LANGUAGE "PL z" IS 'only one way';
COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'of the system''s functions';

-- Types that are neither arguments nor results: older servers record no dependency on their transforms.
CREATE FUNCTION a.aa_uses(text) RETURNS text LANGUAGE sql TRANSFORM FOR TYPE "Z z"."Kind", FOR TYPE integer, FOR TYPE a.pair IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION a.aa_takes("Z z"."Kind", a.pair[]) RETURNS a.pair LANGUAGE plpgsql TRANSFORM FOR TYPE a.pair AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION a.aa_own("Z z"."Kind") RETURNS "Z z"."Kind" LANGUAGE "PL z" TRANSFORM FOR TYPE "Z z"."Kind" STRICT COST 7 AS 'BEGIN RETURN $1; END';
CREATE PROCEDURE a.aa_procedure(integer) LANGUAGE sql TRANSFORM FOR TYPE integer AS 'SELECT 1';
CREATE TABLE a.uses (a text DEFAULT a.aa_uses('x'));
INSERT INTO a.uses DEFAULT VALUES;

-- As many as the grammar takes, and more than a list of a fixed size would.
DO $do$
DECLARE
    list text := '';
BEGIN
    FOR n IN 1 .. 130 LOOP
        EXECUTE format('CREATE TYPE a.many_%s AS ENUM ()', n);
        EXECUTE format('CREATE TRANSFORM FOR a.many_%s LANGUAGE sql (FROM SQL WITH FUNCTION "Z z"."From"(internal))', n);
        list := list || CASE n WHEN 1 THEN '' ELSE ', ' END || 'FOR TYPE a.many_' || n;
    END LOOP;
    EXECUTE 'CREATE FUNCTION a.aa_many() RETURNS integer LANGUAGE sql TRANSFORM ' || list || ' AS ''SELECT 1''';
END
$do$;
