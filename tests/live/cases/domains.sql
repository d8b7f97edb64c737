-- Domains: defaults, collations, constraints of all states, domains over domains.
CREATE SCHEMA d;
CREATE DOMAIN d.plain AS integer;
CREATE DOMAIN d."Not Null" AS text COLLATE "C" DEFAULT 'it''s' NOT NULL;
CREATE DOMAIN d.us_postal_code AS text NOT NULL
    CONSTRAINT "Format" CHECK (VALUE ~ '^\d{5}$' OR VALUE ~ '^\d{5}-\d{4}$')
    CONSTRAINT short CHECK (length(VALUE) < 11);
COMMENT ON DOMAIN d.us_postal_code IS 'US postal code';
COMMENT ON CONSTRAINT "Format" ON DOMAIN d.us_postal_code IS 'five or nine digits';
CREATE DOMAIN d.money AS numeric(12,2) DEFAULT 0.00;
ALTER DOMAIN d.money ADD CONSTRAINT positive CHECK (VALUE >= 0) NOT VALID;
ALTER DOMAIN d.money ADD CONSTRAINT "small ""change" CHECK (VALUE < 1e6);
COMMENT ON CONSTRAINT positive ON DOMAIN d.money IS 'checked for new values only';
CREATE DOMAIN d.price AS d.money DEFAULT 9.99 CHECK (VALUE <> 13);
CREATE DOMAIN d.prices AS d.price[] CHECK (array_length(VALUE, 1) < 4);
CREATE TYPE d.item AS (name text, price d.price);
CREATE DOMAIN d.checked_item AS d.item CHECK ((VALUE).price > 0);
CREATE DOMAIN d.span AS interval hour to minute;
CREATE DOMAIN d.stamp AS timestamp(2) DEFAULT now();

CREATE FUNCTION d.even(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';
CREATE DOMAIN d.even_number AS integer DEFAULT 2 CHECK (d.even(VALUE));

-- The check takes the domain itself: it cannot be part of CREATE DOMAIN.
CREATE DOMAIN d.self AS integer;
CREATE FUNCTION d.self_ok(d.self) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 <> 7; END';
ALTER DOMAIN d.self ADD CONSTRAINT self_ok CHECK (d.self_ok(VALUE));

CREATE TABLE d.t (a d.price, b d.checked_item, c d.prices, d d.even_number, e d."Not Null");
INSERT INTO d.t VALUES (1.5, '(x,2)', '{1,2}', 4, 'e');
GRANT CREATE ON SCHEMA d TO pgark_owner;
ALTER DOMAIN d.money OWNER TO pgark_owner;
REVOKE USAGE ON DOMAIN d.price FROM PUBLIC;
GRANT USAGE ON DOMAIN d.price TO pgark_reader;
