-- min: 17
-- no judge: the source's texts settle when they are executed again
create table t (id int primary key, k int, v varchar(10), b boolean, j jsonb);
create view of_json as select json_value(j, '$.a' returning varchar) in ('a', 'b') as known, json_exists(j, '$.b') and k between 1 and 2 and b as both,
  json_query(j, '$.c' returning text[] with wrapper) as several, json_object('a': v in ('a', 'b'), 'b': -1::int returning jsonb) as made,
  json_array(v, k returning jsonb) as list, j is json object and k between 1 and 2 and b as is_object, json_scalar(k) as scalar, json('1') as json,
  json_serialize(j returning text) as serialized from t;
create view json_rows as select q.* from t, json_table(j, '$[*]' columns (id for ordinality, v varchar(3) path '$.v', k int path '$.k' default -1 on empty)) q
  where q.v in ('a', 'b') and q.k between 1 and 2 and t.b;
create function merged(p varchar) returns void language sql begin atomic
  merge into t using (select 1 as id) s on t.id = s.id and t.v in ('a', 'b')
    when matched and t.k between 1 and 2 and t.b then update set v = p
    when not matched then insert (id, k) values (s.id, -1::int);
end;
create view at_local as select now() at local as moment, id from t where v in ('a', 'b');
