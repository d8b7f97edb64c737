-- min: 18
-- Virtual generated columns, and not-null constraints with names, NO INHERIT and NOT VALID.
CREATE TABLE virtual_columns (
  a integer, b integer GENERATED ALWAYS AS (a * 2), c integer GENERATED ALWAYS AS (a * 3) VIRTUAL, d integer GENERATED ALWAYS AS (a * 4) STORED
);
INSERT INTO virtual_columns (a) VALUES (1), (2);
CREATE TABLE virtual_child () INHERITS (virtual_columns);
INSERT INTO virtual_child (a) VALUES (3);
CREATE TABLE virtual_child_own (b integer GENERATED ALWAYS AS (a * 22)) INHERITS (virtual_columns);
INSERT INTO virtual_child_own (a) VALUES (4);
CREATE TABLE virtual_child_changed () INHERITS (virtual_columns);
ALTER TABLE virtual_child_changed ALTER b SET EXPRESSION AS (a * 99);
INSERT INTO virtual_child_changed (a) VALUES (5);

CREATE TABLE not_nulls (
  a integer NOT NULL, b integer CONSTRAINT "b is there" NOT NULL, c integer NOT NULL NO INHERIT, d integer CONSTRAINT dn NOT NULL NO INHERIT, e integer, f integer,
  CONSTRAINT e_there NOT NULL e
);
ALTER TABLE not_nulls ADD CONSTRAINT f_unchecked NOT NULL f NOT VALID;
COMMENT ON CONSTRAINT "b is there" ON not_nulls IS 'named';
COMMENT ON CONSTRAINT f_unchecked ON not_nulls IS 'not valid';
COMMENT ON CONSTRAINT not_nulls_a_not_null ON not_nulls IS 'by its default name';
INSERT INTO not_nulls VALUES (1, 2, 3, 4, 5, 6);
CREATE TABLE not_nulls_child (c integer CONSTRAINT child_c NOT NULL) INHERITS (not_nulls);
INSERT INTO not_nulls_child VALUES (1, 2, 3, 4, 5, 6);
CREATE TABLE not_nulls_only_inherited () INHERITS (not_nulls);
INSERT INTO not_nulls_only_inherited VALUES (1, 2, NULL, NULL, 5, 6);
ALTER TABLE not_nulls_only_inherited ADD CONSTRAINT c_here NOT NULL c NOT VALID;

CREATE TABLE invalid_parent (a integer);
CREATE TABLE valid_child () INHERITS (invalid_parent);
CREATE TABLE invalid_child () INHERITS (invalid_parent);
INSERT INTO invalid_parent VALUES (NULL);
INSERT INTO invalid_child VALUES (NULL);
INSERT INTO valid_child VALUES (1);
ALTER TABLE invalid_parent ADD CONSTRAINT a_set NOT NULL a NOT VALID;
ALTER TABLE valid_child VALIDATE CONSTRAINT a_set;

CREATE TABLE invalid_partitioned (a integer, b integer) PARTITION BY LIST (b);
CREATE TABLE invalid_partitioned_1 PARTITION OF invalid_partitioned FOR VALUES IN (1);
CREATE TABLE invalid_partitioned_2 PARTITION OF invalid_partitioned FOR VALUES IN (2);
INSERT INTO invalid_partitioned VALUES (NULL, 2), (1, 1);
ALTER TABLE invalid_partitioned ADD CONSTRAINT a_set NOT NULL a NOT VALID;
ALTER TABLE invalid_partitioned_1 VALIDATE CONSTRAINT a_set;

CREATE TABLE key_not_null (a integer, b integer, PRIMARY KEY (a, b));
CREATE TABLE key_renamed (a integer PRIMARY KEY);
ALTER TABLE key_renamed RENAME CONSTRAINT key_renamed_a_not_null TO "A must be";
CREATE TABLE key_child () INHERITS (key_not_null);
