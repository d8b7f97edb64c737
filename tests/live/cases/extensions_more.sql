-- Extensions: in a schema of their own, with members left alone, and user objects that need them.
CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION citext;
COMMENT ON EXTENSION citext IS 'text without case';
CREATE TABLE uses (h ext.hstore DEFAULT 'a=>1', c citext UNIQUE);
CREATE INDEX ON uses USING gin (c gin_trgm_ops);
CREATE INDEX ON uses USING gin (h);
INSERT INTO uses VALUES ('a=>b, "c d"=>NULL', 'Hello'), (NULL, 'World');
CREATE FUNCTION made() RETURNS ext.hstore LANGUAGE sql AS $$ SELECT 'x=>y'::ext.hstore $$;
