-- Operators, families, classes and casts.
-- no judge across majors: members of a GiST family belong to the class before 14, to the family since
CREATE SCHEMA o;
CREATE SCHEMA "O P";
CREATE TYPE o.num AS (n integer);
CREATE FUNCTION o.lt(o.num, o.num) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n < $2.n';
CREATE FUNCTION o.le(o.num, o.num) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n <= $2.n';
CREATE FUNCTION o.eq(o.num, o.num) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n = $2.n';
CREATE FUNCTION o.ne(o.num, o.num) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n <> $2.n';
CREATE FUNCTION o.ge(o.num, o.num) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n >= $2.n';
CREATE FUNCTION o.gt(o.num, o.num) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n > $2.n';
CREATE FUNCTION o.cmp(o.num, o.num) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.n, $2.n)';
CREATE FUNCTION o.cmp(o.num, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.n, $2)';
CREATE FUNCTION o.hash(o.num) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT hashint4($1.n)';
CREATE FUNCTION o.lt_int(o.num, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n < $2';
CREATE FUNCTION o.neg(o.num) RETURNS o.num LANGUAGE sql IMMUTABLE AS 'SELECT ROW(-$1.n)::o.num';
CREATE OPERATOR o.< (FUNCTION = o.lt, LEFTARG = o.num, RIGHTARG = o.num, COMMUTATOR = OPERATOR(o.>), NEGATOR = OPERATOR(o.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR o.<= (FUNCTION = o.le, LEFTARG = o.num, RIGHTARG = o.num, COMMUTATOR = OPERATOR(o.>=), NEGATOR = OPERATOR(o.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR o.= (FUNCTION = o.eq, LEFTARG = o.num, RIGHTARG = o.num, COMMUTATOR = OPERATOR(o.=), NEGATOR = OPERATOR(o.<>), MERGES, HASHES, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR o.<> (FUNCTION = o.ne, LEFTARG = o.num, RIGHTARG = o.num, COMMUTATOR = OPERATOR(o.<>), NEGATOR = OPERATOR(o.=), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR o.>= (FUNCTION = o.ge, LEFTARG = o.num, RIGHTARG = o.num, COMMUTATOR = OPERATOR(o.<=), NEGATOR = OPERATOR(o.<));
CREATE OPERATOR o.> (FUNCTION = o.gt, LEFTARG = o.num, RIGHTARG = o.num, COMMUTATOR = OPERATOR(o.<), NEGATOR = OPERATOR(o.<=));
CREATE OPERATOR o.< (FUNCTION = o.lt_int, LEFTARG = o.num, RIGHTARG = integer);
CREATE OPERATOR "O P".@#@ (FUNCTION = o.neg, RIGHTARG = o.num);
-- The commutator is only declared, never defined.
CREATE FUNCTION o.into_text(o.num, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $2';
CREATE OPERATOR "O P".~~> (FUNCTION = o.into_text, LEFTARG = o.num, RIGHTARG = text, COMMUTATOR = OPERATOR("O P".<~~));
COMMENT ON OPERATOR "O P".@#@ (NONE, o.num) IS 'prefix';
COMMENT ON OPERATOR o.< (o.num, integer) IS 'mixed';

CREATE OPERATOR FAMILY o.op_family USING btree;
COMMENT ON OPERATOR FAMILY o.op_family USING btree IS 'with loose members';
CREATE OPERATOR CLASS o.op_class DEFAULT FOR TYPE o.num USING btree FAMILY o.op_family AS
    OPERATOR 1 o.<, OPERATOR 2 o.<=, OPERATOR 3 o.=, OPERATOR 4 o.>=, OPERATOR 5 o.>, FUNCTION 1 o.cmp(o.num, o.num);
ALTER OPERATOR FAMILY o.op_family USING btree ADD
    OPERATOR 1 o.< (o.num, integer), FUNCTION 1 (o.num, integer) o.cmp(o.num, integer);
CREATE OPERATOR CLASS "O P"."Hash Class" DEFAULT FOR TYPE o.num USING hash AS OPERATOR 1 o.=, FUNCTION 1 o.hash(o.num);
CREATE OPERATOR CLASS o.op_class_empty FOR TYPE bigint USING btree FAMILY o.op_family AS STORAGE bigint;
CREATE OPERATOR FAMILY o.lonely USING gist;
CREATE OPERATOR CLASS o.point_like FOR TYPE point USING gist FAMILY o.lonely AS
    STORAGE box,
    OPERATOR 1 <<, OPERATOR 15 <-> (point, point) FOR ORDER BY float_ops,
    FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
    FUNCTION 3 gist_point_compress(internal), FUNCTION 5 gist_box_penalty(internal, internal, internal),
    FUNCTION 6 gist_box_picksplit(internal, internal), FUNCTION 7 gist_box_same(box, box, internal),
    FUNCTION 8 (point, point) gist_point_distance(internal, point, smallint, oid, internal);
COMMENT ON OPERATOR CLASS o.op_class USING btree IS 'default for o.num';

CREATE FUNCTION o.num_of(integer) RETURNS o.num LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1)::o.num';
CREATE FUNCTION o.int_of(o.num, integer, boolean) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.n';
CREATE TYPE o."Kind" AS ENUM ('x');
CREATE CAST (integer AS o.num) WITH FUNCTION o.num_of(integer) AS IMPLICIT;
CREATE CAST (o.num AS integer) WITH FUNCTION o.int_of(o.num, integer, boolean) AS ASSIGNMENT;
CREATE CAST (text AS o."Kind") WITH INOUT AS IMPLICIT;
CREATE CAST (o."Kind" AS varchar) WITH INOUT;
CREATE CAST (timestamptz AS interval) WITH FUNCTION age(timestamptz) AS ASSIGNMENT;
CREATE CAST (money AS bigint) WITHOUT FUNCTION;
COMMENT ON CAST (integer AS o.num) IS 'a cast';

CREATE TYPE o.numrange AS RANGE (SUBTYPE = o.num, SUBTYPE_OPCLASS = o.op_class);
CREATE TABLE o.t (a o.num, b o.numrange);
CREATE INDEX ON o.t (a);
CREATE INDEX ON o.t USING hash (a "O P"."Hash Class");
INSERT INTO o.t VALUES (1::o.num, o.numrange(1::o.num, 5::o.num));

GRANT CREATE ON SCHEMA o, "O P" TO pgark_owner;
ALTER OPERATOR "O P".@#@ (NONE, o.num) OWNER TO pgark_owner;
ALTER OPERATOR CLASS "O P"."Hash Class" USING hash OWNER TO pgark_owner;
ALTER OPERATOR FAMILY o.lonely USING gist OWNER TO pgark_owner;
