-- Names that need quoting or care: key words, spaces, quotes, line ends, unicode, the longest, case.
CREATE SCHEMA "select";
CREATE SCHEMA "Sch ""ema"" with
line";
CREATE TABLE "select"."table" ("where" integer PRIMARY KEY, "a b" text, "A B" text, "ünï" text, "--" text, "/*" text, "$1" text, "\" text, "'" text);
INSERT INTO "select"."table" SELECT n, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' FROM generate_series(1, 5) n;
CREATE TABLE "Sch ""ema"" with
line"."tab	le; DROP" ("x""y" integer REFERENCES "select"."table", "percent %s" text DEFAULT '%s');
INSERT INTO "Sch ""ema"" with
line"."tab	le; DROP" VALUES (1, 'x');
CREATE TABLE "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc" ("abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc" serial PRIMARY KEY);
CREATE TABLE "ééééééééééééééééééééééééééééééé" (a integer);
CREATE INDEX "in""dex" ON "select"."table" ("a b", ("A B" || 'x'));
CREATE VIEW "V i e w" AS SELECT "where", "a b" AS "from" FROM "select"."table";
CREATE FUNCTION "fun""c"("arg 1" integer, "$2" text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE "ty pe" AS ENUM ('a''b', 'c"d', 'ü', E'\\');
CREATE TABLE public.public (public "ty pe");
INSERT INTO public.public VALUES ('a''b'), (E'\\');
COMMENT ON TABLE "select"."table" IS E'line 1\nline ''2'' \\ "3" ü';
COMMENT ON COLUMN "select"."table"."--" IS '-- not a comment';
COMMENT ON SCHEMA "select" IS $$x$$;
-- Names that begin and end with spaces of other alphabets, where the server's lists of names do not quote them.
CREATE FUNCTION "select"." f "(" a" integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TYPE "select"." t" AS ENUM (' l ', ' ');
CREATE FUNCTION "select"." g"("select"." t") RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE CAST ("select"." t" AS integer) WITH FUNCTION "select"." g"("select"." t");
CREATE TABLE "select"." x" (" c" integer, "d " integer, " " integer, PRIMARY KEY (" c", "d "), UNIQUE (" ") INCLUDE ("d "));
INSERT INTO "select"." x" VALUES (1, 2, 3);
