-- min: 14
-- Column compression.
CREATE TABLE compressed (a text COMPRESSION pglz, b text, c bytea);
ALTER TABLE compressed ALTER c SET COMPRESSION pglz;
INSERT INTO compressed VALUES (repeat('a', 5000), repeat('b', 5000), '\x01');
CREATE TABLE compressed_child (d integer) INHERITS (compressed);
INSERT INTO compressed_child VALUES (repeat('a', 5000), 'b', '\x02', 4);
CREATE MATERIALIZED VIEW compressed_view AS SELECT a, b FROM compressed;
ALTER MATERIALIZED VIEW compressed_view ALTER a SET COMPRESSION pglz;
CREATE TABLE multirange (a int4multirange, b tsmultirange);
INSERT INTO multirange VALUES ('{[1,3),[5,7)}', '{}');
