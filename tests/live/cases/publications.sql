-- Publications: what is published, of which tables, by whom.
CREATE TABLE plain (id int PRIMARY KEY, note text);
CREATE SCHEMA "Odd schema";
CREATE TABLE "Odd schema"."Odd ""table" (id int PRIMARY KEY);
CREATE TABLE parted (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parted_old PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE parted_new PARTITION OF parted DEFAULT;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
INSERT INTO plain VALUES (1, 'a'), (2, 'b');
INSERT INTO parted VALUES (1, '2019-01-01'), (2, '2021-01-01');

CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION everything_by_root FOR ALL TABLES WITH (publish = 'insert', publish_via_partition_root = true);
CREATE PUBLICATION nothing;
CREATE PUBLICATION no_operation FOR TABLE plain WITH (publish = '');
CREATE PUBLICATION "Odd ""publication" FOR TABLE "Odd schema"."Odd ""table", plain WITH (publish = 'update, truncate');
CREATE PUBLICATION root FOR TABLE parted WITH (publish_via_partition_root = true, publish = 'delete');
CREATE PUBLICATION leaves FOR TABLE parted_old, parted_new;
CREATE PUBLICATION only_parent FOR TABLE ONLY parent;
CREATE PUBLICATION family FOR TABLE parent;

COMMENT ON PUBLICATION everything IS 'all of it';
COMMENT ON PUBLICATION "Odd ""publication" IS 'it''s odd';
ALTER PUBLICATION "Odd ""publication" OWNER TO pgark_owner;
ALTER PUBLICATION nothing OWNER TO pgark_owner;
