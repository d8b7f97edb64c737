-- Aggregates of every kind.
CREATE SCHEMA a;
CREATE FUNCTION a.add(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT COALESCE($1, 0) + COALESCE($2, 0)';
CREATE FUNCTION a.sub(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 - COALESCE($2, 0)';
CREATE FUNCTION a.combine(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT COALESCE($1, 0) + COALESCE($2, 0)';
CREATE FUNCTION a.final(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE FUNCTION a.final_extra(bigint, integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE FUNCTION a.inc(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';

CREATE AGGREGATE a.total(integer) (SFUNC = a.add, STYPE = bigint);
CREATE AGGREGATE a.counted(*) (SFUNC = a.inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE a."Full"("The value" integer) (
    SFUNC = a.add, STYPE = bigint, SSPACE = 77, FINALFUNC = a.final_extra, FINALFUNC_EXTRA, FINALFUNC_MODIFY = SHAREABLE,
    COMBINEFUNC = a.combine, INITCOND = '0',
    MSFUNC = a.add, MINVFUNC = a.sub, MSTYPE = bigint, MSSPACE = 99, MFINALFUNC = a.final, MFINALFUNC_MODIFY = READ_WRITE, MINITCOND = '10',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE a."Full"(integer) IS 'with everything';
COMMENT ON AGGREGATE a.counted(*) IS 'no arguments';
CREATE AGGREGATE a.smallest(integer) (SFUNC = int4smaller, STYPE = integer, SORTOP = <, PARALLEL = RESTRICTED, COMBINEFUNC = int4smaller);
CREATE AGGREGATE a.newavg(integer) (
    SFUNC = int4_avg_accum, STYPE = bigint[], FINALFUNC = int8_avg, INITCOND = '{0,0}', FINALFUNC_MODIFY = READ_ONLY
);
CREATE AGGREGATE a.avg_serial(numeric) (
    SFUNC = numeric_avg_accum, STYPE = internal, SSPACE = 128, FINALFUNC = numeric_avg,
    COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize, PARALLEL = SAFE
);
CREATE AGGREGATE a.percentile(double precision ORDER BY anyelement) (
    SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_WRITE
);
CREATE AGGREGATE a.percentile_shared(p double precision ORDER BY v anyelement) (
    SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_ONLY
);
CREATE AGGREGATE a.rank(VARIADIC "any" ORDER BY VARIADIC "any") (
    SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL
);
COMMENT ON AGGREGATE a.rank(VARIADIC "any" ORDER BY VARIADIC "any") IS 'hypothetical';

CREATE FUNCTION a.least_step(integer, VARIADIC integer[]) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT min(i) FROM unnest($2 || $1) i';
CREATE AGGREGATE a."least"(VARIADIC items integer[]) (SFUNC = a.least_step, STYPE = integer, INITCOND = '9999');
GRANT CREATE ON SCHEMA a TO pgark_owner;
ALTER AGGREGATE a.counted(*) OWNER TO pgark_owner;
ALTER AGGREGATE a.rank(VARIADIC "any" ORDER BY VARIADIC "any") OWNER TO pgark_owner;
REVOKE ALL ON FUNCTION a.counted() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION a.counted(), a."Full"(integer), a.percentile(double precision, anyelement) TO pgark_reader;
