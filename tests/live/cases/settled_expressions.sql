-- no judge: the source's texts settle when they are executed again
-- Every form of expression that is printed otherwise once it has been parsed again, and many that are not, wherever
-- expressions can be.
create schema s;
create type s.mood as enum ('sad', 'ok');
create type s.ct as (a varchar(3), b numeric);
create domain s.dv as varchar(5);
create domain s.di as int;
create domain s.da as text[];
create function s.ft(text[]) returns text language sql immutable as 'select $1[1]';
create function s.fv(variadic text[]) returns text language sql immutable as 'select $1[1]';
create function s.fn(numeric, float8) returns numeric language sql immutable as 'select $1';
create function s.fi2(smallint) returns int language sql immutable as 'select $1::int';
create table s.t (i int, i2 smallint, i8 bigint, n numeric(10,2), f4 real, f8 float8, v varchar(10), v2 varchar, c char(3),
  x text, nm name, b bool, d date, ts timestamp, tz timestamptz, tm time, iv interval, j json, jb jsonb, va varchar[],
  xa text[], ia int[], sa smallint[], m s.mood, ct s.ct, dv s.dv, di s.di, da s.da, by bytea, bi bit(3), u uuid, r int4range,
  p point, o oid, ch "char", mo money, ip inet, tv tsvector, xm xml);
create table s.checked (like s.t);
alter table s.checked add constraint c1 check ('a'::s.dv in ('a','b'));
alter table s.checked add constraint c2 check (('a' || v)::varchar in ('a','b'));
alter table s.checked add constraint c3 check ((ct).a in ('a','b'));
alter table s.checked add constraint c4 check ((i between 1 and 2) and b);
alter table s.checked add constraint c5 check ((i, n) = (1, 2) and b);
alter table s.checked add constraint c6 check ((i, n, v) is distinct from (1, 2, 'a'));
alter table s.checked add constraint c7 check ((v in ('a','b') and i in (1,2)) or (v = 'c' and i > 0));
alter table s.checked add constraint c8 check ((v in ('a','b')) = (v2 in ('c','d')));
alter table s.checked add constraint c9 check ((v in ('a','b')) is not false);
alter table s.checked add constraint c10 check ((v || 'a')::varchar(3) in ('a','b'));
alter table s.checked add constraint c11 check ((va)[1] in ('a','b'));
alter table s.checked add constraint c12 check (case when v in ('a','b') then i in (1,2) else f4 in (1,2) end);
alter table s.checked add constraint c13 check (coalesce(v, 'x') in ('a','b'));
alter table s.checked add constraint c14 check (coalesce(v, x) in ('a','b'));
alter table s.checked add constraint c15 check (dv in ('a','b'));
alter table s.checked add constraint c16 check (i > -'1'::int);
alter table s.checked add constraint c17 check (i > -1::int);
alter table s.checked add constraint c18 check (i between 1 and 2 and b);
alter table s.checked add constraint c19 check (i not between 1 and 2 or b);
alter table s.checked add constraint c20 check (i::text = '1' and i::varchar in ('1','2'));
alter table s.checked add constraint c21 check (i::varchar(3) in ('1','2'));
alter table s.checked add constraint c22 check (n = any (array[1,2]));
alter table s.checked add constraint c23 check (n > -1.5::numeric);
alter table s.checked add constraint c24 check (s.ft(array['a','b']::varchar[]) = 'x');
alter table s.checked add constraint c25 check (s.ft(array[v, v2]) = 'x');
alter table s.checked add constraint c26 check (s.fv(variadic array[v, v2]) = 'x');
alter table s.checked add constraint c27 check (v = any (array['a'::varchar,'b']));
alter table s.checked add constraint c28 check (v = any (array[v2, 'a']));
alter table s.checked add constraint c29 check (v collate "C" in ('a','b'));
alter table s.checked add constraint c30 check (v in ('a' collate "C",'b'));
alter table s.checked add constraint c31 check (v in ('a') or v in ('b','c') or v is null);
alter table s.checked add constraint c32 check (v in ('a','b'));
alter table s.checked add constraint c33 check (v in ('a','b',v2));
alter table s.checked add constraint c34 check (v in ('a'::text, 'b'));
alter table s.checked add constraint c35 check (v in ('a'::varchar(2), 'b'));
alter table s.checked add constraint c36 check (v in (v2, x) or b);
alter table s.checked add constraint c37 check (v not in ('a','b'));
alter table s.checked add constraint c38 check (v::s.dv in ('a','b'));
alter table s.checked add constraint c39 check (x = any (array[c, v]));
alter table s.checked add constraint c40 check (x = any (array[v2, v]));
alter table s.checked add constraint c41 check (x like any (array['a%'::varchar,'b%']));
alter table s.checked add constraint c42 check (x::varchar = any (array['a','b']::varchar[]));
alter table s.checked add constraint c43 check (x::varchar in ('a','b'));
alter table s.checked add constraint c44 check ('12:00'::time(2) = tm);
alter table s.checked add constraint c45 check ('2020-01-01'::timestamp at time zone 'UTC' < tz);
alter table s.checked add constraint c46 check ('2020-01-01'::timestamp(3) = ts);
alter table s.checked add constraint c47 check ('a'::s.dv = v);
alter table s.checked add constraint c48 check ('s.t'::regclass = o);
alter table s.checked add constraint c49 check ('{"a": 1}'::jsonb = jb);
alter table s.checked add constraint c50 check (((i = 1 and i2 = 2) and b) and x = 'a');
alter table s.checked add constraint c51 check (((v is null)::int + (x is null)::int) = 1);
alter table s.checked add constraint c52 check ((array[v,'b'])[1] = 'b');
alter table s.checked add constraint c53 check ((d, d) overlaps (d, d));
alter table s.checked add constraint c54 check ((i, n) < (1, 2) or b);
alter table s.checked add constraint c55 check ((i, n) in ((1,2),(3,4)));
alter table s.checked add constraint c56 check ((i, n) is distinct from (1, 2));
alter table s.checked add constraint c57 check ((jb ->> 'a')::int in (1,2));
alter table s.checked add constraint c58 check ((v is null and x is null) or (v is not null and x is not null));
alter table s.checked add constraint c59 check ((v is null) = (x is null));
alter table s.checked add constraint c60 check ((x in ('a','b')) is true);
alter table s.checked add constraint c61 check (1 < i);
alter table s.checked add constraint c62 check (array['a','b']::varchar(3)[] is null);
alter table s.checked add constraint c63 check (array['a']::s.da is null);
alter table s.checked add constraint c64 check (array['sad']::s.mood[] is null);
alter table s.checked add constraint c65 check (array[]::text[] = xa);
alter table s.checked add constraint c66 check (array[array['a','b'],array['c','d']]::varchar[] = va);
alter table s.checked add constraint c67 check (array[array['a'::varchar,'b'],array['c','d']]::text[] = xa);
alter table s.checked add constraint c68 check (array[i, i2] = ia);
alter table s.checked add constraint c69 check (array[i, null]::bigint[] is not null);
alter table s.checked add constraint c70 check (array[i]::text[] = xa);
alter table s.checked add constraint c71 check (array[null, 'a'] = xa);
alter table s.checked add constraint c72 check (array[null, v]::text[] = xa);
alter table s.checked add constraint c73 check (array[v, v2] = va);
alter table s.checked add constraint c74 check (array[v, v2]::text[] = xa);
alter table s.checked add constraint c75 check (array[v]::char(2)[] is null);
alter table s.checked add constraint c76 check (array[v]::s.da is null);
alter table s.checked add constraint c77 check (array[v]::s.dv[] is null);
alter table s.checked add constraint c78 check (array[v]::s.mood[] is null);
alter table s.checked add constraint c79 check (array[v]::varchar(3)[] is null);
alter table s.checked add constraint c80 check (array_length(va, 1) in (1,2));
alter table s.checked add constraint c81 check (array_position(va, 'a') is null);
alter table s.checked add constraint c82 check (array_position(xa, null) is null);
alter table s.checked add constraint c83 check (array_to_string(array[v, v2], ',') = 'x');
alter table s.checked add constraint c84 check (b = 't' and b = 'false');
alter table s.checked add constraint c85 check (b and i between 1 and 2);
alter table s.checked add constraint c86 check (b is not true);
alter table s.checked add constraint c87 check (b is unknown and not b is false);
alter table s.checked add constraint c88 check (b or v in (v2, x));
alter table s.checked add constraint c89 check (bi = '101'::bit(3));
alter table s.checked add constraint c90 check (bi = B'101');
alter table s.checked add constraint c91 check (by = '\x00');
alter table s.checked add constraint c92 check (c = 'abc'::char(3));
alter table s.checked add constraint c93 check (c in ('x', v));
alter table s.checked add constraint c94 check (c in ('x','y'));
alter table s.checked add constraint c95 check (c like 'a%');
alter table s.checked add constraint c96 check (c || 'x' = 'a');
alter table s.checked add constraint c97 check (c || v = 'a');
alter table s.checked add constraint c98 check (cardinality(va) <= 3);
alter table s.checked add constraint c99 check (case i when 1 then 'a' else v end = 'x');
alter table s.checked add constraint c100 check (case v when 'a' then true when 'b' then false end);
alter table s.checked add constraint c101 check (ch = 'a');
alter table s.checked add constraint c102 check (ch in ('a','b'));
alter table s.checked add constraint c103 check (char_length(c) = 3);
alter table s.checked add constraint c104 check (concat(v, 'a', 1) = 'x');
alter table s.checked add constraint c105 check (ct = row('a',1)::s.ct);
alter table s.checked add constraint c106 check (d + interval '1 day' > ts);
alter table s.checked add constraint c107 check (d - 1 > '2020-01-01');
alter table s.checked add constraint c108 check (d in ('2024-01-01','2024-01-02'));
alter table s.checked add constraint c109 check (date_part('year', d) in (2000, 2001));
alter table s.checked add constraint c110 check (di + 1 > 2);
alter table s.checked add constraint c111 check (di in (1,2));
alter table s.checked add constraint c112 check (dv = 'a' and dv || 'b' = 'x');
alter table s.checked add constraint c113 check (dv::text = 'a');
alter table s.checked add constraint c114 check (extract(epoch from iv) in (1, 2));
alter table s.checked add constraint c115 check (extract(year from d) > 2000);
alter table s.checked add constraint c116 check (f4 between 1 and 2.5);
alter table s.checked add constraint c117 check (f4 in (1,2.5));
alter table s.checked add constraint c118 check (f8 = '1.5' and f8 <> 1e10);
alter table s.checked add constraint c119 check (f8 = 'NaN' or n = 'NaN');
alter table s.checked add constraint c120 check (f8 > -1.5::float8);
alter table s.checked add constraint c121 check (f8 in (1, 2));
alter table s.checked add constraint c122 check (format('%s', v) = 'x');
alter table s.checked add constraint c123 check (greatest(v, 'x') = 'y');
alter table s.checked add constraint c124 check (i << 1 > 2 and i & 1 = 1 and ~i < 0);
alter table s.checked add constraint c125 check (i = '5');
alter table s.checked add constraint c126 check (i = 1 and (i2 = 2 and b));
alter table s.checked add constraint c127 check (i = any ('{1,2}'));
alter table s.checked add constraint c128 check (i = any (array[1,2]::bigint[]));
alter table s.checked add constraint c129 check (i = any (array[i2, 1]));
alter table s.checked add constraint c130 check (i = any (ia || 1));
alter table s.checked add constraint c131 check (i > +1);
alter table s.checked add constraint c132 check (i > - - 1);
alter table s.checked add constraint c133 check (i > - 1::bigint);
alter table s.checked add constraint c134 check (i > -(-1));
alter table s.checked add constraint c135 check (i > -1);
alter table s.checked add constraint c136 check (i ^ 2 < 10 and |/ f8 < 3 and @ i < 4);
alter table s.checked add constraint c137 check (i between symmetric 1 and 2 and b);
alter table s.checked add constraint c138 check (i in (1, 2.5));
alter table s.checked add constraint c139 check (i2 = '-5' and i2 = -5::smallint);
alter table s.checked add constraint c140 check (i2 = -5 and i8 = -5 and n = -5 and f8 = -5);
alter table s.checked add constraint c141 check (i2 = 1::smallint + 1);
alter table s.checked add constraint c142 check (i2 = 5 and i2 = '5');
alter table s.checked add constraint c143 check (i2 = any (array[1,2]));
alter table s.checked add constraint c144 check (i2 = any (array[1,2]::smallint[]));
alter table s.checked add constraint c145 check (i2 in (1,2));
alter table s.checked add constraint c146 check (i8 = '5' and i8 = 5);
alter table s.checked add constraint c147 check (i8 = any (array[1,2]));
alter table s.checked add constraint c148 check (i8 = any (array[i, i2]));
alter table s.checked add constraint c149 check (i8 > - 3000000000::bigint);
alter table s.checked add constraint c150 check (i8 > -3000000000);
alter table s.checked add constraint c151 check (i8 in (1, 3000000000));
alter table s.checked add constraint c152 check (ia && sa::int[]);
alter table s.checked add constraint c153 check (ia = array[1::smallint, 2]);
alter table s.checked add constraint c154 check (ia @> array[1,2]);
alter table s.checked add constraint c155 check (interval '1 day' * 2 < iv);
alter table s.checked add constraint c156 check (ip << '10.0.0.0/8');
alter table s.checked add constraint c157 check (iv = '1 day'::interval(3));
alter table s.checked add constraint c158 check (iv = '1'::interval hour);
alter table s.checked add constraint c159 check (iv = interval '1-2' year to month);
alter table s.checked add constraint c160 check (iv > '1 day' and iv < interval '1' year);
alter table s.checked add constraint c161 check (j ->> 'a' = v);
alter table s.checked add constraint c162 check (j::text in ('a','b'));
alter table s.checked add constraint c163 check (jb ->> 'a' in ('a','b'));
alter table s.checked add constraint c164 check (jb ? 'a' and jb ?| array['a','b']);
alter table s.checked add constraint c165 check (jb @> '{"a":1}');
alter table s.checked add constraint c166 check (length(v) in (1,2));
alter table s.checked add constraint c167 check (lower(v) in ('a','b'));
alter table s.checked add constraint c168 check (m in ('sad','ok'));
alter table s.checked add constraint c169 check (mo > 1::money);
alter table s.checked add constraint c170 check (mod(i, 2) = 0 and i % 3 = 1);
alter table s.checked add constraint c171 check (n = '1.5'::numeric(3,1));
alter table s.checked add constraint c172 check (n = 1.5::numeric(3,1));
alter table s.checked add constraint c173 check (n = 1::numeric(3,1));
alter table s.checked add constraint c174 check (n > -1.5);
alter table s.checked add constraint c175 check (n > -3000000000::numeric);
alter table s.checked add constraint c176 check (n in ('1.5', 2));
alter table s.checked add constraint c177 check (n in (1,2));
alter table s.checked add constraint c178 check (n in (1.5, 2));
alter table s.checked add constraint c179 check (n::int in (1,2));
alter table s.checked add constraint c180 check (nm = 'a' and nm like 'b%');
alter table s.checked add constraint c181 check (nm in ('a','b'));
alter table s.checked add constraint c182 check (nm || 'x' = 'y');
alter table s.checked add constraint c183 check (normalize(x, nfc) = x);
alter table s.checked add constraint c184 check (not (i between 1 and 2) or b);
alter table s.checked add constraint c185 check (not (v is null) = true);
alter table s.checked add constraint c186 check (not b);
alter table s.checked add constraint c187 check (nullif(v, 'a') is null);
alter table s.checked add constraint c188 check (num_nonnulls(i, i2) = 1 or i is null);
alter table s.checked add constraint c189 check (num_nulls(v, x) = 1);
alter table s.checked add constraint c190 check (o = 's.t'::regclass);
alter table s.checked add constraint c191 check (o in (1,2));
alter table s.checked add constraint c192 check (overlay(v placing 'x' from 1) = 'a');
alter table s.checked add constraint c193 check (p is not null);
alter table s.checked add constraint c194 check (position('a' in v) > 1);
alter table s.checked add constraint c195 check (r @> 1 and r && '[1,2]');
alter table s.checked add constraint c196 check (row(1,'a') is not null);
alter table s.checked add constraint c197 check (row(i, v) = row(1, 'a'));
alter table s.checked add constraint c198 check (row(v, i)::s.ct = ct);
alter table s.checked add constraint c199 check (row(v2, i2)::s.ct is not null);
alter table s.checked add constraint c200 check (s.fi2(1::smallint) > 0);
alter table s.checked add constraint c201 check (s.fn(1, 2) > 0);
alter table s.checked add constraint c202 check (s.fn(i, n) > 0);
alter table s.checked add constraint c203 check (s.fv(v, v2) = 'x');
alter table s.checked add constraint c204 check (sa @> array[1,2]::smallint[]);
alter table s.checked add constraint c205 check (string_to_array(v, ',') && array['a','b']);
alter table s.checked add constraint c206 check (string_to_array(v, ',')::varchar[] && array['a'::varchar,'b']);
alter table s.checked add constraint c207 check (substring(v from 'a') = 'a');
alter table s.checked add constraint c208 check (substring(v from 1 for 2) = 'a');
alter table s.checked add constraint c209 check (to_char(d, 'YYYY') in ('2020','2021'));
alter table s.checked add constraint c210 check (trim(both 'x' from v) = 'a');
alter table s.checked add constraint c211 check (true);
alter table s.checked add constraint c212 check (ts > '2020-01-01' and ts < 'infinity');
alter table s.checked add constraint c213 check (ts at time zone 'UTC' > '2020-01-01');
alter table s.checked add constraint c214 check (ts::date = d);
alter table s.checked add constraint c215 check (ts::timestamp(3) = ts);
alter table s.checked add constraint c216 check (tv @@ 'a & b');
alter table s.checked add constraint c217 check (tv @@ to_tsquery('english','a'));
alter table s.checked add constraint c218 check (tz < current_timestamp and d < current_date and tm < localtime(0));
alter table s.checked add constraint c219 check (tz > now() - interval '1 hour');
alter table s.checked add constraint c220 check (tz at time zone 'UTC' > '2020-01-01');
alter table s.checked add constraint c221 check (u = '00000000-0000-0000-0000-000000000000');
alter table s.checked add constraint c222 check (upper(v) = 'A');
alter table s.checked add constraint c223 check (v = 'abc'::char(3));
alter table s.checked add constraint c224 check (v = 'abc'::varchar(5));
alter table s.checked add constraint c225 check (v = all (array['a','b']::text[]));
alter table s.checked add constraint c226 check (v = any ('{a,b}'));
alter table s.checked add constraint c227 check (v = any (array['a','b']));
alter table s.checked add constraint c228 check (v = any (string_to_array('a,b', ',')));
alter table s.checked add constraint c229 check (v = any (va));
alter table s.checked add constraint c230 check (v = any (xa));
alter table s.checked add constraint c231 check (v >= 'a' and v < 'b');
alter table s.checked add constraint c232 check (v is distinct from null);
alter table s.checked add constraint c233 check (v is not distinct from 'a');
alter table s.checked add constraint c234 check (v like 'a%' or v ilike '%b' or v not like 'z');
alter table s.checked add constraint c235 check (v like any (array['a%','b%']));
alter table s.checked add constraint c236 check (v similar to 'a%');
alter table s.checked add constraint c237 check (v || 'x' = 'ax');
alter table s.checked add constraint c238 check (v ~ '^a' and v !~* 'b');
alter table s.checked add constraint c239 check (v ~~* any ('{a,b}'::varchar[]));
alter table s.checked add constraint c240 check (v::text <> all (array['a','b']));
alter table s.checked add constraint c241 check (va <@ array['a','b']::varchar[]);
alter table s.checked add constraint c242 check (va <@ array['a'::text,'b']::varchar[]);
alter table s.checked add constraint c243 check (x = 'abc'::text::char(3));
alter table s.checked add constraint c244 check (x = any (array[v2, v]::text[]));
alter table s.checked add constraint c245 check (x = any (va));
alter table s.checked add constraint c246 check (x = current_user);
alter table s.checked add constraint c247 check (x = session_user and x <> user);
alter table s.checked add constraint c248 check (x in ('a'::varchar, 'b'::char(2)));
alter table s.checked add constraint c249 check (x is normalized);
alter table s.checked add constraint c250 check (x::char(2) in ('a','b'));
alter table s.checked add constraint c251 check (xa @> '{a}');
alter table s.checked add constraint c252 check (xa @> array['a']);
alter table s.checked add constraint c253 check (xm is document);
alter table s.checked add constraint c254 check (xml_is_well_formed(x));
create index i1 on s.checked ((case when v in ('a','b') then 1 else -1 end));
create index i2 on s.checked ((i > -1::int));
create index i3 on s.checked ((i between 1 and 2 and b));
create index i4 on s.checked ((v in ('a','b')));
create index i5 on s.checked ((v || 'x')) where v not in ('q','r');
create index i6 on s.checked (i) where c::varchar in ('a','b');
create index i7 on s.checked (i, (n + 1)) where (i between 1 and 2) and b;
create index i8 on s.checked (lower(v)) where v in ('a','b') and i between 1 and 2;
create index i9 on s.checked (s.ft(array[v,v2]));
create index i10 on s.checked (v) where v in ('a','b');
create index i11 on s.checked (((ct).a));
create index i12 on s.checked (((tz at time zone 'UTC')::date));
create index i13 on s.checked ((array[v, v2]::text[]));
create index i14 on s.checked ((extract(epoch from iv)));
create index i15 on s.checked ((i % 10)) where m in ('sad','ok');
create index i16 on s.checked ((i::text)) where i::text in ('1','2');
create index i17 on s.checked ((jb -> 'a' ->> 'b'), lower(x::varchar));
create index i18 on s.checked ((jb ->> 'a')) where jb ? 'a';
create index i19 on s.checked ((substring(v from 1 for 2)));
create index i20 on s.checked ((ts::date));
create index i21 on s.checked ((tz at time zone 'UTC'));
create index i22 on s.checked ((v collate "C"));
create index i23 on s.checked ((va[1]));
create index i24 on s.checked (coalesce(v, 'a'), nullif(i, 0));
create index i25 on s.checked (date_part('year', d));
create index i26 on s.checked (date_trunc('day', ts));
create index i27 on s.checked (extract(year from d));
create index i28 on s.checked (i) include (n, v) where i is not null;
create index i29 on s.checked (i) where ((v = 'a' or x = 'b') or i = 1) and b;
create index i30 on s.checked (i) where (c)::text in ('a','b');
create index i31 on s.checked (i) where (i, n) > (1, 2);
create index i32 on s.checked (i) where (v = 'a' and x = 'b') and i = 1;
create index i33 on s.checked (i) where (v = 'a' or v = 'b') and (x = 'c' or x = 'd' or x = 'e');
create index i34 on s.checked (i) where b and not (v is null);
create index i35 on s.checked (i) where b is true and b is not false;
create index i36 on s.checked (i) where c in ('a','b');
create index i37 on s.checked (i) where d >= '2020-01-01' and d < '2021-01-01';
create index i38 on s.checked (i) where f4 in (1.5, 2);
create index i39 on s.checked (i) where i in (1, 2) or i between 5 and 6 or b;
create index i40 on s.checked (i) where m = any (array['sad','ok']::s.mood[]);
create index i41 on s.checked (i) where not (i in (1,2) and b);
create index i42 on s.checked (i) where not b;
create index i43 on s.checked (i) where tz > '2020-01-01 00:00:00+00';
create index i44 on s.checked (substr(v, 1, 2));
create index i45 on s.checked (v varchar_pattern_ops desc nulls last, x text_pattern_ops);
create index i46 on s.checked (x collate "C");
create index i47 on s.checked using brin (d) with (pages_per_range = 4);
create index i48 on s.checked using gin (jb jsonb_path_ops);
create index i49 on s.checked using gin (to_tsvector('english', x));
create index i50 on s.checked using gin (to_tsvector('english'::regconfig, coalesce(v,'') || ' ' || coalesce(x,'')));
create index i51 on s.checked using gist (r);
create index i52 on s.checked using hash (v);
create view s.q1 as select (((i, n) = (1, 2) and b) or (i between 1 and 2 and b)) or not b as q from s.t;
create view s.q2 as select ((i between 1 and 2 and b) and (i between 1 and 2 and b)) and b as q from s.t;
create view s.q3 as select (i = 1) = (v in ('a','b')) as q, not (i between 1 and 2) as z, (i between 1 and 2) is true as y from s.t;
create view s.q4 as select * from unnest(array['a','b']::varchar[]::text[]) as u;
create view s.q5 as select case v when 'a' then 1 when 'b' then 2 else null end as q, case when i between 1 and 2 and b then 'a' else v end as z from s.t;
create view s.q6 as select coalesce(a.v, b.v)::text as v from s.t a full join s.t b on a.i = b.i and (a.v in ('a','b') or b.v in ('c','d'));
create view s.q7 as select count(*) from s.t where tz between now() - interval '1 day' and now() and b;
create view s.q8 as select ct from s.t where ct = row('a', 1) or ct is null or (ct).a in ('a','b');
create view s.q9 as select distinct i from s.t a left join lateral (select b.v from s.t b where b.i = a.i and b.v in ('a','b') limit 1) l on true;
create view s.q10 as select distinct v, x from s.t where v between 'a' and 'b' and b;
create view s.q11 as select i between 1 and 2 and i between 3 and 4 and b as q, (i between 1 and 2 or b) and (i = 3 or i = 4) as z from s.t;
create view s.q12 as select i in (1, i2, i8) as a, v in ('a', v2, x) as b, n in (1, i, 2.5) as c, v not in ('a', 'b', v2) as d, (i in (i2, i8)) and b as e, (i not in (i2, i8)) and b as f from s.t;
create view s.q13 as select i, count(*) filter (where v in ('a','b')) from s.t group by i having count(*) > 1 and sum(n) between 1 and 2 and max(i) < 3;
create view s.q14 as select max(v), min(c), sum(i2), avg(i), bool_and(v in ('a','b')), every(i between 1 and 2 and b) from s.t;
create view s.q15 as select s.t.i from s.t where s.t.v in ('a','b');
create view s.q16 as select s1.i from (select i from s.t where i in (select i2 from s.t u where u.v in ('a','b'))) s1 where s1.i > 1 and (s1.i between 2 and 3);
create view s.q17 as select t.* from s.t where v in ('a','b');
create view s.q18 as select t1.i from s.t t1, s.t t2, lateral (select t1.i + t2.i as q) l where l.q > -1::int;
create view s.q19 as select v in ('a', 'b', null) as q, i in (1, null) as w, v not in ('a', null) as z, i in (1) as y, v in ('a') as x from s.t;
create view s.q20 as with recursive r as (select 1 as n, 'a'::varchar as v union all select n + 1, v from r where n < 10 and v in ('a','b')) select n, v from r;
create view s.q21 as (select i from s.t limit 1) union all (select i2 from s.t order by i2 limit 2);
create view s.q22 as select "json", json_table from (select 1 as "json", 2 as json_table) t;
create view s.q23 as select 'a' as q union select v from s.t;
create view s.q24 as select ((i = 1 and b) and i = 2) and i = 3 as q from s.t;
create view s.q25 as select (ct).* from s.t;
create view s.q26 as select (d, iv) overlaps (d, d) from s.t;
create view s.q27 as select (i, v) in (select i2, x from s.t) as r, (i, i2) = (select i, i2 from s.t limit 1) as q from s.t;
create view s.q28 as select (select max(i) from s.t u where u.v = t.v) as m, exists (select 1 from s.t z where z.i = t.i) as e, i in (select i2 from s.t) as inq, i not in (select i2 from s.t) as nin, i = any (select i8 from s.t) as ai, i > all (select i2 from s.t) as al, array(select v from s.t) as av, array(select v from s.t)::text[] as at from s.t;
create view s.q29 as select * from (values (1,'a'),(2,'b')) as q(a,b);
create view s.q30 as select * from generate_series(1, 3) g;
create view s.q31 as select * from generate_series(1, 3) with ordinality as g(a, b);
create view s.q32 as select * from json_to_recordset('[]') as x(a int, b varchar(3));
create view s.q33 as select * from rows from (generate_series(1,2), generate_series(1,3) ) as q(a,b);
create view s.q34 as select * from s.t;
create view s.q35 as select * from s.t as a(z, y);
create view s.q36 as select * from s.t t1 natural join (select i, 1 as zz from s.t) t2;
create view s.q37 as select * from s.t tablesample bernoulli (10.5);
create view s.q38 as select * from s.t tablesample system (10) repeatable (1);
create view s.q39 as select * from unnest(array['a','b']::varchar[], array[1,2]) as u(a, b);
create view s.q40 as select a.i from s.t a full join s.t b using (i) where a.i is null or b.i is null;
create view s.q41 as select a.z from s.t as a(z, y);
create view s.q42 as select collation for (v), current_catalog, current_schema, current_role, localtimestamp, current_time(2), current_timestamp from s.t;
create view s.q43 as select distinct on (i) i, v from s.t order by i, v desc nulls last;
create view s.q44 as select from s.t;
create view s.q45 as select grouping(i) from s.t group by rollup(i);
create view s.q46 as select i + 1 as j, count(*) from s.t group by 1 order by 1;
create view s.q47 as select i + 1 as j, count(*) from s.t group by i + 1 order by i + 1, count(*) desc;
create view s.q48 as select i = 1 and (b and (i = 2 and i = 3)) as q from s.t;
create view s.q49 as select i from only s.t for update;
create view s.q50 as select i from s.t a full join s.t b using (i);
create view s.q51 as select i from s.t a left join s.t b using (i) right join s.t c using (i);
create view s.q52 as select i from s.t fetch first row only;
create view s.q53 as select i from s.t group by i order by max(n) using >;
create view s.q54 as select i from s.t limit (select 3);
create view s.q55 as select i from s.t limit 1 + 1;
create view s.q56 as select i from s.t limit 10 offset 5;
create view s.q57 as select i from s.t limit null;
create view s.q58 as select i from s.t order by i fetch first 3 rows with ties;
create view s.q59 as select i from s.t t where exists (select from s.t u where u.i = t.i);
create view s.q60 as select i from s.t tt, (select 1 as one) ss where tt.i = ss.one;
create view s.q61 as select i from s.t where (i = 1) is distinct from (i = 2) and v is not distinct from 'a';
create view s.q62 as select i from s.t where (v, x) in (values ('a', 'b'), ('c', 'd'));
create view s.q63 as select i from s.t where b and (v between 'a' and 'b') and not b or b;
create view s.q64 as select i from s.t where i = any (values (1), (2));
create view s.q65 as select i from s.t where v = 'a' and x = v and c = v and nm = v and dv = v;
create view s.q66 as select i from s.t where v in (select unnest(array['a','b']::varchar[]));
create view s.q67 as select i from s.t where v in (values ('a'), ('b'));
create view s.q68 as select i, (select string_agg(v, ',') from (select v from s.t z where z.i = t.i order by v limit 3) q) from s.t;
create view s.q69 as select i, i as i2x, v "V", n as "select", d as "a b" from s.t;
create view s.q70 as select i, row_number() over (partition by v order by i rows between 1 preceding and current row) from s.t;
create view s.q71 as select i, v, grouping(i, v), sum(n) from s.t group by grouping sets ((i), (i, v), ());
create view s.q72 as select i, v, sum(n) from s.t group by cube (i, (v, x));
create view s.q73 as select i, v, sum(n) from s.t group by rollup (i, v);
create view s.q74 as select i::regclass, 's.t'::regclass, 's.t'::regclass::oid, 'int4'::regtype, 'now'::regproc from s.t;
create view s.q75 as select lag(v, 1, 'a') over (order by i), ntile(4) over (), first_value(v) over (order by i groups between 1 preceding and 1 following exclude current row), nth_value(v, 2) over w from s.t window w as (order by i);
create view s.q76 as select null as q union select 1;
create view s.q77 as select string_agg(v, ',' order by i desc), array_agg(distinct v), percentile_cont(0.5) within group (order by f8), mode() within group (order by v), count(distinct (i, v)) from s.t;
create view s.q78 as select sum(i) over (order by d range between '1 day'::interval preceding and unbounded following) from s.t;
create view s.q79 as select sum(i) over w, avg(n) over (w rows unbounded preceding exclude ties) from s.t window w as (partition by v order by i);
create view s.q80 as select t."json" from (select 1 as "json", 2 as json_table, 3 as merge_action) t;
create view s.q81 as select t.i from s.t for share of t nowait;
create view s.q82 as select t.i, u.i as ui from s.t join s.t u using (i);
create view s.q83 as select v from s.t union (select x from s.t except select 'q') order by 1 limit 3 offset 1;
create view s.q84 as select v from s.t union select x from s.t union all select 'a';
create view s.q85 as select v::text as v, count(*) from s.t group by v::text;
create view s.q86 as select x.* from s.t cross join lateral (select v as w) x;
create view s.q87 as select xmlelement(name a, xmlattributes(v as b), x), xmlforest(v as a, i), xmlconcat(xm, xm), xmlpi(name p, 'x'), xmlparse(content x), xmlserialize(content xm as text), xmlroot(xm, version '1.0'), xmlexists('//a' passing xm), xm is document, xmlagg(xm) over () from s.t;
create view s.q88 as values (1,'a'::varchar),(2,'b');
create view s.q89 as with recursive r(n) as (select 1 union all select n + 1 from r where n < 10) select * from r;
create view s.v1 as select -1::int as q from s.t;
create view s.v2 as select array['a','b']::varchar[]::text[] as q from s.t;
create view s.v3 as select jb #>> array[v, 'b'] as q from s.t;
create view s.v4 as select jb - array[v,v2] as q from s.t;
create view s.v5 as select jb -> -1::int as q from s.t;
create view s.v6 as select left(v, -1::int) as q from s.t;
create view s.v7 as select n * -1::int as q from s.t;
create view s.v8 as select s.ft(array[v]) as q from s.t;
create view s.v9 as select sum(case when i between 1 and 2 and b then 1 else -1 end) as q from s.t;
create view s.v10 as select sum(case when v in ('a','b') then n else 0 end) as q from s.t;
create view s.v11 as select v = any (array[v2,'a']) as q from s.t;
create view s.v12 as select v collate "C" in ('a','b') as q from s.t;
create view s.v13 as select "left"(v, 2) as q from s.t;
create view s.v14 as select "right"(v, 2) as q from s.t;
create view s.v15 as select $$a$$ as q from s.t;
create view s.v16 as select '1'::numeric(3,1) as q from s.t;
create view s.v17 as select 'a' as q from s.t;
create view s.v18 as select 'a'::char(3) as q from s.t;
create view s.v19 as select 'a'::varchar as q from s.t;
create view s.v20 as select 'it''s' as q from s.t;
create view s.v21 as select 'x'::"char" as q from s.t;
create view s.v22 as select '{a}'::varchar[] as q from s.t;
create view s.v23 as select (array['a','b'])[1] as q from s.t;
create view s.v24 as select (t.ct).b as q from s.t;
create view s.v25 as select (v || x) collate "C" < 'a' as q from s.t;
create view s.v26 as select +i as q from s.t;
create view s.v27 as select - (-i) as q from s.t;
create view s.v28 as select - 1.5 as q from s.t;
create view s.v29 as select -1 as q from s.t;
create view s.v30 as select -i as q from s.t;
create view s.v31 as select 1 as q from s.t;
create view s.v32 as select 1.5 as q from s.t;
create view s.v33 as select 10000000000 as q from s.t;
create view s.v34 as select 1::bool as q from s.t;
create view s.v35 as select 1e3 as q from s.t;
create view s.v36 as select 2 * iv as q from s.t;
create view s.v37 as select @i as q from s.t;
create view s.v38 as select age(d, current_date) as q from s.t;
create view s.v39 as select array[[1,2],[3,4]] as q from s.t;
create view s.v40 as select array[]::int[] as q from s.t;
create view s.v41 as select array[array[v],array[v2]]::text[] as q from s.t;
create view s.v42 as select array[i, 1.5] as q from s.t;
create view s.v43 as select array[v, v2] as q from s.t;
create view s.v44 as select array[v, v2]::text[] as q from s.t;
create view s.v45 as select array[v, x] as q from s.t;
create view s.v46 as select array_append(va, v) as q from s.t;
create view s.v47 as select array_cat(va, array[v]) as q from s.t;
create view s.v48 as select array_position(va, v) as q from s.t;
create view s.v49 as select array_remove(va, 'a') as q from s.t;
create view s.v50 as select b'101' as q from s.t;
create view s.v51 as select b::int as q from s.t;
create view s.v52 as select cast(v as int) as q from s.t;
create view s.v53 as select coalesce(d, current_date) as q from s.t;
create view s.v54 as select coalesce(i, 0) as q from s.t;
create view s.v55 as select coalesce(n, 0) as q from s.t;
create view s.v56 as select coalesce(v, 'a') as q from s.t;
create view s.v57 as select concat(v, 1, null) as q from s.t;
create view s.v58 as select concat_ws(',', v, x) as q from s.t;
create view s.v59 as select count(*) as q from s.t;
create view s.v60 as select count(t) as q from s.t;
create view s.v61 as select count(t.*) as q from s.t;
create view s.v62 as select d + 1 as q from s.t;
create view s.v63 as select d - d as q from s.t;
create view s.v64 as select d at time zone 'utc' as q from s.t;
create view s.v65 as select d in ('2020-01-01') as q from s.t;
create view s.v66 as select date '2020-01-01' as q from s.t;
create view s.v67 as select date_part('dow', ts) as q from s.t;
create view s.v68 as select date_trunc('month', tz) as q from s.t;
create view s.v69 as select date_trunc('month', tz, 'UTC') as q from s.t;
create view s.v70 as select e'a\\b' as q from s.t;
create view s.v71 as select enum_range(m) as q from s.t;
create view s.v72 as select extract(epoch from tz) as q from s.t;
create view s.v73 as select extract(year from d) as q from s.t;
create view s.v74 as select f4 in (1, 2.5) as q from s.t;
create view s.v75 as select f8 in (1, 2.5) as q from s.t;
create view s.v76 as select format('%s', v) as q from s.t;
create view s.v77 as select greatest(i, n, 1.5) as q from s.t;
create view s.v78 as select i # 2 as q from s.t;
create view s.v79 as select i % 2 as q from s.t;
create view s.v80 as select i / 2 as q from s.t;
create view s.v81 as select i / 2.0 as q from s.t;
create view s.v82 as select i << 1 as q from s.t;
create view s.v83 as select i ^ 2 as q from s.t;
create view s.v84 as select i operator(pg_catalog.+) 1 as q from s.t;
create view s.v85 as select i | 1 as q from s.t;
create view s.v86 as select i2 in (1, 2) as q from s.t;
create view s.v87 as select i8 in (1, 2) as q from s.t;
create view s.v88 as select i::char(3) as q from s.t;
create view s.v89 as select i::numeric(5,1) as q from s.t;
create view s.v90 as select i::text::varchar as q from s.t;
create view s.v91 as select int4range(i, 5, '[]') as q from s.t;
create view s.v92 as select interval '1 day' as q from s.t;
create view s.v93 as select interval '1' year as q from s.t;
create view s.v94 as select interval '1.5' second(2) as q from s.t;
create view s.v95 as select iv * 2.5 as q from s.t;
create view s.v96 as select iv / 2 as q from s.t;
create view s.v97 as select iv::interval(2) as q from s.t;
create view s.v98 as select jb as q from s.t;
create view s.v99 as select jb #- '{a}' as q from s.t;
create view s.v100 as select jb #> '{a,b}' as q from s.t;
create view s.v101 as select jb #>> array['a','b'] as q from s.t;
create view s.v102 as select jb - 'a' as q from s.t;
create view s.v103 as select jb - array['a','b'] as q from s.t;
create view s.v104 as select jb -> 'a' ->> 'b' as q from s.t;
create view s.v105 as select jb -> -1 as q from s.t;
create view s.v106 as select jb -> 0 as q from s.t;
create view s.v107 as select jb @> '{}' as q from s.t;
create view s.v108 as select jb @? '$.a' as q from s.t;
create view s.v109 as select jb @@ '$.a' as q from s.t;
create view s.v110 as select jb || '{}' as q from s.t;
create view s.v111 as select json_build_object('a', v, 'b', i) as q from s.t;
create view s.v112 as select json_object_agg(v, i) as q from s.t;
create view s.v113 as select jsonb_agg(t) as q from s.t;
create view s.v114 as select jsonb_path_query_first(jb, '$.a') as q from s.t;
create view s.v115 as select least(v, x, 'a') as q from s.t;
create view s.v116 as select left(v, -1) as q from s.t;
create view s.v117 as select lower(r) as q from s.t;
create view s.v118 as select m = 'sad' as q from s.t;
create view s.v119 as select m > 'sad' as q from s.t;
create view s.v120 as select m in ('sad','ok') as q from s.t;
create view s.v121 as select m::text in ('sad','ok') as q from s.t;
create view s.v122 as select make_interval(days => 3) as q from s.t;
create view s.v123 as select n * -1 as q from s.t;
create view s.v124 as select n in (1, 2.5) as q from s.t;
create view s.v125 as select n::numeric(5,1) as q from s.t;
create view s.v126 as select normalize(x) as q from s.t;
create view s.v127 as select now() - tz as q from s.t;
create view s.v128 as select null as q from s.t;
create view s.v129 as select num_nulls(v, i) as q from s.t;
create view s.v130 as select overlay(v placing 'x' from 1 for 2) as q from s.t;
create view s.v131 as select pg_catalog.lower(v) as q from s.t;
create view s.v132 as select pg_typeof(v) as q from s.t;
create view s.v133 as select position('a' in v) as q from s.t;
create view s.v134 as select r && int4range(1, 2) as q from s.t;
create view s.v135 as select r = '[1,2)' as q from s.t;
create view s.v136 as select r @> 1 as q from s.t;
create view s.v137 as select row_to_json(t) as q from s.t;
create view s.v138 as select s.fn(i, 1) as q from s.t;
create view s.v139 as select s.ft(va) as q from s.t;
create view s.v140 as select s.fv(v, v2) as q from s.t;
create view s.v141 as select s.fv(variadic va) as q from s.t;
create view s.v142 as select substring(v for 2) as q from s.t;
create view s.v143 as select substring(v from 'a' for '#') as q from s.t;
create view s.v144 as select substring(v from 1) as q from s.t;
create view s.v145 as select sum(n) * -1 as q from s.t;
create view s.v146 as select tm at time zone interval '1 hour' as q from s.t;
create view s.v147 as select to_date(v, 'YYYY') as q from s.t;
create view s.v148 as select to_jsonb(t) as q from s.t;
create view s.v149 as select trim(leading from v) as q from s.t;
create view s.v150 as select trim(trailing 'x' from v) as q from s.t;
create view s.v151 as select trim(v) as q from s.t;
create view s.v152 as select true as q from s.t;
create view s.v153 as select ts + interval '1 day' as q from s.t;
create view s.v154 as select ts - ts as q from s.t;
create view s.v155 as select ts in ('2020-01-01', now()) as q from s.t;
create view s.v156 as select tz + '1 day' as q from s.t;
create view s.v157 as select tz at time zone v as q from s.t;
create view s.v158 as select tz::timestamp(0) as q from s.t;
create view s.v159 as select u = '00000000-0000-0000-0000-000000000000' as q from s.t;
create view s.v160 as select u in ('00000000-0000-0000-0000-000000000000') as q from s.t;
create view s.v161 as select u&'\0041' as q from s.t;
create view s.v162 as select u::text in ('a','b') as q from s.t;
create view s.v163 as select v = any (va) as q from s.t;
create view s.v164 as select v::int::text::varchar(3) as q from s.t;
create view s.v165 as select va || 'a'::varchar as q from s.t;
create view s.v166 as select va || array['a']::varchar[] as q from s.t;
create view s.v167 as select va || v as q from s.t;
create view s.v168 as select va[1:2] as q from s.t;
create view s.v169 as select va[1] as q from s.t;
create view s.v170 as select x = any (va) as q from s.t;
create view s.v171 as select x collate "C" as q from s.t;
create view s.v172 as select x ilike 'a' as q from s.t;
create view s.v173 as select x is nfc normalized as q from s.t;
create view s.v174 as select x like 'a' escape '#' as q from s.t;
create view s.v175 as select x not like 'a' as q from s.t;
create view s.v176 as select x not similar to 'a' as q from s.t;
create view s.v177 as select x operator(pg_catalog.||) v as q from s.t;
create view s.v178 as select x similar to 'a' escape '#' as q from s.t;
create view s.v179 as select x ~~ 'a' as q from s.t;
create view s.v180 as select x'1f' as q from s.t;
create view s.v181 as select |/ f8 as q from s.t;
create view s.v182 as select ~i as q from s.t;
create view s.v183 as select ((i, n) <> (1,2)) or b as q from s.t;
create view s.v184 as select (- 1.50::numeric) as q from s.t;
create view s.v185 as select (-1::int)::text as q from s.t;
create view s.v186 as select (array[v]::text[])::varchar[]::text[] as q from s.t;
create view s.v187 as select (i between 1 and 2 and b) is null as q from s.t;
create view s.v188 as select (i in (i2,i8) or b) and (i in (i2,i8) or b) as q from s.t;
create view s.v189 as select (select i from s.t where i between 1 and 2 and b limit 1) as q from s.t;
create view s.v190 as select - 0.0::numeric as q from s.t;
create view s.v191 as select - 0::int as q from s.t;
create view s.v192 as select - 2147483647::int as q from s.t;
create view s.v193 as select -(-1::int) as q from s.t;
create view s.v194 as select -1::int - 1 as q from s.t;
create view s.v195 as select @(-1::int) as q from s.t;
create view s.v196 as select array[(i between 1 and 2) and b]::text[] as q from s.t;
create view s.v197 as select array[-1::int, 2] as q from s.t;
create view s.v198 as select array[-1::int, 2]::numeric[] as q from s.t;
create view s.v199 as select array[ts]::timestamptz[]::text[] as q from s.t;
create view s.v200 as select array[x]::varchar[]::varchar(3)[] as q from s.t;
create view s.v201 as select coalesce(i between 1 and 2 and b, b or b) as q from s.t;
create view s.v202 as select exists(select 1 from s.t u where u.i between 1 and 2 and u.b) and b and (b or b) as q from s.t;
create view s.v203 as select i - (-1::int) as q from s.t;
create view s.v204 as select not (i between 1 and 2 and b) as q from s.t;
create view s.v205 as select s.ft(array['a','b']::varchar(3)[]) as q from s.t;
create view s.v206 as select !!'a'::tsquery as q from s.t;
create view s.v207 as select (array[v,v2]::text[])[1] as q from s.t;
create view s.v208 as select (b and b) and (b and b) as q from s.t;
create view s.v209 as select (b or b) or (b or b) as q from s.t;
create view s.v210 as select (i,i2,i8) <> (1,2,3) as q from s.t;
create view s.v211 as select (i,i2,i8) = (1,2,3) as q from s.t;
create view s.v212 as select -2147483648::int8 as q from s.t;
create view s.v213 as select -interval '1 day' as q from s.t;
create view s.v214 as select array['a','b']::varchar(3)[] as q from s.t;
create view s.v215 as select array['a'::text,'b']::char(2)[] as q from s.t;
create view s.v216 as select array[(select v from s.t limit 1)]::text[] as q from s.t;
create view s.v217 as select array[(v, x)]::text[] as q from s.t;
create view s.v218 as select array[1,2]::numeric(5,1)[] as q from s.t;
create view s.v219 as select array[array[v],array[v2]]::s.dv[] as q from s.t;
create view s.v220 as select array[array[v],va]::text[] as q from s.t;
create view s.v221 as select array[lower(v), v]::varchar[] as q from s.t;
create view s.v222 as select array[n]::numeric(5,1)[] as q from s.t;
create view s.v223 as select array[null::varchar, v]::text[] as q from s.t;
create view s.v224 as select array[true, b]::text[] as q from s.t;
create view s.v225 as select array[ts]::timestamp(0)[] as q from s.t;
create view s.v226 as select array[ts]::timestamptz[] as q from s.t;
create view s.v227 as select array[v]::varchar(3)[] as q from s.t;
create view s.v228 as select array[va, va]::text[] as q from s.t;
create view s.v229 as select array[x]::varchar(3)[] as q from s.t;
create view s.v230 as select b and b or b and b or (b or b) as q from s.t;
create view s.v231 as select b or (b or b) as q from s.t;
create view s.v232 as select case when i between 1 and 2 then b when i in (i2, i8) and b then not b end as q from s.t;
create view s.v233 as select interval '-1 day' as q from s.t;
create view s.v234 as select xmlexists('//a' passing xm) and b as q from s.t;
create table s.defaults (
  d1 int default -1::int,
  d2 numeric default -1::int,
  d3 s.mood[] default array['sad','ok']::text[]::s.mood[],
  d4 text[] default array[array['a'::varchar,'b'],array['c','d']],
  d5 text default case when 'a'::varchar in ('a','b') then 'x' end,
  d6 text default left('abc', -1::int),
  d7 "char" default 'a',
  d8 bigint[] default array[1,2],
  d9 bigint[] default array[1,2]::int[],
  d10 bigint default (extract(epoch from now()) * 1000)::bigint,
  d11 bigint default -1::bigint,
  d12 bigint default extract(epoch from now()),
  d13 bit varying default B'101',
  d14 bit(3) default B'101',
  d15 bool default 'a' ~ 'b',
  d16 bool default (1,2) = (1,2),
  d17 bool default (1,2,3) <> (1,2,3),
  d18 bool default 1 is distinct from 2,
  d19 bool default 1::bool,
  d20 bytea default '\x00',
  d21 char(3) default 'a',
  d22 char default 'a',
  d23 date default 'now',
  d24 date default ('now'::text)::date,
  d25 date default current_date + 1,
  d26 date default date_trunc('day', now()),
  d27 float8 default -1.5,
  d28 float8 default -1.5::float8,
  d29 inet default '127.0.0.1',
  d30 inet default inet_client_addr(),
  d31 int4range default int4range(1,2),
  d32 int[] default array[1,2] || 3,
  d33 int[] default array[]::int[],
  d34 int[] default array[array[1,2],array[3,4]],
  d35 interval year to month default '1 year',
  d36 interval(3) default '1 second',
  d37 interval default '1 day',
  d38 interval default interval '1 day' * -1,
  d39 interval default interval '1' day,
  d40 int default '1'::text::int,
  d41 int default (1 + 2) * 3,
  d42 int default (random() * -100)::int,
  d43 int default - 5::numeric,
  d44 int default -(1 + 2),
  d45 int default 1 + 2 * 3 - -4,
  d46 int default 1.5,
  d47 int default 2 ^ 3,
  d49 int default @ -5,
  d50 int default array_length(array[1,2], 1),
  d51 int default date_part('year', now()),
  d52 int default floor(random() * 100),
  d53 int default greatest(1, 2),
  d54 int default length('a'),
  d55 int default ~5,
  d56 jsonb default '{"a":[1,2]}'::jsonb,
  d57 jsonb default jsonb_build_object('a', 1),
  d58 jsonb default to_jsonb(array['a','b']),
  d59 json default '{}',
  d60 money default 1,
  d61 name default current_user,
  d62 numeric(10,2) default 0,
  d63 numeric[] default array[1,2.5],
  d64 numeric[] default array[1,2],
  d65 numeric default -1,
  d66 numeric default random() * 100,
  d67 oid default 1,
  d68 point default '(1,2)',
  d69 point default point(1,2),
  d70 regclass default 's.t',
  d71 regtype default 'int',
  d72 s.ct default ('a',1),
  d73 s.ct default row('a',1),
  d74 s.ct default row('a'::varchar,1)::s.ct,
  d75 s.da default array['a'::varchar],
  d76 s.da default array['a'],
  d77 s.dv[] default array['a','b'],
  d78 s.dv[] default array['a','b']::s.dv[],
  d79 s.dv[] default array['a','b']::varchar[],
  d80 s.dv default 'a',
  d81 s.mood[] default '{sad}',
  d82 s.mood[] default array['sad']::s.mood[],
  d83 s.mood default 'sad',
  d84 s.mood default 'sad'::text::s.mood,
  d85 smallint default -1,
  d86 smallint default -1::smallint,
  d87 text[] default '{}',
  d88 text[] default array['a','b']::varchar[],
  d89 text[] default array['a'::varchar collate "C", 'b'],
  d90 text[] default array['a'::varchar, 'b'],
  d91 text[] default array[]::text[],
  d92 text[] default array[array['a','b'],array['c','d']],
  d93 text[] default string_to_array('a,b', ','),
  d94 text default 'a' collate "C",
  d95 text default 'a'::char,
  d96 text default 'a'::char(3),
  d97 text default 'a'::varchar collate "C",
  d98 text default 'it''s',
  d99 text default '{a,b}'::text[]::text,
  d100 text default (array['a','b'])[1],
  d101 text default 1,
  d102 text default 1.5,
  d103 text default E'a\\b\n',
  d104 text default U&'\0041',
  d105 text default array_to_string(array['a','b'], ','),
  d106 text default coalesce(null, 'a'),
  d107 text default concat('a', 1, null),
  d108 text default current_database(),
  d109 text default current_setting('a.b', true),
  d110 text default current_setting('server_version'),
  d111 text default current_user,
  d112 text default format('%s-%s', 'a', 1),
  d113 text default left('abc', -1),
  d114 text default lpad('a', 3, '0'),
  d115 text default md5(random()::text),
  d116 text default null::varchar,
  d117 text default nullif('a', 'b'),
  d118 text default overlay('abc' placing 'x' from 2 for 1),
  d119 text default position('a' in 'b')::text,
  d120 text default quote_ident('a'),
  d121 text default session_user || current_schema,
  d122 text default substr('abc', 2),
  d123 text default substring(md5('a') from 1 for 3),
  d124 text default to_char(now(), 'YYYY'),
  d125 text default trim('  a '),
  d126 text default trim(leading 'x' from 'xxa'),
  d127 text default user,
  d128 text default version(),
  d129 timestamptz(3) default current_timestamp(3),
  d130 timestamptz(3) default now(),
  d131 timestamptz default '-infinity'::timestamptz,
  d132 timestamptz default 'infinity',
  d133 timestamptz default date_trunc('day', now()),
  d134 timestamptz default make_timestamptz(2020,1,1,0,0,0),
  d135 timestamptz default now(),
  d136 timestamptz default now() + '1 day',
  d137 timestamptz default to_timestamp(0),
  d138 timestamp default 'now()',
  d139 timestamp default timezone('utc', now()),
  d140 time default current_time,
  d141 time default localtime(2),
  d142 tsvector default to_tsvector('english', 'a b'),
  d143 uuid default gen_random_uuid(),
  d144 varchar(10) default 'a',
  d145 varchar(10) default 'a' || 'b',
  d146 varchar(2) default 1,
  d147 varchar(3)[] default array['a','b'],
  d148 varchar[] default array['a' collate "C", 'b'],
  d149 varchar[] default array['a','b'],
  d150 varchar[] default array[array['a','b'],array['c','d']],
  d151 varchar default current_user,
  d152 varchar default null::varchar(3),
  d153 xml default '<a/>',
  d154 xml default xmlelement(name foo, 'a')
);
