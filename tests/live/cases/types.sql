-- Types of every kind, with names that need quotes.
CREATE SCHEMA "Mixed Case";
CREATE SCHEMA "select";
CREATE SCHEMA "wei""rd 'schema' ü";
COMMENT ON SCHEMA "Mixed Case" IS 'it''s a \ comment';

CREATE TYPE public.mood AS ENUM ('sad', 'it''s ok', 'back\slash', 'Ünïcode ✓', '', ' lead');
ALTER TYPE public.mood ADD VALUE 'between' BEFORE 'it''s ok';
ALTER TYPE public.mood ADD VALUE 'first' BEFORE 'sad';
CREATE TYPE "Mixed Case"."Enum.Type" AS ENUM ();
COMMENT ON TYPE public.mood IS 'labels in sort order, not in oid order';

CREATE TYPE public.pair AS (a integer, "B b" public.mood[], "order" numeric(7,3), c text COLLATE "C", dropped date);
ALTER TYPE public.pair DROP ATTRIBUTE dropped;
ALTER TYPE public.pair ADD ATTRIBUTE "after" timestamp(3) with time zone;
COMMENT ON COLUMN public.pair."B b" IS 'an attribute''s comment';
CREATE TYPE "select"."table" AS (nested public.pair, more public.pair[], bits bit varying(9), ch "char", iv interval day to second(2));
CREATE TYPE public.nothing AS ();

CREATE TYPE public.undefined;
COMMENT ON TYPE public.undefined IS 'a shell that nobody fills';

-- The three-step cycle of a base type.
CREATE TYPE public.int42;
CREATE FUNCTION public.int42_in(cstring) RETURNS public.int42 AS 'int4in' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION public.int42_out(public.int42) RETURNS cstring AS 'int4out' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION public.int42_recv(internal) RETURNS public.int42 AS 'int4recv' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION public.int42_send(public.int42) RETURNS bytea AS 'int4send' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE public.int42 (
    INTERNALLENGTH = 4, INPUT = public.int42_in, OUTPUT = public.int42_out,
    RECEIVE = public.int42_recv, SEND = public.int42_send,
    ALIGNMENT = int4, STORAGE = plain, PASSEDBYVALUE, DEFAULT = '42', CATEGORY = 'N', DELIMITER = ';'
);
COMMENT ON TYPE public.int42 IS 'defaults to 42';

CREATE TYPE "Mixed Case"."Text Like";
CREATE FUNCTION "Mixed Case"."Text Like in"(cstring) RETURNS "Mixed Case"."Text Like" AS 'textin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION "Mixed Case"."Text Like out"("Mixed Case"."Text Like") RETURNS cstring AS 'textout' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION public.tl_typmod_in(cstring[]) RETURNS integer AS 'varchartypmodin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION public.tl_typmod_out(integer) RETURNS cstring AS 'varchartypmodout' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE "Mixed Case"."Text Like" (
    INPUT = "Mixed Case"."Text Like in", OUTPUT = "Mixed Case"."Text Like out",
    TYPMOD_IN = public.tl_typmod_in, TYPMOD_OUT = public.tl_typmod_out,
    STORAGE = extended, ALIGNMENT = double, COLLATABLE = true, DEFAULT = 'it''s \', CATEGORY = 'X', PREFERRED = true
);
CREATE TYPE public.uses_base AS (x public.int42, y "Mixed Case"."Text Like"(12), z public.int42[]);

CREATE TYPE public.textrange AS RANGE (SUBTYPE = text, COLLATION = "C");
CREATE TYPE public.patternrange AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops);
CREATE TYPE "wei""rd 'schema' ü"."Range" AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = float8mi);
CREATE FUNCTION public.moodlength(text, text) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1.0::float8';
CREATE TYPE public.diffrange AS RANGE (SUBTYPE = text, SUBTYPE_DIFF = public.moodlength);

CREATE TYPE public.steprange;
CREATE FUNCTION public.steprange_canonical(public.steprange) RETURNS public.steprange AS 'int4range_canonical' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE public.steprange AS RANGE (SUBTYPE = integer, CANONICAL = public.steprange_canonical, SUBTYPE_DIFF = int4range_subdiff);
COMMENT ON TYPE public.steprange IS 'a range with a canonical function';

-- A table's row type and its array as attributes.
CREATE TABLE public.holder (id integer, m public.mood, r public.textrange, s public.steprange);
CREATE TYPE public.of_rows AS (one public.holder, many public.holder[]);
CREATE TABLE "select"."from" (v public.of_rows, w "select"."table", x public.int42 DEFAULT '7');
INSERT INTO public.holder VALUES (1, 'between', '[a,b)', '[1,4]');

ALTER SCHEMA "select" OWNER TO pgark_owner;
GRANT USAGE, CREATE ON SCHEMA "wei""rd 'schema' ü" TO pgark_owner WITH GRANT OPTION;
GRANT CREATE ON SCHEMA "Mixed Case" TO pgark_owner;
GRANT CREATE ON SCHEMA public TO pgark_owner;
ALTER TYPE public.mood OWNER TO pgark_owner;
ALTER TYPE public.pair OWNER TO pgark_owner;
ALTER TYPE public.undefined OWNER TO pgark_owner;
ALTER TYPE public.int42 OWNER TO pgark_owner;
ALTER TYPE public.textrange OWNER TO pgark_owner;
REVOKE USAGE ON TYPE public.mood FROM PUBLIC;
GRANT USAGE ON TYPE public.mood, public.steprange TO pgark_reader WITH GRANT OPTION;
REVOKE ALL ON TYPE public.int42 FROM PUBLIC;
