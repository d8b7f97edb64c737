-- Access methods for tables and indexes, and everything that is stored with one.
-- no judge across majors: members of a GiST family belong to the class before 14, to the family since
CREATE SCHEMA a;
CREATE SCHEMA "Z z";
CREATE FUNCTION "Z z"."Handler"(internal) RETURNS table_am_handler AS 'heap_tableam_handler' LANGUAGE internal STRICT;
CREATE FUNCTION "Z z".index_handler(internal) RETURNS index_am_handler AS 'bthandler' LANGUAGE internal STRICT;
CREATE ACCESS METHOD "Heap 2" TYPE TABLE HANDLER "Z z"."Handler";
CREATE ACCESS METHOD a_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD "select" TYPE INDEX HANDLER "Z z".index_handler;
CREATE ACCESS METHOD z_gist TYPE INDEX HANDLER gisthandler;
CREATE ACCESS METHOD "A hash" TYPE INDEX HANDLER hashhandler;
COMMENT ON ACCESS METHOD "Heap 2" IS 'a heap';
COMMENT ON ACCESS METHOD "select" IS 'it''s a tree';

CREATE OPERATOR CLASS a.int_ops DEFAULT FOR TYPE integer USING "select" AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR FAMILY "Z z"."Text family" USING "select";
CREATE OPERATOR CLASS "Z z"."Text ops" FOR TYPE text USING "select" FAMILY "Z z"."Text family" AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
COMMENT ON OPERATOR CLASS "Z z"."Text ops" USING "select" IS 'of its own access method';
COMMENT ON OPERATOR FAMILY a.int_ops USING "select" IS 'implied';

CREATE TABLE a.t (id integer PRIMARY KEY, name text, long text) USING "Heap 2" WITH (fillfactor = 70);
CREATE UNLOGGED TABLE "Z z".unlogged (id integer) USING a_heap;
CREATE TABLE a.child (extra integer) INHERITS (a.t) USING a_heap;
CREATE TABLE a.plain (id integer);
CREATE TABLE a.as_query USING a_heap AS SELECT 1 AS one;
CREATE TABLE a.parted (id integer, part integer) PARTITION BY LIST (part);
CREATE TABLE a.parted_1 PARTITION OF a.parted FOR VALUES IN (1) USING "Heap 2";
CREATE TABLE a.parted_2 PARTITION OF a.parted FOR VALUES IN (2);
CREATE MATERIALIZED VIEW a.aa_view USING "Heap 2" AS SELECT id, name FROM a.t;
CREATE MATERIALIZED VIEW a.plain_view AS SELECT id FROM a.t WITH NO DATA;
INSERT INTO a.t SELECT n, 'name ' || n, repeat(md5(n::text), 500) FROM generate_series(1, 200) n;
INSERT INTO a.child VALUES (1000, 'child', NULL, 5);
INSERT INTO a.parted SELECT n, n % 2 + 1 FROM generate_series(1, 10) n;
INSERT INTO "Z z".unlogged VALUES (1);
REFRESH MATERIALIZED VIEW a.aa_view;

CREATE OPERATOR CLASS a.hash_ops DEFAULT FOR TYPE integer USING "A hash" AS OPERATOR 1 =, FUNCTION 1 hashint4(integer);
CREATE OPERATOR CLASS "Z z"."Hash ops" FOR TYPE text USING "A hash" AS OPERATOR 1 =, FUNCTION 1 hashtext(text);
CREATE INDEX by_name ON a.t USING "A hash" (name "Z z"."Hash ops") WITH (fillfactor = 60) WHERE id > 5;
CREATE INDEX ON a.aa_view USING "A hash" (id);
CREATE INDEX ON a.parted USING "A hash" (id);
CREATE OPERATOR CLASS a.box_ops DEFAULT FOR TYPE box USING z_gist AS
    OPERATOR 1 <<, OPERATOR 2 &<, OPERATOR 3 &&, OPERATOR 4 &>, OPERATOR 5 >>, OPERATOR 6 ~=, OPERATOR 7 @>, OPERATOR 8 <@,
    FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
    FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal),
    FUNCTION 7 gist_box_same(box, box, internal);
CREATE TABLE a.boxes (b box, EXCLUDE USING z_gist (b WITH &&));
INSERT INTO a.boxes VALUES ('(0,0),(1,1)'), ('(2,2),(3,3)');

-- One that comes with an extension, and one that was given to one.
CREATE EXTENSION bloom WITH SCHEMA "Z z";
CREATE INDEX by_bloom ON a.t USING bloom (id, name) WITH (length = 80);
CREATE ACCESS METHOD of_extension TYPE INDEX HANDLER bthandler;
ALTER EXTENSION bloom ADD ACCESS METHOD of_extension;
