-- Wrappers with and without functions, servers, user mappings: options, owners, privileges, comments, dependencies.
CREATE FOREIGN DATA WRAPPER dummy;
CREATE FOREIGN DATA WRAPPER "Dummy ""Two"" .x" OPTIONS (zulu 'z', "Alpha one" 'it''s', alpha '', back 'a\b', "select" 'two
lines', uni 'ü€𝄞');
CREATE EXTENSION file_fdw;
CREATE EXTENSION postgres_fdw;
-- Functions of extensions and of the user.
CREATE FOREIGN DATA WRAPPER own_files HANDLER file_fdw_handler VALIDATOR file_fdw_validator;
CREATE FOREIGN DATA WRAPPER only_handler HANDLER postgres_fdw_handler;
CREATE SCHEMA "Fdw x";
CREATE FUNCTION "Fdw x".check_options(text[], oid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF $1::text LIKE '%forbidden%' THEN RAISE EXCEPTION 'forbidden'; END IF;
END $$;
CREATE FOREIGN DATA WRAPPER validated VALIDATOR "Fdw x".check_options OPTIONS (fine 'yes');

CREATE SERVER plain FOREIGN DATA WRAPPER dummy;
CREATE SERVER "S ""x""; DROP" TYPE 'a ''type''' VERSION E'1\\2\n3' FOREIGN DATA WRAPPER "Dummy ""Two"" .x"
  OPTIONS (password 'p"a''ss\w', host 'h', "Port No" '1');
CREATE SERVER typed TYPE 't' FOREIGN DATA WRAPPER validated OPTIONS (a 'b');
CREATE SERVER versioned VERSION '9' FOREIGN DATA WRAPPER own_files;
CREATE SERVER "select" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'localhost', dbname 'x', fetch_size '10');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;

CREATE USER MAPPING FOR PUBLIC SERVER plain;
CREATE USER MAPPING FOR PUBLIC SERVER "S ""x""; DROP" OPTIONS ("user" 'u', password 'sec''ret\');
CREATE USER MAPPING FOR pgark_owner SERVER "S ""x""; DROP" OPTIONS (password E'new\nline', "User x" '');
CREATE USER MAPPING FOR pgark_reader SERVER "select" OPTIONS ("user" 'me', password 'hidden');
CREATE USER MAPPING FOR CURRENT_USER SERVER files;

COMMENT ON FOREIGN DATA WRAPPER dummy IS 'wraps ''nothing''';
COMMENT ON SERVER "S ""x""; DROP" IS 'far
away';
ALTER SERVER plain OWNER TO pgark_owner;
ALTER SERVER "select" OWNER TO pgark_reader;
GRANT USAGE ON FOREIGN DATA WRAPPER dummy TO PUBLIC;
GRANT USAGE ON FOREIGN DATA WRAPPER validated TO pgark_owner WITH GRANT OPTION;
SET SESSION AUTHORIZATION pgark_owner;
GRANT USAGE ON FOREIGN DATA WRAPPER validated TO pgark_writer;
GRANT USAGE ON FOREIGN SERVER plain TO pgark_writer WITH GRANT OPTION;
SET SESSION AUTHORIZATION pgark_writer;
GRANT USAGE ON FOREIGN SERVER plain TO pgark_reader;
RESET SESSION AUTHORIZATION;
GRANT USAGE ON FOREIGN SERVER "S ""x""; DROP" TO PUBLIC;
REVOKE ALL ON FOREIGN SERVER typed FROM CURRENT_USER;
REVOKE ALL ON FOREIGN DATA WRAPPER own_files FROM CURRENT_USER;
-- Members of extensions: only what was granted.
GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO pgark_reader;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO PUBLIC;
