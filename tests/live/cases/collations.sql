-- Collations of both old providers.
CREATE SCHEMA c;
CREATE COLLATION c."Simple" (LOCALE = 'C');
CREATE COLLATION c.split (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
CREATE COLLATION public.copied FROM "POSIX";
CREATE COLLATION c.icu (PROVIDER = icu, LOCALE = 'de-u-co-phonebk');
CREATE COLLATION c."Ignore Case" (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
COMMENT ON COLLATION c."Simple" IS 'simple';
CREATE DOMAIN c.name AS text COLLATE c."Ignore Case" DEFAULT 'x';
CREATE TYPE c.pair AS (a text COLLATE c."Simple", b c.name, d c.name COLLATE "C");
CREATE TYPE c.range AS RANGE (SUBTYPE = text, COLLATION = c.split);
CREATE TABLE c.t (a text COLLATE c.icu, b c.name, c c.pair);
INSERT INTO c.t VALUES ('a', 'b', '(c,d,e)');
GRANT CREATE ON SCHEMA c TO pgark_owner;
ALTER COLLATION c.icu OWNER TO pgark_owner;
