-- min: 14
-- An event trigger's owner is a superuser.
DO $$BEGIN CREATE ROLE pgark_super SUPERUSER; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$;
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$;
CREATE EVENT TRIGGER owned ON sql_drop WHEN TAG IN ('DROP INDEX', 'DROP VIEW') EXECUTE FUNCTION watch();
ALTER EVENT TRIGGER owned OWNER TO pgark_super;
CREATE PUBLICATION everything FOR ALL TABLES;
ALTER PUBLICATION everything OWNER TO pgark_super;
CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false);
ALTER SUBSCRIPTION sub OWNER TO pgark_super;
