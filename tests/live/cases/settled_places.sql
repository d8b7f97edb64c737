-- no judge: the source's texts settle when they are executed again
-- The forms that settle only when they are executed again, in every place that an expression can have.
create table t (id int primary key, k int, v varchar(10), w varchar(5), b boolean, n numeric(10,2));
create function f(text[], int default -1::int) returns boolean immutable language sql as 'select true';
create domain status as varchar(10) default 'NEW' check (value in ('NEW', 'PAID') and length(value) between 1 and 10 and value <> 'x');
create domain small as int constraint in_range check (value between -5::int and 5 and value <> -1::int) not null;
alter table t add constraint one check (v in ('a', 'b') and k between 1 and 2 and b),
  add constraint two check ((v in ('a') or k in (id, 1)) or f(array[v, w])),
  add constraint three check ((k, id) is distinct from (1, 2) and n > -1.5::numeric) not valid,
  add constraint four exclude using btree (id with =) where (v in ('a', 'b') and k between 1 and 2 and b);
create index plain on t (lower(v)) where w not in ('a', 'b') or k between 1 and 2 or b;
create index by_expression on t ((v in ('a', 'b')), (k - -1::int), (k between 1 and 2 and b));
create unique index only_one on t (id) where (k, id) = (1, 2) and b;
create view simple as select * from t where v in ('a', 'b') and k between 1 and 2 and b;
create view joined as select a.id, b.v in ('a', 'b') as known, count(*) filter (where a.k between 1 and 2 and a.b) as several
  from t a left join t b on a.id = b.id and b.w in ('x', 'y') and b.k between 1 and 2 and b.b
  group by a.id, b.v having max(a.k) between -1::int and 2 and min(b.v) in ('a', 'b') and bool_and(a.b)
  order by case when b.v in ('a', 'b') then 1 else -1::int end limit 10;
create view nested as with q as (select id from t where v in ('a', 'b') union select id from t where k between 1 and 2 and b)
  select *, (select max(t.v) from t where t.id = q.id and t.v in ('c', 'd')) as v from q
  where exists (select 1 from t where t.id = q.id and (t.k, t.id) is distinct from (1, 2));
create view windowed as select id, sum(case when v in ('a', 'b') then -1::int else k end) over (
  partition by v in ('a', 'b') order by k between 1 and 2 and b rows between 1 preceding and current row) as total from t;
create view checked as select * from t where v in ('a', 'b') with local check option;
create view with_default as select id, v from t;
alter view with_default alter column v set default case when 'a'::varchar in ('a', 'b') then 'x' else 'y' end;
create materialized view stored as select id, v from t where v in ('a', 'b') and k between 1 and 2 and b;
create unique index on stored (id) where v in ('a', 'b');
create table generated (id int, v varchar(3), k int, known boolean generated always as (v in ('a', 'b')) stored,
  "both" boolean generated always as (k between 1 and 2 and v in ('a', 'b')) stored, less int generated always as (k + -1::int) stored);
insert into generated values (1, 'a', 2), (2, 'c', 9), (3, null, null);
create table defaults (a text default case when 'a'::varchar in ('a', 'b') then 'x' end, b int default -1::int,
  c boolean default (1 between 0 and 2 and true), d text[] default array['a', 'b']::varchar[], e numeric default -1.50::numeric,
  f boolean default f(array['a', 'b']::varchar[], -2::int));
create policy reading on t for select using (v in ('a', 'b') and k between 1 and 2 and b);
create policy writing on t for insert to public with check (v in ('a', 'b') or k in (id, 1) or b);
create policy both_of_them on t using (w in ('a', 'b')) with check (k > -1::int);
create function trigger_function() returns trigger language plpgsql as 'begin return new; end';
create trigger row_trigger before update on t for each row
  when (new.v in ('a', 'b') and old.k between 1 and 2 and new.b) execute function trigger_function();
create constraint trigger later after insert on t deferrable initially deferred for each row
  when (new.v in ('a', 'b') or new.k in (new.id, -1::int) or new.b) execute function trigger_function();
create trigger statement_trigger after delete on t for each statement execute function trigger_function();
create rule no_delete as on delete to t where old.v in ('a', 'b') and old.k between 1 and 2 and old.b do instead nothing;
create rule on_insert as on insert to t where new.v in ('a', 'b') do also
  (insert into generated (id, v) values (-1::int, case when new.v in ('a', 'b') then 'x' end);
   update generated set v = 'y' where v in ('a', 'b') and k between 1 and 2 and known;
   delete from generated where (k, id) is distinct from (new.k, new.id));
create function with_defaults(a text[] default array['a', 'b']::varchar[], b int default -1::int, c boolean default 1 between 0 and 2 and true,
  d boolean default f(array['a', 'b']::varchar[])) returns int language sql as 'select 1';
create table listed (v varchar(3), k int) partition by list (v);
create table listed_ab partition of listed for values in ('a', 'b', null);
create table listed_rest partition of listed default;
create table ranged (k int, v varchar) partition by range ((k + -1::int), (case when v in ('a', 'b') then 1 else 2 end));
create table ranged_low partition of ranged for values from (-10, minvalue) to (-1, 2);
create table ranged_high partition of ranged for values from (-1, 2) to (maxvalue, maxvalue);
create table hashed (v varchar, k int) partition by hash (lower(v), (k between 1 and 2 and v in ('a', 'b')));
create table hashed_0 partition of hashed for values with (modulus 1, remainder 0);
create table parent (v varchar(5) check (v in ('a', 'b')), k int check (k between 1 and 2 and v <> 'x'));
create table child (extra varchar default 'a' || -1::int, check (v in ('a', 'b') and extra in ('c', 'd'))) inherits (parent);
insert into listed values ('a', 1), ('z', 2), (null, 3);
insert into ranged values (-5, 'a'), (7, 'q');
insert into hashed values ('x', 1), (null, 2);
