-- min: 15
-- What hardly anybody has: a primary key marked NULLS NOT DISTINCT, which servers of 15 let pass once and none takes
-- back, and a table that inherits from one of the system's.
CREATE TABLE marked (a integer PRIMARY KEY, b integer UNIQUE NULLS NOT DISTINCT DEFERRABLE);
UPDATE pg_index SET indnullsnotdistinct = true WHERE indexrelid = 'marked_pkey'::regclass;
INSERT INTO marked VALUES (1, NULL);
CREATE TABLE child_of_catalog (extra integer) INHERITS (pg_catalog.pg_foreign_table);
INSERT INTO child_of_catalog (ftrelid, ftserver, extra) VALUES (1, 2, 3);
