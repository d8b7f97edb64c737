-- Privileges of an owner taken away in part or whole, on majors with and without MAINTAIN.
-- no judge across majors: what an owner may do before 17 without a privilege is one since then, and stays his.
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_owner REVOKE ALL ON TABLES FROM pgark_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_owner GRANT SELECT, DELETE ON TABLES TO pgark_writer, pgark_reader WITH GRANT OPTION;
CREATE TABLE partly (a int);
REVOKE SELECT ON partly FROM postgres;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO postgres;
CREATE TABLE owned (a int);
ALTER TABLE owned OWNER TO pgark_owner;
REVOKE ALL ON owned FROM pgark_owner;
GRANT SELECT ON owned TO pgark_reader;
