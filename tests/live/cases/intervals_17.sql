-- min: 17
-- Intervals without end.
CREATE TABLE times (i interval DEFAULT '-infinity', r tstzrange, a interval[]);
INSERT INTO times VALUES ('infinity', NULL, '{infinity,-infinity,"1 day",NULL}'), (DEFAULT, 'empty', '{}');
CREATE TABLE by_length (i interval) PARTITION BY RANGE (i);
CREATE TABLE by_length_short PARTITION OF by_length FOR VALUES FROM ('-infinity') TO ('1 day');
CREATE TABLE by_length_long PARTITION OF by_length FOR VALUES FROM ('1 day') TO (MAXVALUE);
INSERT INTO by_length VALUES ('-infinity'), ('1 hour'), ('infinity');
CREATE INDEX ON times (i) WHERE i < 'infinity';
