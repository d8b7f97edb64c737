-- min: 14
-- A conversion on a function of the user's own.
CREATE SCHEMA a;
CREATE SCHEMA "Z z";
CREATE FUNCTION "Z z"."To utf8"(integer, integer, cstring, internal, integer, boolean) RETURNS integer
    AS '$libdir/utf8_and_iso8859_1', 'iso8859_1_to_utf8' LANGUAGE c IMMUTABLE STRICT;
CREATE DEFAULT CONVERSION a.own FOR 'LATIN1' TO 'UTF8' FROM "Z z"."To utf8";
COMMENT ON CONVERSION a.own IS 'own';
