-- min: 15
-- NULLS NOT DISTINCT.
CREATE TABLE nulls (a integer, b integer, CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (b));
CREATE UNIQUE INDEX one_null_index ON nulls (b) NULLS NOT DISTINCT WITH (fillfactor = 80) WHERE a > 0;
INSERT INTO nulls VALUES (1, NULL), (NULL, NULL);
