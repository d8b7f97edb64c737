-- min: 18
-- Temporal keys, constraints that are not enforced.
CREATE TABLE temporal (id int4range, valid daterange, CONSTRAINT temporal_key PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE temporal_unique (id int4range, valid tsmultirange, CONSTRAINT temporal_unique_key UNIQUE (id, valid WITHOUT OVERLAPS));
CREATE TABLE temporal_reference (id int4range, valid daterange, parent int4range,
  CONSTRAINT temporal_fk FOREIGN KEY (parent, PERIOD valid) REFERENCES temporal (id, PERIOD valid));
INSERT INTO temporal VALUES ('[1,2)', '[2020-01-01,2021-01-01)'), ('[1,2)', '[2021-01-01,2022-01-01)');
INSERT INTO temporal_reference VALUES ('[7,8)', '[2020-06-01,2021-06-01)', '[1,2)');
CREATE TABLE target (a integer PRIMARY KEY);
CREATE TABLE not_enforced (a integer CONSTRAINT positive CHECK (a > 0) NOT ENFORCED, b integer,
  CONSTRAINT unchecked FOREIGN KEY (b) REFERENCES target NOT ENFORCED);
INSERT INTO not_enforced VALUES (-1, 99);
CREATE TABLE not_enforced_child () INHERITS (not_enforced);
INSERT INTO not_enforced_child VALUES (-2, 98);
CREATE TABLE partitioned_reference (a integer, b integer) PARTITION BY LIST (b);
CREATE TABLE partitioned_reference_1 PARTITION OF partitioned_reference FOR VALUES IN (1);
INSERT INTO partitioned_reference VALUES (5, 1);
ALTER TABLE partitioned_reference ADD CONSTRAINT later FOREIGN KEY (a) REFERENCES target NOT VALID;
