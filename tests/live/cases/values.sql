-- Values of every built-in kind, at their edges: NULL, infinities, NaN, empty, huge, unicode, control characters.
CREATE TABLE numbers (a smallint, b integer, c bigint, d real, e double precision, f numeric, g numeric(20,5), h money, i oid);
INSERT INTO numbers VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (-32768, -2147483648, -9223372036854775808, '-Infinity', 'NaN', 'NaN', -0.00001, '-92233720368547758.08', 0),
    (32767, 2147483647, 9223372036854775807, 1e-38, 5e-324, 1e500, 123456789012345.12345, 12.34, 4294967295),
    (0, 0, 0, '-0', '-0', 0.000, 0, 0, 1), (1, 1, 1, 0.1, 0.1, 1e-300, 1.5, 1, 1);
CREATE TABLE texts (a text, b varchar(10), c char(5), d "char", e name, f bytea);
INSERT INTO texts VALUES (NULL, NULL, NULL, NULL, NULL, NULL), ('', '', '', '', '', ''), ('\N', '\.', 'a', 'x', 'n', '\x00ff5c0a'),
    (E'\b\f\n\r\t\v\\|"''', E'\t', ' a', '\', 'ü', decode(repeat('00', 300), 'hex')), ('🦆 Ünïcødé 漢字', '山田', 'é', 'z', 'x', 'abc'), (repeat('x', 100000), NULL, NULL, NULL, NULL, decode(repeat('ab', 50000), 'hex'));
CREATE TABLE times (a date, b time, c timetz, d timestamp, e timestamptz, f interval);
INSERT INTO times VALUES (NULL, NULL, NULL, NULL, NULL, NULL), ('infinity', '24:00', '23:59:59.999999+15:59', 'infinity', '-infinity', '178000000 years'),
    ('-infinity', '00:00', '00:00-15:59', '-infinity', 'infinity', '-1 mon +2 days -03:04:05.000006'), ('4713-01-01 BC', '01:02:03.4', '12:00+00', '0001-01-01 BC', '2024-02-29 12:00+05:30', '0'),
    ('5874897-12-31', '12:34:56.789', '01:00-08', '294276-12-31 23:59:59.999999', '4714-11-24 00:00:00+00 BC', '1 year 2 mons 3 days');
CREATE TABLE others (a boolean, b uuid, c json, d jsonb, e inet, f cidr, g macaddr, h macaddr8, i bit(5), j bit varying, k tsvector, l tsquery, m xml, n pg_lsn);
INSERT INTO others (a) VALUES (NULL), (true), (false);
INSERT INTO others VALUES (true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b": 1,  "a": [ ]}', '{"b": 1e400, "a": "\u00fc"}', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'', 'a:1A b:2,3', 'a & !(b | c:*)', '<a>ü</a>', '16/B374D848');
CREATE TABLE shapes (a point, b line, c lseg, d box, e path, f polygon, g circle);
INSERT INTO shapes VALUES ('(1,2)', '{1,-2,3}', '[(0,0),(1,1)]', '(0,0),(2,3)', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(1,2),3>'), ('(NaN,Infinity)', NULL, NULL, NULL, '((0,0),(1,1))', NULL, '<(0,0),0>');
CREATE TABLE ranges (a int4range, b int8range, c numrange, d tsrange, e tstzrange, f daterange);
INSERT INTO ranges VALUES ('empty', '(,)', '[1.5,2.5)', '[2024-01-01,)', '(,2024-01-01 00:00+00]', '[2024-01-01,2024-02-01)'), (NULL, '[1,1]', '(,3]', 'empty', '[-infinity,infinity]', NULL);
CREATE TABLE arrays (a integer[], b text[][], c jsonb[], d int4range[], e timestamptz[], f bytea[]);
INSERT INTO arrays VALUES ('{}', '{}', NULL, '{}', NULL, '{}'), ('[0:2]={1,NULL,3}', '{{"a b","NULL"},{"",NULL}}', ARRAY['{"a": "x,y"}'::jsonb], ARRAY['[1,3)'::int4range, 'empty'], '{infinity,NULL}', ARRAY['\x00'::bytea, '\x']);
CREATE TYPE mood AS ENUM ('sad', 'o''k', 'very "happy"');
CREATE DOMAIN small AS integer CHECK (VALUE < 10);
CREATE TYPE address AS (street text, number small, moods mood[]);
CREATE TYPE spread AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE mine (a mood, b small, c address, d mood[], e address[], f spread, g small[]);
INSERT INTO mine VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('o''k', 3, ROW('Main "St", (x)', NULL, ARRAY['sad']::mood[]), '{sad,"very \"happy\""}', ARRAY[ROW('\', 1, NULL)::address, NULL], '[1.5,2.5)', '{1,2}');
CREATE TABLE catalog_types (a regclass, b regtype, c regproc, d int2vector, e oidvector, f xid, g cid, h tid);
INSERT INTO catalog_types VALUES ('pg_class', 'integer', 'now', '1 2 3', '4 5', '7', '8', '(1,2)');
