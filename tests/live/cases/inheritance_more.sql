-- Inheritance: merged and local columns, own defaults, inherited and local checks, two parents, column order of the child.
CREATE TABLE parent (id integer NOT NULL, name text DEFAULT 'p', kind "char", CONSTRAINT positive CHECK (id > 0));
ALTER TABLE parent ADD COLUMN added_later date DEFAULT '2024-01-01';
CREATE TABLE other_parent (weight numeric, CONSTRAINT local_only CHECK (weight > 0) NO INHERIT);
CREATE TABLE child (extra text) INHERITS (parent);
CREATE TABLE child_with_own (name text DEFAULT 'c' NOT NULL, CONSTRAINT positive CHECK (id > 0)) INHERITS (parent, other_parent);
ALTER TABLE ONLY child_with_own ALTER COLUMN weight SET DEFAULT 1.25;
ALTER TABLE child ADD CONSTRAINT only_here CHECK (extra <> 'x');
CREATE TABLE grandchild () INHERITS (child);
INSERT INTO parent SELECT n FROM generate_series(1, 10) n;
INSERT INTO child (id, extra) SELECT n, 'e' FROM generate_series(11, 20) n;
INSERT INTO child_with_own (id) SELECT n FROM generate_series(21, 30) n;
INSERT INTO grandchild (id, name) VALUES (31, NULL);
CREATE TABLE joined_later (id integer NOT NULL, name text DEFAULT 'j', kind "char", added_later date DEFAULT '2024-01-01', CONSTRAINT positive CHECK (id > 0));
ALTER TABLE joined_later INHERIT parent;
CREATE TABLE shape (LIKE parent INCLUDING ALL);
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE typed OF pair (a WITH OPTIONS DEFAULT 7 NOT NULL, PRIMARY KEY (a));
INSERT INTO typed VALUES (DEFAULT, 'seven');
