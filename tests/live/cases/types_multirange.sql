-- min: 14
CREATE SCHEMA other;
CREATE TYPE public.floats AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = public."Many Floats");
CREATE TYPE other.named AS RANGE (SUBTYPE = date, MULTIRANGE_TYPE_NAME = public.elsewhere);
CREATE TYPE public.plain AS RANGE (SUBTYPE = bigint, SUBTYPE_DIFF = int8range_subdiff);
CREATE TYPE public.uses AS (a public."Many Floats", b public.elsewhere[], c public.plain_multirange);
CREATE FUNCTION public.first(public."Many Floats") RETURNS public.floats LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.range_merge($1)';
CREATE DOMAIN public.some_floats AS public."Many Floats" CHECK (NOT isempty(VALUE));
CREATE CAST (public.plain_multirange AS text) WITH INOUT AS ASSIGNMENT;

CREATE TYPE public.points;
CREATE FUNCTION public.points_in(cstring) RETURNS public.points AS 'point_in' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION public.points_out(public.points) RETURNS cstring AS 'point_out' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE public.points (
    INTERNALLENGTH = 16, INPUT = public.points_in, OUTPUT = public.points_out,
    ELEMENT = double precision, SUBSCRIPT = raw_array_subscript_handler, ALIGNMENT = double, CATEGORY = 'G'
);
