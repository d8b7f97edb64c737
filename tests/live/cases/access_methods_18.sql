-- min: 18
-- Indexes of a second B-tree: 18 is the first to make them.
CREATE SCHEMA a;
CREATE ACCESS METHOD "B tree" TYPE INDEX HANDLER bthandler;
CREATE OPERATOR CLASS a.int_ops DEFAULT FOR TYPE integer USING "B tree" AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR CLASS a."Text ops" FOR TYPE text USING "B tree" AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
CREATE TABLE a.t (id integer NOT NULL, name text) PARTITION BY RANGE (id);
CREATE TABLE a.t_1 PARTITION OF a.t FOR VALUES FROM (1) TO (100);
CREATE INDEX by_name ON a.t USING "B tree" (name a."Text ops" DESC NULLS LAST, id);
CREATE UNIQUE INDEX by_id ON a.t USING "B tree" (id) INCLUDE (name);
CREATE UNIQUE INDEX ON a.t_1 USING "B tree" ((id + 1)) WHERE id > 5;
INSERT INTO a.t SELECT n, n::text FROM generate_series(1, 50) n;
