-- min: 17
-- Access methods of partitioned tables: what partitions made later get.
CREATE ACCESS METHOD "Heap 2" TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE public.named (id integer, part integer) PARTITION BY LIST (part) USING "Heap 2";
CREATE TABLE public.named_1 PARTITION OF public.named FOR VALUES IN (1);
CREATE TABLE public.named_2 PARTITION OF public.named FOR VALUES IN (2) USING other;
CREATE TABLE public.named_3 PARTITION OF public.named FOR VALUES IN (3) USING heap;
CREATE TABLE public.named_sub PARTITION OF public.named FOR VALUES IN (4) PARTITION BY RANGE (id) USING heap;
CREATE TABLE public.named_sub_1 PARTITION OF public.named_sub FOR VALUES FROM (1) TO (10);
CREATE TABLE public.heap (id integer) PARTITION BY HASH (id) USING heap;
CREATE TABLE public.heap_1 PARTITION OF public.heap FOR VALUES WITH (MODULUS 1, REMAINDER 0) USING other;
CREATE TABLE public.unnamed (id integer) PARTITION BY HASH (id);
CREATE TABLE public.unnamed_1 PARTITION OF public.unnamed FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE public.was_named (id integer) PARTITION BY HASH (id) USING other;
ALTER TABLE public.was_named SET ACCESS METHOD DEFAULT;
CREATE TABLE public.later (id integer) PARTITION BY HASH (id);
ALTER TABLE public.later SET ACCESS METHOD other;
INSERT INTO public.named SELECT n, n FROM generate_series(1, 4) n;
INSERT INTO public.heap VALUES (1);
