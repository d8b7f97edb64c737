-- Sequences: standalone, owned, of every type and direction, called and not, at their ends, with odd names.
CREATE SEQUENCE plain;
CREATE SEQUENCE called; SELECT nextval('called'), nextval('called');
CREATE SEQUENCE down AS smallint INCREMENT BY -3 MINVALUE -300 MAXVALUE -1 START WITH -4 CACHE 2 CYCLE; SELECT nextval('down');
CREATE SEQUENCE big START WITH 9223372036854775806; SELECT nextval('big'), nextval('big');
CREATE SEQUENCE least INCREMENT BY -1 MINVALUE -9223372036854775808 START WITH -9223372036854775807; SELECT nextval('least');
CREATE SEQUENCE "Odd ""sequence"" name" AS integer; SELECT setval('"Odd ""sequence"" name"', 77, false);
CREATE TABLE owner (id serial PRIMARY KEY, big bigserial, small smallserial, n integer);
CREATE SEQUENCE owned_later OWNED BY owner.n;
ALTER TABLE owner ALTER COLUMN n SET DEFAULT nextval('owned_later');
INSERT INTO owner DEFAULT VALUES;
CREATE SEQUENCE shared;
CREATE TABLE uses_shared (a bigint DEFAULT nextval('shared'), b bigint DEFAULT nextval('shared'));
INSERT INTO uses_shared DEFAULT VALUES;
COMMENT ON SEQUENCE plain IS 'plain';
GRANT USAGE ON SEQUENCE plain TO pgark_writer;
ALTER SEQUENCE called OWNER TO pgark_owner;
