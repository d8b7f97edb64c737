-- A schema `public` that somebody dropped and made again, which is an ordinary one of its owner.
DROP SCHEMA public;
CREATE SCHEMA public;
CREATE TABLE public.t (a integer);
INSERT INTO public.t VALUES (1);
