-- Tables with long histories: hundreds of dropped columns between those that are left, near the limit of 1,600.
CREATE TABLE history (first integer, last text);
DO $$BEGIN
    EXECUTE 'ALTER TABLE history ' || (SELECT string_agg('ADD COLUMN c' || n || ' integer', ', ') FROM generate_series(1, 1580) n);
    EXECUTE 'ALTER TABLE history ' || (SELECT string_agg('DROP COLUMN c' || n, ', ') FROM generate_series(1, 1580) n);
END$$;
ALTER TABLE history ADD COLUMN "very late" integer DEFAULT 7, ADD COLUMN kept text COLLATE "C", ADD COLUMN doubled integer GENERATED ALWAYS AS (first * 2) STORED;
ALTER TABLE history ALTER kept SET STATISTICS 17, ADD CONSTRAINT late_check CHECK ("very late" > 0), ADD PRIMARY KEY ("very late", first);
CREATE INDEX ON history (kept, (doubled + "very late"));
CREATE STATISTICS history_stat ON kept, "very late" FROM history;
COMMENT ON COLUMN history.kept IS 'at position 1584';
GRANT SELECT (kept, "very late") ON history TO pgark_reader;
CREATE VIEW of_history AS SELECT * FROM history;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER of_columns BEFORE UPDATE OF kept, last ON history FOR EACH ROW EXECUTE FUNCTION note();
CREATE TABLE refers (a integer, b integer, FOREIGN KEY (a, b) REFERENCES history);
INSERT INTO history (first, last, kept) SELECT n, 'l' || n, 'k' || n FROM generate_series(1, 100) n;
INSERT INTO refers VALUES (7, 3);
-- Of partitions, children and attributes of a type.
CREATE TABLE parent (gone1 integer, k integer, gone2 text, v text) PARTITION BY LIST (k);
ALTER TABLE parent DROP COLUMN gone1, DROP COLUMN gone2;
CREATE TABLE part_1 (v text, x integer, y integer, k integer);
ALTER TABLE part_1 DROP COLUMN x, DROP COLUMN y;
ALTER TABLE parent ATTACH PARTITION part_1 FOR VALUES IN (1);
ALTER TABLE parent ADD COLUMN late date;
CREATE INDEX ON parent (v, late);
INSERT INTO parent VALUES (1, 'v', '2024-01-01');
CREATE TABLE family (gone integer, a integer);
CREATE TABLE child (b integer, gone_too integer) INHERITS (family);
ALTER TABLE family DROP COLUMN gone;
ALTER TABLE child DROP COLUMN gone_too;
INSERT INTO child VALUES (1, 2);
CREATE TYPE attributes AS (gone integer, a integer, gone_too text, b text);
ALTER TYPE attributes DROP ATTRIBUTE gone, DROP ATTRIBUTE gone_too, ADD ATTRIBUTE c integer;
CREATE TABLE of_type OF attributes (PRIMARY KEY (c));
CREATE TABLE holds (v attributes, vs attributes[]);
INSERT INTO of_type VALUES (1, 'x', 2);
INSERT INTO holds VALUES (ROW(1, 'x', 2), ARRAY[ROW(NULL, '', 3)]::attributes[]);
