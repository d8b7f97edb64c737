-- Views: options, check options, defaults, column names, chains, a loop with a function, grouping by a key.
CREATE TABLE base (id integer PRIMARY KEY, name text COLLATE "C", amount numeric(10,2), flag boolean);
INSERT INTO base VALUES (1, 'a', 1.5, true), (2, 'b', NULL, false);
CREATE VIEW simple AS SELECT * FROM base;
CREATE VIEW barrier WITH (security_barrier) AS SELECT id, name FROM base WHERE flag;
CREATE VIEW local_check AS SELECT * FROM base WHERE id > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW cascaded_check WITH (security_barrier = true) AS SELECT * FROM local_check WHERE id < 100 WITH CASCADED CHECK OPTION;
CREATE VIEW renamed ("Column One", "select", "quote""d") AS SELECT id, name, amount FROM base;
CREATE VIEW renamed_later AS SELECT id AS x FROM base;
ALTER VIEW renamed_later RENAME COLUMN x TO y;
CREATE VIEW with_default AS SELECT id, name FROM base;
ALTER VIEW with_default ALTER COLUMN name SET DEFAULT 'it''s a default';
ALTER VIEW with_default ALTER COLUMN id SET DEFAULT 42;
CREATE VIEW no_columns AS SELECT;
CREATE VIEW constants AS SELECT 1 AS one, 'text'::text COLLATE "C" AS t, NULL::varchar(5) AS v, ARRAY[1,2] AS arr, '2020-01-01'::date AS d;
CREATE VIEW chain_3 AS SELECT count(*) AS n FROM simple;
CREATE VIEW chain_2 AS SELECT n + 1 AS n FROM chain_3;
CREATE VIEW a_chain_1 AS SELECT n, b.name FROM chain_2, barrier b;
CREATE VIEW grouped AS SELECT id, name, amount, count(*) FROM base GROUP BY id;
CREATE VIEW over_grouped AS SELECT * FROM grouped;
CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 10;
CREATE VIEW windowed AS SELECT id, sum(amount) OVER w AS s, row_number() OVER (PARTITION BY flag ORDER BY id DESC) FROM base WINDOW w AS (ORDER BY id);
CREATE VIEW with_lateral AS WITH c AS (SELECT * FROM base) SELECT c.id, l.x FROM c LEFT JOIN LATERAL (SELECT c.amount * 2 AS x) l ON true;
CREATE VIEW whole_row AS SELECT base, (base).name AS n FROM base;
CREATE TABLE added_column (a integer);
CREATE VIEW before_column AS SELECT * FROM added_column;
ALTER TABLE added_column ADD COLUMN b integer;

-- A function that takes the view's row, used in another view's text.
CREATE VIEW looped AS SELECT id, name, NULL::integer AS len FROM base;
CREATE FUNCTION looped_len(looped) RETURNS integer LANGUAGE sql STABLE AS 'SELECT length($1.name)';
CREATE VIEW over_loop AS SELECT l.id, looped_len(l) AS len FROM looped l;
CREATE OR REPLACE VIEW looped AS SELECT id, name, looped_len(ROW(base.id, base.name, 0)::looped) AS len FROM base;
CREATE RULE insert_simple AS ON INSERT TO simple DO INSTEAD INSERT INTO base VALUES (NEW.id, NEW.name);
COMMENT ON VIEW simple IS 'view';
COMMENT ON COLUMN simple.name IS 'column of a view';
