-- Partitioning: range, list, hash, default, several levels, other layouts, indexes and keys attached.
CREATE SCHEMA parts;
CREATE TABLE measurement (city integer NOT NULL, day date NOT NULL, peak integer DEFAULT 0, note text COLLATE "C", CONSTRAINT sane CHECK (peak < 100))
  PARTITION BY RANGE (day);
CREATE TABLE measurement_2020 PARTITION OF measurement (note DEFAULT 'twenty') FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') WITH (fillfactor = 80);
CREATE TABLE parts.measurement_2021 (note text COLLATE "C", dropped integer, peak integer, day date NOT NULL, city integer NOT NULL, CONSTRAINT sane CHECK (peak < 100), CONSTRAINT own CHECK (city > 0));
ALTER TABLE parts.measurement_2021 DROP COLUMN dropped;
ALTER TABLE measurement ATTACH PARTITION parts.measurement_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE measurement_old PARTITION OF measurement FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE measurement_other PARTITION OF measurement DEFAULT;
INSERT INTO measurement VALUES (1, '2020-05-05', 5, 'a'), (2, '2021-05-05', 6, 'b'), (3, '1999-01-01', 7, NULL), (4, '2055-01-01', 8, E'\t');

CREATE INDEX measurement_city ON measurement (city);
CREATE INDEX measurement_incomplete ON ONLY measurement (peak);
CREATE INDEX measurement_2020_peak ON measurement_2020 (peak);
ALTER INDEX measurement_incomplete ATTACH PARTITION measurement_2020_peak;
ALTER TABLE measurement ADD CONSTRAINT measurement_key PRIMARY KEY (city, day);
CREATE UNIQUE INDEX measurement_unique ON measurement (day, city) INCLUDE (peak);
ALTER TABLE measurement ADD CONSTRAINT measurement_later UNIQUE (note, day);
CREATE INDEX own_index_of_partition ON measurement_2020 USING hash (note);

CREATE TABLE lists (k text, v integer) PARTITION BY LIST (lower(k));
CREATE TABLE lists_ab PARTITION OF lists FOR VALUES IN ('a', 'b', 'it''s');
CREATE TABLE lists_null PARTITION OF lists FOR VALUES IN (NULL);
CREATE TABLE lists_sub PARTITION OF lists FOR VALUES IN ('x') PARTITION BY RANGE (v);
CREATE TABLE lists_sub_1 PARTITION OF lists_sub FOR VALUES FROM (0) TO (10);
CREATE TABLE lists_sub_2 PARTITION OF lists_sub FOR VALUES FROM (10) TO (MAXVALUE) PARTITION BY HASH (v);
CREATE TABLE lists_sub_2_0 PARTITION OF lists_sub_2 FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE lists_sub_2_1 PARTITION OF lists_sub_2 FOR VALUES WITH (modulus 2, remainder 1);
CREATE INDEX ON lists (v);
INSERT INTO lists VALUES ('A', 1), ('it''s', 2), (NULL, 3), ('x', 4), ('X', 11), ('x', 12), ('x', 13);

CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TABLE "hashed by
enum" (c colour, n integer) PARTITION BY HASH (c);
CREATE TABLE hashed_0 PARTITION OF "hashed by
enum" FOR VALUES WITH (modulus 3, remainder 0);
CREATE TABLE hashed_1 PARTITION OF "hashed by
enum" FOR VALUES WITH (modulus 3, remainder 1) PARTITION BY RANGE (n);
CREATE TABLE hashed_1_all PARTITION OF hashed_1 DEFAULT;
CREATE TABLE hashed_2 PARTITION OF "hashed by
enum" FOR VALUES WITH (modulus 3, remainder 2);
INSERT INTO "hashed by
enum" SELECT c, n FROM unnest(enum_range(NULL::colour)) c, generate_series(1, 5) n;

CREATE TABLE multi_key (a integer, b text, c timestamptz) PARTITION BY RANGE (a, b COLLATE "C" text_pattern_ops, (a % 3));
CREATE TABLE multi_key_1 PARTITION OF multi_key FOR VALUES FROM (1, 'a', MINVALUE) TO (5, MAXVALUE, MAXVALUE);
INSERT INTO multi_key VALUES (2, 'b', '2020-01-01 00:00+00');

CREATE TABLE parent_without_partitions (a integer PRIMARY KEY) PARTITION BY RANGE (a);

CREATE TABLE with_default (a integer, b integer DEFAULT 1, c integer GENERATED ALWAYS AS (a + 1) STORED) PARTITION BY LIST (a);
CREATE TABLE with_default_1 PARTITION OF with_default FOR VALUES IN (1);
ALTER TABLE with_default_1 ALTER b DROP DEFAULT;
INSERT INTO with_default (a) VALUES (1);
INSERT INTO with_default_1 (a) VALUES (1);

CREATE TABLE detached PARTITION OF lists FOR VALUES IN ('detached');
INSERT INTO lists VALUES ('detached', 9);
ALTER TABLE lists DETACH PARTITION detached;

CREATE TABLE replicated (a integer NOT NULL) PARTITION BY LIST (a);
CREATE TABLE replicated_1 PARTITION OF replicated FOR VALUES IN (1);
CREATE UNIQUE INDEX replicated_index ON replicated (a);
ALTER TABLE replicated REPLICA IDENTITY USING INDEX replicated_index;
ALTER TABLE replicated_1 REPLICA IDENTITY USING INDEX replicated_1_a_idx;
COMMENT ON TABLE measurement_2020 IS 'a partition';
COMMENT ON INDEX measurement_city IS 'partitioned index';
