-- Aggregates: the clauses that are written only when they differ from the default of the aggregate's kind.
CREATE SCHEMA ag;
CREATE FUNCTION ag.step(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION ag.back(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 - coalesce($2, 0)';
CREATE FUNCTION ag.final(bigint, integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE AGGREGATE ag.moving_extra(integer) (SFUNC = ag.step, STYPE = bigint, FINALFUNC = ag.final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_ONLY, INITCOND = '0',
    MSFUNC = ag.step, MINVFUNC = ag.back, MSTYPE = bigint, MFINALFUNC = ag.final, MFINALFUNC_EXTRA, MFINALFUNC_MODIFY = SHAREABLE, MINITCOND = '0');
CREATE AGGREGATE ag.moving_plain(integer) (SFUNC = ag.step, STYPE = bigint, INITCOND = '0', FINALFUNC_MODIFY = READ_WRITE,
    MSFUNC = ag.step, MINVFUNC = ag.back, MSTYPE = bigint, MSSPACE = 8, MFINALFUNC_MODIFY = READ_ONLY, MINITCOND = '0');
CREATE AGGREGATE ag.ordered_shareable(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = SHAREABLE);
CREATE FUNCTION ag.collect(anyarray, anyelement) RETURNS anyarray LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE AGGREGATE ag.poly(anyelement) (SFUNC = ag.collect, STYPE = anyarray, INITCOND = '{}');
CREATE AGGREGATE ag.initial(text) (SFUNC = textcat, STYPE = text, INITCOND = E'it''s \\ a start\n');
CREATE AGGREGATE ag.empty_initial(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE FUNCTION ag.greater(bigint, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > $2';
CREATE OPERATOR ag.>># (FUNCTION = ag.greater, LEFTARG = bigint, RIGHTARG = bigint);
CREATE AGGREGATE ag.sorted(bigint) (SFUNC = int8larger, STYPE = bigint, SORTOP = OPERATOR(ag.>>#), PARALLEL = UNSAFE);
CREATE FUNCTION ag.two_step(bigint, bigint, VARIADIC text[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, 0) + $2 + cardinality($3)';
CREATE AGGREGATE ag.two(a bigint, VARIADIC "Rest of" text[]) (SFUNC = ag.two_step, STYPE = bigint);
CREATE VIEW ag.uses AS SELECT ag.two(n, 'a', 'b'), ag.poly(n), ag.moving_extra(n) OVER (ORDER BY n ROWS 2 PRECEDING) FROM generate_series(1, 3) n GROUP BY n;
COMMENT ON AGGREGATE ag.two(bigint, VARIADIC text[]) IS 'many';
