-- min: 17
-- Exclusion constraints of partitions that were changed after the parent's made them, and of some partitions alone.
CREATE TABLE renamed (a int4range, b int4range) PARTITION BY LIST (a);
CREATE TABLE renamed_1 PARTITION OF renamed FOR VALUES IN ('[0,1)');
CREATE TABLE renamed_2 PARTITION OF renamed FOR VALUES IN ('[1,2)');
CREATE TABLE renamed_3 PARTITION OF renamed FOR VALUES IN ('[2,3)');
INSERT INTO renamed SELECT int4range(n % 3, n % 3 + 1), int4range(n, n + 1) FROM generate_series(0, 99) n;
ALTER TABLE renamed ADD CONSTRAINT pe EXCLUDE USING gist (a WITH =, b WITH &&);
ALTER TABLE renamed_1 RENAME CONSTRAINT renamed_1_a_b_excl TO t;
ALTER TABLE renamed_2 RENAME CONSTRAINT renamed_2_a_b_excl TO renamed_1_a_b_excl;
ALTER TABLE renamed_1 RENAME CONSTRAINT t TO renamed_2_a_b_excl;
ALTER TABLE renamed_3 RENAME CONSTRAINT renamed_3_a_b_excl TO "other 'name' %I";
COMMENT ON CONSTRAINT "other 'name' %I" ON renamed_3 IS 'note';
ALTER TABLE renamed_1 CLUSTER ON renamed_2_a_b_excl;
CREATE INDEX renamed_3_a_b_excl ON renamed_3 (b);

-- Options, comments and marks; the parent's options are not the partitions'.
CREATE TABLE "Opt ions" (a int4range, b int4range, c int) PARTITION BY LIST (a);
CREATE TABLE options_1 PARTITION OF "Opt ions" FOR VALUES IN ('[0,1)');
CREATE TABLE options_2 PARTITION OF "Opt ions" FOR VALUES IN ('[1,2)');
CREATE TABLE options_3 PARTITION OF "Opt ions" FOR VALUES IN ('[2,3)');
ALTER TABLE "Opt ions" ADD CONSTRAINT "P e" EXCLUDE USING gist (a WITH =, int4range(c, c + 1) WITH &&, b WITH &&)
  INCLUDE (c) WITH (fillfactor = 70) WHERE (c > 0) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE options_4 PARTITION OF "Opt ions" FOR VALUES IN ('[3,4)');
ALTER INDEX options_1_a_int4range_b_c_excl SET (fillfactor = 50, buffering = on);
ALTER INDEX options_2_a_int4range_b_c_excl RESET (fillfactor);
ALTER INDEX options_1_a_int4range_b_c_excl ALTER COLUMN 2 SET STATISTICS 33;
COMMENT ON INDEX options_1_a_int4range_b_c_excl IS 'ix';
COMMENT ON CONSTRAINT options_1_a_int4range_b_c_excl ON options_1 IS 'con';
COMMENT ON CONSTRAINT "P e" ON "Opt ions" IS 'parent';

-- Two constraints that are the same, so that the server's own names are a matter of their order.
CREATE TABLE twice (a int4range, b int4range) PARTITION BY LIST (a);
CREATE TABLE twice_1 PARTITION OF twice FOR VALUES IN ('[0,1)');
ALTER TABLE twice ADD CONSTRAINT z EXCLUDE USING gist (a WITH =, b WITH &&);
ALTER TABLE twice ADD CONSTRAINT a EXCLUDE USING gist (a WITH =, b WITH &&);
ALTER TABLE twice_1 ADD CONSTRAINT own EXCLUDE USING gist (a WITH =, b WITH &&);
COMMENT ON CONSTRAINT twice_1_a_b_excl ON twice_1 IS 'of z';
COMMENT ON CONSTRAINT twice_1_a_b_excl1 ON twice_1 IS 'of a';
COMMENT ON CONSTRAINT own ON twice_1 IS 'of nobody';

-- Several levels, each with names of its own; the lower one has a constraint more.
CREATE TABLE levels (a int4range, b int4range, c int) PARTITION BY LIST (a);
CREATE TABLE levels_1 PARTITION OF levels FOR VALUES IN ('[0,1)') PARTITION BY LIST (b);
CREATE TABLE levels_11 PARTITION OF levels_1 DEFAULT;
CREATE TABLE levels_12 (c int, b int4range, a int4range);
ALTER TABLE levels_1 ATTACH PARTITION levels_12 FOR VALUES IN ('[1,2)');
ALTER TABLE levels ADD CONSTRAINT every EXCLUDE USING gist (a WITH =, b WITH =);
ALTER TABLE levels_1 ADD CONSTRAINT lower EXCLUDE USING gist (b WITH =);
ALTER TABLE levels_1 RENAME CONSTRAINT levels_1_a_b_excl TO middle;
ALTER TABLE levels_11 RENAME CONSTRAINT levels_11_a_b_excl TO leaf;
COMMENT ON CONSTRAINT middle ON levels_1 IS 'middle';
COMMENT ON CONSTRAINT leaf ON levels_11 IS 'leaf';
INSERT INTO levels VALUES ('[0,1)', '[1,2)', 1), ('[0,1)', '[4,9)', 2);

-- No partition has what its parent was given.
CREATE TABLE none (a int4range, b int4range) PARTITION BY LIST (a);
CREATE TABLE none_1 PARTITION OF none FOR VALUES IN ('[0,1)');
CREATE TABLE none_2 PARTITION OF none FOR VALUES IN ('[1,2)');
ALTER TABLE ONLY none ADD CONSTRAINT only_here EXCLUDE USING gist (a WITH =, b WITH &&);
ALTER TABLE none_2 ADD CONSTRAINT own_2 EXCLUDE USING gist (a WITH =, b WITH &&) DEFERRABLE;
INSERT INTO none VALUES ('[0,1)', '[1,2)'), ('[0,1)', '[1,2)');

-- Without partitions, and below a schema of its own.
CREATE SCHEMA "s' 1";
CREATE TABLE "s' 1"."e %s" (a int4range, b int4range, EXCLUDE USING gist (a WITH =, b WITH &&)) PARTITION BY LIST (a);
CREATE TABLE "s' 1"."e' 1" PARTITION OF "s' 1"."e %s" DEFAULT;
ALTER INDEX "s' 1"."e %s_a_b_excl" RENAME TO "q'%s";
ALTER INDEX "s' 1"."e' 1_a_b_excl" RENAME TO "q'%s'";
CREATE TABLE empty (a int4range, b int4range, EXCLUDE USING gist (a WITH =, b WITH &&)) PARTITION BY LIST (a);
