-- min: 15
-- no judge: the source's texts settle when they are executed again
create table t (id int primary key, k int, v varchar(10), b boolean);
create publication settled for table t where (v like 'a%' and k between 1 and 2 and b and id > -1::int);
create publication settled_too for table t (id, v) where (k in (1, 2) or (id, k) is distinct from (1, 2) or b);
create unique index without_nulls on t (k) nulls not distinct where v in ('a', 'b');
create view invoked with (security_invoker) as select * from t where v in ('a', 'b') and k between 1 and 2 and b;
create rule merged as on update to t where new.v in ('a', 'b') do instead nothing;
