-- The schema `public` with another owner, other privileges and another comment.
ALTER SCHEMA public OWNER TO pgark_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM pgark_owner;
GRANT USAGE ON SCHEMA public TO pgark_reader WITH GRANT OPTION;
GRANT CREATE ON SCHEMA public TO pgark_writer;
COMMENT ON SCHEMA public IS 'ours';
CREATE TABLE public.t (a integer);
INSERT INTO public.t VALUES (1);
