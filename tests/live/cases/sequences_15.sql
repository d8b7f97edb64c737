-- min: 15
-- Unlogged sequences, also against their table's persistence.
CREATE UNLOGGED SEQUENCE unlogged_seq;
SELECT nextval('unlogged_seq');
CREATE UNLOGGED TABLE unlogged (a integer GENERATED ALWAYS AS IDENTITY, b serial);
INSERT INTO unlogged DEFAULT VALUES;
CREATE UNLOGGED TABLE unlogged_but_logged (a integer GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE unlogged_but_logged_a_seq SET LOGGED;
CREATE TABLE logged_but_unlogged (a integer GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE logged_but_unlogged_a_seq SET UNLOGGED;
