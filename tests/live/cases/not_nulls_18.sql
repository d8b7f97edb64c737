-- min: 18
-- NOT NULL constraints whose names are not those that the server would choose, along inheritance.
CREATE SCHEMA nn;
CREATE TABLE nn.mother (a integer CONSTRAINT "Of mother" NOT NULL, b integer NOT NULL);
CREATE TABLE nn.father (a integer CONSTRAINT of_father NOT NULL, c integer CONSTRAINT father_c NOT NULL NO INHERIT);
ALTER TABLE nn.mother RENAME CONSTRAINT mother_b_not_null TO "b is set";
CREATE TABLE nn.child (d integer) INHERITS (nn.mother, nn.father);
CREATE TABLE nn.child_of_father () INHERITS (nn.father, nn.mother);
CREATE TABLE nn.child_named (CONSTRAINT own_name NOT NULL a, CONSTRAINT c_too NOT NULL c NO INHERIT) INHERITS (nn.father);
CREATE TABLE nn.grandchild (a integer NOT NULL) INHERITS (nn.child_named, nn.child);
COMMENT ON CONSTRAINT own_name ON nn.child_named IS 'a child''s';
COMMENT ON CONSTRAINT "b is set" ON nn.child IS 'an inherited one';
-- Renamed with the table and with the column, and what the server would name now.
CREATE TABLE nn.before (x integer NOT NULL, y integer NOT NULL);
ALTER TABLE nn.before RENAME TO after;
ALTER TABLE nn.after RENAME COLUMN x TO z;
CREATE TABLE nn.a_table_with_a_name_that_leaves_no_room_for_the_rest_of_anoth (a_column_that_is_long_as_well integer NOT NULL);
CREATE TABLE nn.taken (a integer, b integer, CONSTRAINT taken_a_not_null CHECK (b > 0));
ALTER TABLE nn.taken ALTER a SET NOT NULL;
-- Dropped in the parent, kept in the child; parents that come and go.
CREATE TABLE nn.drops (a integer NOT NULL);
CREATE TABLE nn.keeps (a integer CONSTRAINT kept NOT NULL) INHERITS (nn.drops);
ALTER TABLE nn.drops ALTER a DROP NOT NULL;
CREATE TABLE nn.left_parent (a integer CONSTRAINT left_a NOT NULL);
CREATE TABLE nn.left_child () INHERITS (nn.left_parent);
ALTER TABLE nn.left_child NO INHERIT nn.left_parent;
CREATE TABLE nn.joins (b integer, a integer CONSTRAINT joined NOT NULL);
ALTER TABLE nn.joins INHERIT nn.left_parent;
-- Keys, identities and generated columns, with and without names of their own.
CREATE TABLE nn.keys (a integer, b integer CONSTRAINT named_of_key NOT NULL, c integer GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (a, b));
CREATE TABLE nn.keys_child () INHERITS (nn.keys);
CREATE TABLE nn.generated (a integer, v integer GENERATED ALWAYS AS (a + 1) VIRTUAL CONSTRAINT v_set NOT NULL, s integer GENERATED ALWAYS AS (a) STORED CONSTRAINT s_set NOT NULL);
ALTER TABLE nn.keys DROP CONSTRAINT keys_pkey;
CREATE TABLE nn.parted (a integer CONSTRAINT "Parted a" NOT NULL, b integer) PARTITION BY LIST (a);
CREATE TABLE nn.parted_1 PARTITION OF nn.parted FOR VALUES IN (1);
CREATE TABLE nn.parted_2 (b integer CONSTRAINT b_2 NOT NULL, a integer CONSTRAINT a_2 NOT NULL);
ALTER TABLE nn.parted ATTACH PARTITION nn.parted_2 FOR VALUES IN (2);
INSERT INTO nn.parted VALUES (1, NULL), (2, 2);
