-- min: 17
CREATE DOMAIN public.code AS text CONSTRAINT "Must Be" NOT NULL CONSTRAINT short CHECK (length(VALUE) < 4);
COMMENT ON CONSTRAINT "Must Be" ON DOMAIN public.code IS 'a name of its own';
CREATE DOMAIN public.unnamed AS text NOT NULL;
CREATE DOMAIN public.added AS integer DEFAULT 3;
ALTER DOMAIN public.added ADD CONSTRAINT later NOT NULL;
