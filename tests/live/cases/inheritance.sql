-- Inheritance: merged and overridden columns, defaults taken away, constraints local and inherited.
-- no judge across majors: whether a NOT NULL is inherited or the child's own is known only since 18
CREATE TABLE parent (a integer NOT NULL, b text DEFAULT 'parent', c integer DEFAULT 7, d text, CONSTRAINT a_positive CHECK (a > 0), CONSTRAINT only_here CHECK (c > 0) NO INHERIT);
INSERT INTO parent VALUES (1, 'p', 1, 'd');
CREATE TABLE child () INHERITS (parent);
INSERT INTO child VALUES (2, 'c', 2, 'd');
CREATE TABLE child_default_changed (own integer) INHERITS (parent);
ALTER TABLE child_default_changed ALTER b SET DEFAULT 'child', ALTER c DROP DEFAULT;
INSERT INTO child_default_changed VALUES (3, 'x', 3, 'd', 3);
CREATE TABLE child_merged (b text DEFAULT 'merged' NOT NULL, a integer, CONSTRAINT a_positive CHECK (a > 0), CONSTRAINT own_check CHECK (b <> '')) INHERITS (parent);
INSERT INTO child_merged VALUES (4, 'm', 4, 'd');
CREATE TABLE grandchild (g integer, b text DEFAULT 'grand', CONSTRAINT g_positive CHECK (g > 0)) INHERITS (child, child_merged);
INSERT INTO grandchild VALUES (5, 'g', 5, 'd', 5);
CREATE TABLE not_null_of_its_own () INHERITS (parent);
ALTER TABLE not_null_of_its_own ALTER d SET NOT NULL;
INSERT INTO not_null_of_its_own VALUES (6, 'n', 6, 'd');
CREATE TABLE statistics_of_its_own () INHERITS (parent);
ALTER TABLE statistics_of_its_own ALTER a SET STATISTICS 33, ALTER d SET STORAGE EXTERNAL;

CREATE TABLE late_parent (x integer, y integer, z integer);
CREATE TABLE late_child (z integer, extra text, x integer DEFAULT 9, y integer);
ALTER TABLE late_child INHERIT late_parent;
INSERT INTO late_child VALUES (3, 'e', 1, 2);
INSERT INTO late_parent VALUES (1, 2, 3);
CREATE TABLE strict_parent (a integer NOT NULL, b text DEFAULT 'p', CONSTRAINT a_small CHECK (a < 100));
CREATE TABLE strict_late_child (c integer, b text DEFAULT 'c', a integer NOT NULL, CONSTRAINT a_small CHECK (a < 100), x integer GENERATED ALWAYS AS (c + 1) STORED);
ALTER TABLE strict_late_child INHERIT strict_parent;
INSERT INTO strict_late_child VALUES (1, 'b', 2);
CREATE TABLE column_added_later (a integer);
CREATE TABLE column_added_later_child () INHERITS (column_added_later);
ALTER TABLE column_added_later ADD COLUMN w integer DEFAULT 5;
INSERT INTO column_added_later_child VALUES (1, 2);

CREATE TABLE formerly_parent (a integer, b integer DEFAULT 3);
CREATE TABLE formerly_child (c integer) INHERITS (formerly_parent);
INSERT INTO formerly_child VALUES (1, 2, 3);
ALTER TABLE formerly_child NO INHERIT formerly_parent;

CREATE TABLE generated_parent (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE generated_child () INHERITS (generated_parent);
INSERT INTO generated_parent (a) VALUES (1);
INSERT INTO generated_child (a) VALUES (2);
CREATE TABLE not_generated_parent (n integer);
CREATE TABLE generated_own (x integer, g integer GENERATED ALWAYS AS (n + x) STORED) INHERITS (not_generated_parent);
INSERT INTO generated_own (n, x) VALUES (1, 2);

CREATE SCHEMA other;
CREATE TABLE other.first_parent (a integer, b integer);
CREATE TABLE second_parent (b integer, c integer);
CREATE TABLE of_two (d integer) INHERITS (second_parent, other.first_parent);
INSERT INTO of_two VALUES (1, 2, 3, 4);

CREATE TABLE invalid_parent (a integer);
CREATE TABLE invalid_child () INHERITS (invalid_parent);
INSERT INTO invalid_child VALUES (-1);
ALTER TABLE invalid_parent ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
COMMENT ON CONSTRAINT positive ON invalid_parent IS 'not checked';
COMMENT ON CONSTRAINT a_positive ON parent IS 'checked';
