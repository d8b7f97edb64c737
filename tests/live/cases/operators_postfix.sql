-- max: 13
CREATE FUNCTION public.half(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
CREATE OPERATOR public.#%# (FUNCTION = public.half, LEFTARG = bigint);
COMMENT ON OPERATOR public.#%# (bigint, NONE) IS 'postfix';
