-- ALTER DEFAULT PRIVILEGES, global and by schema, and what they must not do to the objects of the dump itself.
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['pgark_case_owner', 'pgark_case_a', 'pgark_case "odd'' role']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
END $$;
CREATE SCHEMA defaults AUTHORIZATION pgark_case_owner;
CREATE SCHEMA "Odd schema";
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_case_owner GRANT SELECT ON TABLES TO pgark_case_a;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_case_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_case_owner REVOKE ALL ON TYPES FROM PUBLIC, pgark_case_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_case_owner IN SCHEMA defaults
    GRANT ALL ON SEQUENCES TO "pgark_case ""odd' role" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_case_a IN SCHEMA defaults, "Odd schema" GRANT INSERT, UPDATE ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "pgark_case ""odd' role" GRANT USAGE ON SCHEMAS TO pgark_case_a;
ALTER DEFAULT PRIVILEGES FOR ROLE pgark_case_a REVOKE ALL ON SEQUENCES FROM pgark_case_a;
-- Made under the defaults, and made and then freed of them.
SET SESSION AUTHORIZATION pgark_case_owner;
CREATE TABLE defaults.made_under (a integer);
CREATE TABLE defaults.freed (a integer);
REVOKE ALL ON defaults.freed FROM pgark_case_a;
CREATE FUNCTION defaults.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE SEQUENCE defaults.s;
CREATE TYPE defaults.t AS ENUM ('a');
RESET SESSION AUTHORIZATION;
