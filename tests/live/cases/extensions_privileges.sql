-- Privileges of what belongs to extensions: what was changed since they were made.
CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION citext;
CREATE EXTENSION pg_buffercache;
REVOKE EXECUTE ON FUNCTION ext.akeys(ext.hstore) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ext.akeys(ext.hstore) TO pgark_reader WITH GRANT OPTION;
GRANT USAGE ON SCHEMA ext TO PUBLIC;
SET ROLE pgark_reader;
GRANT EXECUTE ON FUNCTION ext.akeys(ext.hstore) TO pgark_writer;
RESET ROLE;
GRANT EXECUTE ON FUNCTION ext.avals(ext.hstore) TO pgark_reader;
REVOKE USAGE ON TYPE ext.hstore FROM PUBLIC;
GRANT USAGE ON TYPE citext TO pgark_writer;
REVOKE ALL ON FUNCTION min(citext) FROM PUBLIC;
-- Its script grants by itself.
GRANT SELECT ON pg_buffercache TO pgark_reader;
REVOKE SELECT ON pg_buffercache FROM pg_monitor;
GRANT SELECT (bufferid, usagecount) ON pg_buffercache TO PUBLIC;
GRANT EXECUTE ON FUNCTION pg_buffercache_pages() TO pgark_reader;
-- Granted before it became a member, revoked and granted afterwards.
CREATE FUNCTION ext.joined() RETURNS integer LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION ext.joined() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ext.joined() TO pgark_reader;
ALTER EXTENSION hstore ADD FUNCTION ext.joined();
ALTER EXTENSION hstore DROP FUNCTION ext.joined();
GRANT EXECUTE ON FUNCTION ext.joined() TO pgark_writer;
-- A table of the user's in the extension's schema.
CREATE TABLE ext.not_a_member (h ext.hstore, n integer);
INSERT INTO ext.not_a_member VALUES ('a=>1', 2);
GRANT SELECT (n) ON ext.not_a_member TO pgark_reader;
-- An index on what belongs to an extension is the user's own.
CREATE VIEW ext.of_member AS SELECT bufferid FROM pg_buffercache;
