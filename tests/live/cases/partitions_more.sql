-- Partitioned tables: range, list and hash, two levels, a default, indexes and keys attached, names that need quotes.
CREATE TABLE measurement (city integer NOT NULL, day date NOT NULL, peak real DEFAULT 1.5, CONSTRAINT sane CHECK (peak < 100)) PARTITION BY RANGE (day);
CREATE TABLE measurement_2023 PARTITION OF measurement FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE measurement_2024 PARTITION OF measurement FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (city);
CREATE TABLE measurement_2024_a PARTITION OF measurement_2024 (peak DEFAULT 2.5) FOR VALUES IN (1, 2, NULL);
CREATE TABLE measurement_2024_rest PARTITION OF measurement_2024 DEFAULT;
CREATE SCHEMA "Old ""Data""";
CREATE TABLE "Old ""Data"".""quoted""
name" (day date NOT NULL, peak real, gone text, city integer NOT NULL, CONSTRAINT sane CHECK (peak < 100));
ALTER TABLE "Old ""Data"".""quoted""
name" DROP COLUMN gone;
ALTER TABLE measurement ATTACH PARTITION "Old ""Data"".""quoted""
name" FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
ALTER TABLE measurement ADD PRIMARY KEY (city, day);
CREATE INDEX ON measurement (peak);
CREATE INDEX peaks ON ONLY measurement (abs(peak));
CREATE INDEX peaks_2023 ON measurement_2023 (abs(peak));
ALTER INDEX peaks ATTACH PARTITION peaks_2023;
INSERT INTO measurement SELECT n % 4, date '2023-06-01' + n, n % 90 FROM generate_series(1, 900) n;
CREATE TYPE colour AS ENUM ('blue', 'red', 'green');
CREATE TABLE hashed (c colour NOT NULL, n integer) PARTITION BY HASH (c);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE hashed_2 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO hashed SELECT (enum_range(NULL::colour))[1 + n % 3], n FROM generate_series(1, 60) n;
CREATE TABLE hash_by_int (n integer, t text) PARTITION BY HASH (n);
CREATE TABLE hash_by_int_0 PARTITION OF hash_by_int FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hash_by_int_1 PARTITION OF hash_by_int FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hash_by_int SELECT n, md5(n::text) FROM generate_series(1, 100) n;
CREATE TABLE by_expression (t text) PARTITION BY RANGE (lower(t) COLLATE "C" text_pattern_ops);
CREATE TABLE by_expression_1 PARTITION OF by_expression FOR VALUES FROM ('a') TO ('n');
CREATE TABLE referrer (city integer, day date, FOREIGN KEY (city, day) REFERENCES measurement ON DELETE SET NULL) PARTITION BY LIST (city);
CREATE TABLE referrer_1 PARTITION OF referrer FOR VALUES IN (1);
INSERT INTO referrer SELECT city, day FROM measurement WHERE city = 1 LIMIT 20;
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER on_all AFTER INSERT ON measurement FOR EACH ROW EXECUTE FUNCTION noop();
ALTER TABLE measurement_2023 DISABLE TRIGGER on_all;
