-- min: 15
-- Publications of some columns, some rows, and whole schemas.
CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL, "Total" numeric, day date, open boolean);
CREATE TABLE parted (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parted_all PARTITION OF parted DEFAULT;
ALTER TABLE orders ADD gone int;
ALTER TABLE orders ADD late text;
ALTER TABLE orders DROP gone;
CREATE SCHEMA sales;
CREATE SCHEMA "Odd schema";
CREATE TABLE sales.item (id int PRIMARY KEY);
CREATE TABLE "Odd schema".item (id int PRIMARY KEY);

CREATE PUBLICATION columns FOR TABLE orders (late, "Total", id);
CREATE PUBLICATION rows FOR TABLE orders WHERE (open);
CREATE PUBLICATION rows_by_function FOR TABLE orders WHERE (lower(state) = 'it''s' AND "Total" BETWEEN 1 AND 2 OR abs(id) > 5);
CREATE PUBLICATION "both" FOR TABLE ONLY orders (id, state) WHERE (id > 0), parted WHERE (id IS DISTINCT FROM 3)
  WITH (publish_via_partition_root = true, publish = 'insert, update');
CREATE PUBLICATION leaf FOR TABLE parted_all (id) WHERE (day > '2020-01-01');
CREATE PUBLICATION schemas FOR TABLES IN SCHEMA sales, "Odd schema", public;
CREATE PUBLICATION mixed FOR TABLE orders WHERE (id = 1), TABLES IN SCHEMA sales WITH (publish = 'delete');
COMMENT ON PUBLICATION schemas IS 'two and public';
ALTER PUBLICATION columns OWNER TO pgark_owner;
