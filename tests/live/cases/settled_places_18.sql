-- min: 18
-- no judge: the source's texts settle when they are executed again
create table t (id int primary key, k int, v varchar(10), b boolean, known boolean generated always as (v in ('a', 'b') and k between 1 and 2 and b) virtual,
  less int generated always as (k - -1::int) virtual);
alter table t add constraint off check (v in ('a', 'b') and k between 1 and 2 and b) not enforced;
create function returning_both(p varchar) returns setof varchar language sql begin atomic
  update t set v = p where v in ('a', 'b') and k between 1 and 2 and b returning with (old as o, new as n) o.v || n.v; end;
create view of_virtual as select known, less from t where known and v in ('a', 'b');
create table periods (id int4range, during int4range, v varchar, constraint no_overlap primary key (id, during without overlaps));
create index on periods (id) where v in ('a', 'b');
