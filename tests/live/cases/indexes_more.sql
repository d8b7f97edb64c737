-- Indexes of every method and clause.
CREATE TABLE t (id integer, a text, b integer[], c tsvector, d point, e jsonb, f int4range);
INSERT INTO t SELECT n, 'a' || n, ARRAY[n, n + 1], to_tsvector('simple', 'word' || n), point(n, n), jsonb_build_object('k', n), int4range(n, n + 3) FROM generate_series(1, 200) n;
CREATE INDEX plain ON t (id);
CREATE UNIQUE INDEX unique_two ON t (id DESC NULLS LAST, a COLLATE "C" text_pattern_ops) INCLUDE (d) WITH (fillfactor = 60) WHERE id > 3;
CREATE INDEX expression ON t ((id + 1), lower(a)) WHERE a IS NOT NULL AND a <> 'it''s';
CREATE INDEX hashed ON t USING hash (a);
CREATE INDEX gin_array ON t USING gin (b) WITH (fastupdate = off);
CREATE INDEX gin_words ON t USING gin (c);
CREATE INDEX gin_path ON t USING gin (e jsonb_path_ops);
CREATE INDEX gist_point ON t USING gist (d);
CREATE INDEX gist_two ON t USING gist (f, d) WITH (buffering = on);
CREATE INDEX spgist_point ON t USING spgist (d kd_point_ops);
CREATE INDEX brin_id ON t USING brin (id, a) WITH (pages_per_range = 32, autosummarize = on);
ALTER INDEX expression ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE t CLUSTER ON plain;
COMMENT ON INDEX hashed IS 'hash';
