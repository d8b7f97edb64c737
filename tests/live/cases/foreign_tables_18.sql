-- min: 18
-- Named, not inherited and not checked NOT NULLs, virtual columns, checks that are not enforced.
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER s FOREIGN DATA WRAPPER dummy;
CREATE FOREIGN TABLE f (
  a integer CONSTRAINT "a there" NOT NULL NO INHERIT,
  b integer,
  c integer NOT NULL,
  v integer GENERATED ALWAYS AS (b + 1) VIRTUAL,
  w integer GENERATED ALWAYS AS (b + 2) STORED,
  CONSTRAINT loose CHECK (b > 0) NOT ENFORCED
) SERVER s;
ALTER FOREIGN TABLE f ADD CONSTRAINT b_later NOT NULL b NOT VALID;
COMMENT ON CONSTRAINT "a there" ON f IS 'named';
COMMENT ON CONSTRAINT b_later ON f IS 'later';
CREATE TABLE near_child (d integer) INHERITS (f);
CREATE TABLE near_parent (b integer CONSTRAINT must NOT NULL);
CREATE FOREIGN TABLE far_child () INHERITS (near_parent) SERVER s;
