-- min: 17
-- Event triggers that fire for every new session.
CREATE FUNCTION greet() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE DEBUG 'hello'; END$$;
CREATE EVENT TRIGGER logs_in ON login EXECUTE FUNCTION greet();
ALTER EVENT TRIGGER logs_in ENABLE ALWAYS;
CREATE EVENT TRIGGER never_logs_in ON login EXECUTE FUNCTION greet();
ALTER EVENT TRIGGER never_logs_in DISABLE;
COMMENT ON EVENT TRIGGER logs_in IS 'hello';
