-- min: 16
CREATE COLLATION public.ruled (PROVIDER = icu, LOCALE = 'und', RULES = '&a < ''x'' <<< X');
CREATE COLLATION public."Undetermined" (PROVIDER = icu, LOCALE = 'und', DETERMINISTIC = false, RULES = '&V << w <<< W');
CREATE TABLE public.t (a text COLLATE public.ruled);
