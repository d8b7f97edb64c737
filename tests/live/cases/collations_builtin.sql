-- min: 17
CREATE COLLATION public.builtin_c (PROVIDER = builtin, LOCALE = 'C');
CREATE COLLATION public."builtin UTF-8" (PROVIDER = builtin, LOCALE = 'C.UTF-8');
