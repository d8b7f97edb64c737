-- Text search parsers, templates, dictionaries and configurations, and what needs them before their kind has its turn.
CREATE SCHEMA a;
CREATE SCHEMA "Z Search";
CREATE EXTENSION unaccent WITH SCHEMA "Z Search";
CREATE EXTENSION dict_int;
CREATE EXTENSION dict_xsyn WITH SCHEMA a;

CREATE FUNCTION "Z Search"."Start"(internal, integer) RETURNS internal AS 'prsd_start' LANGUAGE internal STRICT;
CREATE FUNCTION "Z Search"."End"(internal) RETURNS void AS 'prsd_end' LANGUAGE internal STRICT;
CREATE FUNCTION "Z Search".types(internal) RETURNS internal AS 'prsd_lextype' LANGUAGE internal STRICT;
CREATE TEXT SEARCH PARSER "Z Search"."select" (START = "Z Search"."Start", GETTOKEN = prsd_nexttoken, END = "Z Search"."End", LEXTYPES = "Z Search".types);
CREATE TEXT SEARCH PARSER a.with_headline (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, HEADLINE = prsd_headline, LEXTYPES = prsd_lextype);
COMMENT ON TEXT SEARCH PARSER "Z Search"."select" IS 'no headline';

CREATE FUNCTION "Z Search".init(internal) RETURNS internal AS 'dsimple_init' LANGUAGE internal STRICT;
CREATE TEXT SEARCH TEMPLATE "Z Search"."My ""simple""" (INIT = "Z Search".init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE a.without_init (LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH TEMPLATE "Z Search"."My ""simple""" IS 'it''s simple';

CREATE TEXT SEARCH DICTIONARY "Z Search"."Zz dict" (TEMPLATE = "Z Search"."My ""simple""", STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH DICTIONARY a.bare (TEMPLATE = pg_catalog.simple);
CREATE TEXT SEARCH DICTIONARY a.stem (TEMPLATE = snowball, LANGUAGE = 'german', StopWords = 'german');
CREATE TEXT SEARCH DICTIONARY a."thesaurus" (TEMPLATE = thesaurus, DictFile = thesaurus_sample, Dictionary = 'pg_catalog.english_stem');
CREATE TEXT SEARCH DICTIONARY a.ispell (TEMPLATE = ispell, DictFile = ispell_sample, AffFile = ispell_sample, StopWords = english);
CREATE TEXT SEARCH DICTIONARY a.numbers (TEMPLATE = public.intdict_template, MAXLEN = 4, REJECTLONG = true);
CREATE TEXT SEARCH DICTIONARY a.synonyms (TEMPLATE = a.xsyn_template, RULES = 'xsyn_sample', KEEPORIG = false, MATCHSYNONYMS = on);
CREATE TEXT SEARCH DICTIONARY public.accents (TEMPLATE = "Z Search".unaccent, RULES = 'unaccent');
COMMENT ON TEXT SEARCH DICTIONARY a.stem IS E'line 1\nline 2';
COMMENT ON TEXT SEARCH DICTIONARY "Z Search"."Zz dict" IS 'custom template';

-- Dictionaries in an order that sorting would change.
CREATE TEXT SEARCH CONFIGURATION a.config (PARSER = "Z Search"."select");
ALTER TEXT SEARCH CONFIGURATION a.config ADD MAPPING FOR asciiword, word WITH "Z Search"."Zz dict", public.accents, a.stem, pg_catalog.simple, a.bare;
ALTER TEXT SEARCH CONFIGURATION a.config ADD MAPPING FOR int, uint, float WITH a.numbers;
ALTER TEXT SEARCH CONFIGURATION a.config ADD MAPPING FOR url_path, "version" WITH pg_catalog.simple;
CREATE TEXT SEARCH CONFIGURATION "Z Search"."Con fig" (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION "Z Search"."Con fig" ALTER MAPPING FOR asciiword, hword_asciipart WITH a.synonyms, a."thesaurus", english_stem;
ALTER TEXT SEARCH CONFIGURATION "Z Search"."Con fig" ALTER MAPPING REPLACE simple WITH a.bare;
ALTER TEXT SEARCH CONFIGURATION "Z Search"."Con fig" DROP MAPPING FOR email, host;
CREATE TEXT SEARCH CONFIGURATION public.empty (PARSER = a.with_headline);
CREATE TEXT SEARCH CONFIGURATION public.with_ispell (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION public.with_ispell ADD MAPPING FOR asciiword WITH a.ispell, english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION "Z Search"."Con fig" IS 'copied and changed';

-- Domains and functions come before configurations, unless they need one.
CREATE DOMAIN a.aa_searchable AS text CHECK (numnode(plainto_tsquery('a.config'::regconfig, VALUE)) > 0);
CREATE FUNCTION a.aa_search(body text, config regconfig DEFAULT 'a.config') RETURNS tsvector LANGUAGE sql IMMUTABLE AS 'SELECT to_tsvector(config, body)';
CREATE FUNCTION a.aa_lexize(token text, dictionary regdictionary DEFAULT '"Z Search"."Zz dict"') RETURNS text[] LANGUAGE sql AS 'SELECT ts_lexize(dictionary, token)';
CREATE TABLE a.documents (
    id integer PRIMARY KEY,
    body text,
    config regconfig DEFAULT '"Z Search"."Con fig"',
    dictionary regdictionary DEFAULT 'a.stem',
    found tsvector GENERATED ALWAYS AS (to_tsvector('a.config', body)) STORED
);
CREATE INDEX ON a.documents USING gin (to_tsvector('"Z Search"."Con fig"', body));
CREATE VIEW a.headlines AS SELECT ts_headline('public.with_ispell', body, to_tsquery('public.with_ispell', 'word')) AS headline FROM a.documents;
INSERT INTO a.documents (id, body) VALUES (1, 'The quick words of 12 élan'), (2, NULL);
INSERT INTO a.documents (id, body, config, dictionary) VALUES (3, 'Straße', 'a.config', 'public.accents');

-- Members of an extension, at first or later, come with it.
CREATE TEXT SEARCH DICTIONARY a.of_extension (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION a.of_extension (PARSER = "default");
ALTER EXTENSION dict_int ADD TEXT SEARCH DICTIONARY a.of_extension;
ALTER EXTENSION dict_int ADD TEXT SEARCH CONFIGURATION a.of_extension;

-- What initdb made is the target's own.
ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple ALTER MAPPING FOR email WITH simple, english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION pg_catalog.simple IS 'changed';

GRANT CREATE ON SCHEMA a, "Z Search" TO pgark_owner;
ALTER TEXT SEARCH DICTIONARY a.stem OWNER TO pgark_owner;
ALTER TEXT SEARCH CONFIGURATION "Z Search"."Con fig" OWNER TO pgark_owner;
