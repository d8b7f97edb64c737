-- Event triggers of every event and state. The last ones refuse whatever would come after them.
CREATE SCHEMA "Odd schema";
CREATE TABLE log (line text);
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE DEBUG '% %', tg_event, tg_tag; END$$;
CREATE FUNCTION "Odd schema"."Odd ""function"() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$;
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no %', tg_tag; END$$;
CREATE MATERIALIZED VIEW summary AS SELECT count(*) FROM log;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pgark_reader;
GRANT SELECT ON log TO pgark_reader;

CREATE EVENT TRIGGER starts ON ddl_command_start EXECUTE FUNCTION watch();
CREATE EVENT TRIGGER ends ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION watch();
CREATE EVENT TRIGGER "Odd ""trigger" ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION "Odd schema"."Odd ""function"();
CREATE EVENT TRIGGER rewrites ON table_rewrite EXECUTE FUNCTION watch();
CREATE EVENT TRIGGER disabled ON ddl_command_start EXECUTE FUNCTION refuse();
ALTER EVENT TRIGGER disabled DISABLE;
CREATE EVENT TRIGGER replica ON ddl_command_end EXECUTE FUNCTION watch();
ALTER EVENT TRIGGER replica ENABLE REPLICA;
CREATE EVENT TRIGGER always ON ddl_command_end EXECUTE FUNCTION watch();
ALTER EVENT TRIGGER always ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER starts IS 'it''s the first';
COMMENT ON EVENT TRIGGER "Odd ""trigger" IS 'odd';
CREATE EVENT TRIGGER a_refuses ON ddl_command_start EXECUTE FUNCTION refuse();
CREATE EVENT TRIGGER b_refuses ON ddl_command_end EXECUTE FUNCTION refuse();
COMMENT ON EVENT TRIGGER a_refuses IS 'everything';
