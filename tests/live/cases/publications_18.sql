-- min: 18
-- Publications of generated columns.
CREATE TABLE sums (a int PRIMARY KEY, twice int GENERATED ALWAYS AS (a * 2) STORED, thrice int GENERATED ALWAYS AS (a * 3) VIRTUAL);
INSERT INTO sums VALUES (1), (2);
CREATE PUBLICATION stored FOR TABLE sums WITH (publish_generated_columns = stored);
CREATE PUBLICATION all_stored FOR ALL TABLES WITH (publish_generated_columns = 'stored', publish = 'insert, delete');
CREATE PUBLICATION none FOR TABLE sums WITH (publish_generated_columns = none);
CREATE PUBLICATION listed FOR TABLE sums (a, twice) WHERE (a > 1);
