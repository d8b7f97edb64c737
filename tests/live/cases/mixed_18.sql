-- min: 18
-- What came with 17 and 18: virtual columns, named and unvalidated NOT NULL, unenforced checks, temporal keys.
CREATE TABLE t (a integer CONSTRAINT named_not_null NOT NULL, b integer, v integer GENERATED ALWAYS AS (a + 1) VIRTUAL, s integer GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO t (a, b) VALUES (1, NULL), (2, 3);
ALTER TABLE t ADD CONSTRAINT b_later NOT NULL b NOT VALID;
ALTER TABLE t ADD CONSTRAINT loose CHECK (b > 100) NOT ENFORCED;
CREATE TABLE parent (a integer CONSTRAINT mine NOT NULL NO INHERIT, b integer NOT NULL);
CREATE TABLE child (c integer) INHERITS (parent);
CREATE EXTENSION btree_gist;
CREATE TABLE stays (room integer, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE guests (room integer, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES stays (room, PERIOD during));
INSERT INTO stays VALUES (1, '[2024-01-01,2024-02-01)');
INSERT INTO guests VALUES (1, '[2024-01-05,2024-01-06)');
CREATE DOMAIN d AS integer CONSTRAINT of_domain NOT NULL;
