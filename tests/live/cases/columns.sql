-- Columns: types with modifiers, collations, defaults, generated, storage, statistics, options.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE SEQUENCE shared_seq START 100;

CREATE TABLE types (
  a smallint, b bigint, c real, d double precision, e numeric, f numeric(20,5), g money,
  h char, i char(5), j varchar, k varchar(20), l text, m bytea, n "char", o name,
  p date, q time(3), r time with time zone, s timestamp(0), t timestamptz, u interval, v interval year to month, w interval second(2),
  x boolean, y bit, z bit(4), aa bit varying, ab varbit(9),
  ac uuid, ad json, ae jsonb, af xml, ag inet, ah cidr, ai macaddr, aj macaddr8,
  ak point, al line, am lseg, an box, ao path, ap polygon, aq circle, ar tsvector, as_ tsquery,
  at int4range, au tstzrange, av integer[], aw text[][], ax varchar(3)[], ay numeric(4,2)[], az mood, ba mood[],
  bb positive, bc oid, bd regclass, be pg_lsn
);
INSERT INTO types (a, b, f, i, n, q, v, w, z, ab, ac, ae, an, av, aw, az, ba, bb, bd) VALUES
  (1, 9223372036854775807, 1.5, 'ab', 'x', '12:34:56.789', '1 year 2 months', '3.14', '1010', '101', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
   '{"a": [1, 2]}', '(1,2),(3,4)', '{1,NULL,3}', '{{a,b},{c,d}}', 'happy', '{sad,ok}', 7, 'pg_class');

CREATE TABLE defaults (
  a integer DEFAULT 1, b text DEFAULT 'it''s' || E'\n' , c timestamptz DEFAULT now(), d integer DEFAULT nextval('shared_seq'),
  e mood DEFAULT 'ok', f integer[] DEFAULT '{1,2}', g boolean NOT NULL DEFAULT (1 = 1), h text DEFAULT NULL,
  i date DEFAULT '2001-01-01', j integer DEFAULT (- 1), k text DEFAULT ((('x')::text || 'y')),
  l integer DEFAULT CASE WHEN true THEN 1 ELSE 2 END, m text DEFAULT current_user, n positive DEFAULT 3, o interval DEFAULT '1 day -00:00:01'
);
INSERT INTO defaults DEFAULT VALUES;
INSERT INTO defaults (a) VALUES (NULL);

CREATE TABLE collations (
  a text COLLATE "C", b varchar(10) COLLATE "POSIX", c text, d text COLLATE "C" NOT NULL DEFAULT 'x', e text[] COLLATE "C"
);
INSERT INTO collations VALUES ('B', 'a', 'c', 'd', '{e}');

CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TABLE generated (
  a integer, gone integer, twice_a integer GENERATED ALWAYS AS (twice(a)) STORED, "Both" text COLLATE "C" GENERATED ALWAYS AS (a::text || '!') STORED NOT NULL,
  b integer DEFAULT 5
);
ALTER TABLE generated DROP COLUMN gone;
INSERT INTO generated (a) VALUES (1), (2);

CREATE TABLE only_generated (a integer GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO only_generated DEFAULT VALUES;

CREATE TABLE settings (a text, b text, c text, d integer, e bytea);
ALTER TABLE settings ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE MAIN, ALTER c SET STORAGE PLAIN;
ALTER TABLE settings ALTER a SET STATISTICS 90, ALTER d SET STATISTICS 0, ALTER e SET STATISTICS 10000;
ALTER TABLE settings ALTER d SET (n_distinct = -0.5, n_distinct_inherited = 100), ALTER a SET (n_distinct = 7);
INSERT INTO settings VALUES ('a', 'b', 'c', 1, '\x00ff');

CREATE FUNCTION uses_defaults() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.defaults';
CREATE TABLE default_from_function (a bigint DEFAULT uses_defaults(), b text);
INSERT INTO default_from_function (b) VALUES ('x');

CREATE TABLE many_not_null (a integer NOT NULL, "B" integer CONSTRAINT "named one" NOT NULL, c integer);
ALTER TABLE many_not_null ALTER c SET NOT NULL;
INSERT INTO many_not_null VALUES (1, 2, 3);
