-- Conversions between encodings, on functions of the system.
CREATE SCHEMA c;
CREATE SCHEMA "C 2";
CREATE DEFAULT CONVERSION c.latin1 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE CONVERSION c."Odd ""name""" FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE CONVERSION "C 2".latin1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE CONVERSION public."select" FOR 'KOI8R' TO 'WIN1251' FROM koi8r_to_win1251;
CREATE DEFAULT CONVERSION public.sjis FOR 'SJIS' TO 'EUC_JP' FROM sjis_to_euc_jp;
COMMENT ON CONVERSION c."Odd ""name""" IS 'it''s odd';
COMMENT ON CONVERSION c.latin1 IS 'the default';
GRANT CREATE ON SCHEMA c TO pgark_owner;
ALTER CONVERSION c."Odd ""name""" OWNER TO pgark_owner;
ALTER CONVERSION "C 2".latin1 OWNER TO pgark_writer;
