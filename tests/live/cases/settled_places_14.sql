-- min: 14
-- no judge: the source's texts settle when they are executed again
create table t (id int primary key, k int, v varchar(10), w varchar(5), b boolean);
create function returned(v varchar, k int) returns boolean language sql immutable return v in ('a', 'b') and k between 1 and 2 and v <> 'x';
create function body(p varchar, k int default -1::int) returns setof int language sql begin atomic
  insert into t (id, v) values (-1::int, p);
  update t set v = 'x' where v in ('a', 'b') and t.k between 1 and 2 and b;
  select id from t where v in ('a', 'b', p) or t.k in (id, -1::int) or body.p in ('c', 'd');
end;
create procedure done(p varchar) language sql begin atomic delete from t where v in ('a', 'b') and v <> p; end;
create statistics on_expression on (v in ('a', 'b')), (k between 1 and 2 and b), id from t;
create statistics one_expression on (k - -1::int) from t;
create view joined as select id from t join t u using (id) as j where u.v in ('a', 'b') and t.k between 1 and 2 and t.b;
create view recursive_view as with recursive q as (select id, v from t where v in ('a', 'b') union all select q.id, q.v from q where q.v in ('c', 'd'))
  search depth first by id set place cycle id set is_cycle using path select id, v from q;
