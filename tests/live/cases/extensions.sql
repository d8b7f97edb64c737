-- Extensions, what belongs to them, and what depends on them.
CREATE SCHEMA ext;
CREATE SCHEMA "Ext 2";
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION citext WITH SCHEMA "Ext 2";
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE TYPE public.uses AS (a ext.hstore, b "Ext 2".citext[], c cube);
CREATE DOMAIN public.settings AS ext.hstore DEFAULT '' NOT NULL;
CREATE FUNCTION public.keys(ext.hstore) RETURNS text[] LANGUAGE sql IMMUTABLE AS 'SELECT ext.akeys($1)';
CREATE CAST (ext.hstore AS text[]) WITH FUNCTION public.keys(ext.hstore);
CREATE FUNCTION public.owned_later() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER EXTENSION hstore ADD FUNCTION public.owned_later();
ALTER EXTENSION hstore DROP FUNCTION public.owned_later();
CREATE TABLE public.t (a ext.hstore, b "Ext 2".citext);
CREATE INDEX ON public.t USING gin (a);
INSERT INTO public.t VALUES ('a=>1', 'B');
