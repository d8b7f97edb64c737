-- no judge: the source's texts settle when they are executed again
create table t1(s varchar(10) check (s in ('a','b')), c char(3) check (c in ('x','y')), n numeric check (n in (1,2)), f float4 check (f in (1,2.5)), i smallint check (i in (1,2)), d date check (d in ('2024-01-01','2024-01-02')), j varchar[] check (j <@ array['a','b']::varchar[]));
create table t2(s varchar(10), constraint k check (s = any (array['a'::varchar,'b'])), constraint k2 check (s::text <> all (array['a','b'])), constraint k3 check (s between 'a' and 'b'), constraint k4 check (s similar to 'a%'), constraint k5 check (s like 'a%' or s ilike '%b'), constraint k6 check (not (s is null) = true));
create index ix on t2(s) where s in ('a','b'); create index ix2 on t2((s || 'x')) where s not in ('q','r');
