# Single changes, each of which a comparison must see. A block is a line `## ASPECT: WHAT`, perhaps with `[14+]` or `[-16]`,
# then what is there before, a line `=>`, and the change. It has a schema of its own, named `@@`, first in search_path;
# `@#` is a number of its own. A block whose aspect is `nothing` must not be seen.

## rows: a row more
create table t (a int); insert into t values (1);
=>
insert into t values (1);

## rows: a row less
create table t (a int); insert into t values (1), (2);
=>
delete from t where a = 2;

## rows: one value
create table t (a int, b text); insert into t values (1, 'x'), (2, 'y');
=>
update t set b = 'z' where a = 2;

## rows: NULL in place of an empty text
create table t (a int, b text); insert into t values (1, ''), (2, 'y');
=>
update t set b = null where a = 1;

## rows: a blank at the end
create table t (b text); insert into t values ('x');
=>
update t set b = 'x ';

## rows: two values exchanged between columns
create table t (a int, b int); insert into t values (1, 2);
=>
update t set a = 2, b = 1;

## rows: two values exchanged between rows
create table t (a int, b int); insert into t values (1, 2), (3, 4);
=>
update t set b = 6 - b;

## rows: the scale of a numeric
create table t (n numeric); insert into t values (1.0);
=>
update t set n = 1.00;

## rows: the sign of a zero
create table t (f float8); insert into t values (0);
=>
update t set f = '-0';

## rows: the last bit of a float
create table t (f float8); insert into t values (0.1);
=>
update t set f = 0.10000000000000002;

## rows: a microsecond
create table t (at timestamptz); insert into t values ('2020-01-01 00:00:00+00');
=>
update t set at = '2020-01-01 00:00:00.000001+00';

## rows: days in place of hours
create table t (i interval); insert into t values ('24 hours');
=>
update t set i = '1 day';

## rows: the bound of an array
create table t (a int[]); insert into t values ('{1,2}');
=>
update t set a = '[0:1]={1,2}';

## rows: NULL in an array
create table t (a text[]); insert into t values ('{NULL}');
=>
update t set a = '{"NULL"}';

## rows: the order of keys in json
create table t (j json); insert into t values ('{"a":1,"b":2}');
=>
update t set j = '{"b":2,"a":1}';

## rows: a value in jsonb
create table t (j jsonb); insert into t values ('{"a":[1,2]}');
=>
update t set j = '{"a":[1,3]}';

## rows: a byte
create table t (b bytea); insert into t values ('\x0001');
=>
update t set b = '\x0000';

## rows: an empty range
create table t (r int4range); insert into t values ('[1,2)');
=>
update t set r = 'empty';

## rows: a label of an enum
create type mood as enum ('sad', 'ok'); create table t (m mood); insert into t values ('sad');
=>
update t set m = 'ok';

## rows: a field of a composite
create type pair as (a int, b text); create table t (p pair); insert into t values (row(1, 'x'));
=>
update t set p = row(1, null);

## rows: a bit string
create table t (b varbit); insert into t values (b'10');
=>
update t set b = b'100';

## rows: a netmask
create table t (i inet); insert into t values ('10.0.0.1/8');
=>
update t set i = '10.0.0.1/16';

## rows: a row of a table without columns
create table t ();
=>
insert into t default values;

## rows: in a partition
create table t (a int) partition by list (a); create table t1 partition of t for values in (1); create table t2 partition of t default; insert into t values (1), (2);
=>
insert into t values (2);

## rows: of a child alone
create table t (a int); create table u () inherits (t); insert into t values (1); insert into u values (2);
=>
update u set a = 3;

## rows: a value in a big text
create table t (b text); insert into t select repeat('0123456789', 10000);
=>
update t set b = overlay(b placing 'x' from 77777);

## rows: an unlogged table
create unlogged table t (a int); insert into t values (1);
=>
insert into t values (2);

## generated: a function was replaced
create function f(int) returns int language sql immutable as 'select $1';
create table t (a int, g int generated always as (f(a)) stored); insert into t values (1), (2);
=>
create or replace function f(int) returns int language sql immutable as 'select $1 + 1'; truncate t; insert into t values (1), (2);
create or replace function f(int) returns int language sql immutable as 'select $1';

## generated: a function reads a table
create table rates (k int, r int); create function f(int) returns int language sql immutable as 'select r from @@.rates where k = $1';
create table t (a int primary key, g int generated always as (f(a)) stored); insert into rates values (1, 10); insert into t values (1), (2);
=>
delete from t; delete from rates; insert into t values (1), (2); insert into rates values (1, 10);

## generated: in a partition
create function f(int) returns int language sql immutable as 'select $1';
create table t (a int, g int generated always as (f(a)) stored) partition by list (a); create table t1 partition of t for values in (1); insert into t values (1);
=>
create or replace function f(int) returns int language sql immutable as 'select 0'; truncate t; insert into t values (1);
create or replace function f(int) returns int language sql immutable as 'select $1';

## generated: text in a table with a dropped column
create function f(text) returns text language sql immutable as 'select lower($1)';
create table t (x int, "A b" text, "G h" text generated always as (f("A b")) stored, c int); alter table t drop column x; insert into t values ('A', default, 1);
=>
create or replace function f(text) returns text language sql immutable as 'select upper($1)'; truncate t; insert into t values ('A', default, 1);
create or replace function f(text) returns text language sql immutable as 'select lower($1)';

## position: nextval
create sequence s;
=>
select nextval('s'), nextval('s');

## position: called or not
create sequence s;
=>
select nextval('s');

## position: of an identity column
create table t (i int generated always as identity); insert into t default values;
=>
insert into t default values; delete from t where i = 2;

## position: of a serial column
create table t (i serial);
=>
select setval('t_i_seq', 99);

## definition: increment of a sequence
create sequence s;
=>
alter sequence s increment 2;

## definition: cache of a sequence
create sequence s;
=>
alter sequence s cache 5;

## definition: cycle of a sequence
create sequence s;
=>
alter sequence s cycle;

## definition: minimum of a sequence
create sequence s;
=>
alter sequence s minvalue -5;

## definition: maximum of a sequence
create sequence s;
=>
alter sequence s maxvalue 500;

## definition: start of a sequence
create sequence s;
=>
alter sequence s start 7;

## definition: type of a sequence
create sequence s;
=>
alter sequence s as int;

## only: a sequence that is owned
create sequence s; create table t (a int);
=>
alter sequence s owned by t.a;

## definition: a sequence that another column owns
create table t (a int, b int); create sequence s owned by t.a;
=>
alter sequence s owned by t.b;

## definition: always in place of by default
create table t (i int generated by default as identity);
=>
alter table t alter i set generated always;

## definition: increment of an identity
create table t (i int generated by default as identity);
=>
alter table t alter i set increment 3;

## only: an identity
create table t (i int generated by default as identity);
=>
alter table t alter i drop identity;

## definition: unlogged sequence [15+]
create sequence s;
=>
alter sequence s set unlogged;

## only: large object
select 1;
=>
select lo_create(@#);

## rows_lo: a byte of a large object
select lo_from_bytea(@#, '\x0102');
=>
select lo_put(@#, 1, '\x03');

## comment: large object
select lo_create(@#);
=>
comment on large object @# is 'x';

## owner: large object
select lo_create(@#);
=>
alter large object @# owner to pgark_owner;

## privileges: large object
select lo_create(@#);
=>
grant select on large object @# to pgark_reader;

## definition: a column more
create table t (a int);
=>
alter table t add b int;

## definition: a column less
create table t (a int, b int);
=>
alter table t drop b;

## definition: a column's name
create table t (a int);
=>
alter table t rename a to b;

## definition: a column's type
create table t (a int);
=>
alter table t alter a type bigint;

## definition: a column's length
create table t (a varchar(5));
=>
alter table t alter a type varchar(6);

## definition: a column's collation
create table t (a text);
=>
alter table t alter a type text collate "C";

## definition: NOT NULL
create table t (a int);
=>
alter table t alter a set not null;

## definition: name of a NOT NULL [18+]
create table t (a int not null);
=>
alter table t rename constraint t_a_not_null to n;

## definition: NOT NULL that is not inherited [18+]
create table t (a int not null no inherit);
=>
alter table t alter constraint t_a_not_null inherit;

## only: NOT NULL that is not validated [18+]
create table t (a int);
=>
alter table t add constraint n not null a not valid;

## definition: a default
create table t (a int default 1);
=>
alter table t alter a set default 2;

## definition: a default less
create table t (a int default 1);
=>
alter table t alter a drop default;

## definition: a literal in a default
create table t (a text default 'x  y');
=>
alter table t alter a set default 'x y';

## definition: a default's type
create table t (a text default 'x'::text);
=>
alter table t alter a set default 'x'::varchar(3);

## definition: generated expression
create table t (a int, g int generated always as (a + 1) stored);
=>
alter table t drop g; alter table t add g int generated always as (a + 2) stored;

## definition: no generated expression any more
create table t (a int, g int generated always as (a + 1) stored);
=>
alter table t alter g drop expression;

## definition: virtual in place of stored [18+]
create table t (a int, g int generated always as (a + 1) stored);
=>
alter table t drop g; alter table t add g int generated always as (a + 1) virtual;

## definition: virtual expression [18+]
create table t (a int, g int generated always as (a + 1) virtual);
=>
alter table t alter g set expression as (a + 2);

## definition: statistics target of a column
create table t (a int);
=>
alter table t alter a set statistics 7;

## definition: n_distinct of a column
create table t (a int);
=>
alter table t alter a set (n_distinct = 5);

## definition: storage of a column
create table t (a text);
=>
alter table t alter a set storage external;

## definition: compression of a column [14+]
create table t (a text);
=>
alter table t alter a set compression pglz;

## definition: fillfactor of a table
create table t (a int);
=>
alter table t set (fillfactor = 50);

## definition: autovacuum of a TOAST table
create table t (a text);
=>
alter table t set (toast.autovacuum_enabled = false);

## definition: unlogged table
create table t (a int);
=>
alter table t set unlogged;

## definition: replica identity full
create table t (a int);
=>
alter table t replica identity full;

## definition: replica identity by an index
create table t (a int not null); create unique index i on t (a);
=>
alter table t replica identity using index i;

## definition: the mark of CLUSTER
create table t (a int); create index i on t (a);
=>
alter table t cluster on i;

## definition: forced row security
create table t (a int);
=>
alter table t force row level security;

## only: row security
create table t (a int);
=>
alter table t enable row level security;

## definition: a typed table
create type ty as (a int); create table t of ty;
=>
alter table t not of;

## definition: a parent more
create table p (a int); create table t (a int);
=>
alter table t inherit p;

## definition: order of columns
create table t (a int, b int);
=>
drop table t; create table t (b int, a int);

## definition: partition key
create table t (a int, b int) partition by list (a);
=>
drop table t; create table t (a int, b int) partition by list (b);

## definition: partition strategy
create table t (a int) partition by list (a);
=>
drop table t; create table t (a int) partition by range (a);

## definition: partition bound
create table t (a int) partition by list (a); create table t1 partition of t for values in (1);
=>
alter table t detach partition t1; alter table t attach partition t1 for values in (2);

## only: detached partition
create table t (a int) partition by list (a); create table t1 partition of t for values in (1);
=>
alter table t detach partition t1;

## only: a table
select 1;
=>
create table t (a int);

## owner: table
create table t (a int);
=>
alter table t owner to pgark_owner;

## comment: table
create table t (a int);
=>
comment on table t is 'x';

## comment: column
create table t (a int); comment on column t.a is 'x';
=>
comment on column t.a is 'y';

## definition: CHECK
create table t (a int, constraint k check (a > 1));
=>
alter table t drop constraint k; alter table t add constraint k check (a > 2);

## definition: operator in a CHECK
create table t (a int, constraint k check (a > 1));
=>
alter table t drop constraint k; alter table t add constraint k check (a >= 1);

## definition: literal in an IN
create table t (v varchar(5), constraint k check (v in ('a', 'b')));
=>
alter table t drop constraint k; alter table t add constraint k check (v in ('a', 'c'));

## definition: case of a literal in an IN
create table t (v varchar(5), constraint k check (v in ('a', 'b')));
=>
alter table t drop constraint k; alter table t add constraint k check (v in ('a', 'B'));

## definition: NOT IN
create table t (v varchar(5), constraint k check (v in ('a', 'b')));
=>
alter table t drop constraint k; alter table t add constraint k check (v not in ('a', 'b'));

## definition: AND in place of OR
create table t (a int, b boolean, constraint k check (a between 1 and 2 and b));
=>
alter table t drop constraint k; alter table t add constraint k check (a between 1 and 2 or b);

## definition: parentheses that mean something
create table t (a boolean, b boolean, c boolean, constraint k check (a and (b or c)));
=>
alter table t drop constraint k; alter table t add constraint k check ((a and b) or c);

## definition: a sign
create table t (a int, constraint k check (a > -1::int));
=>
alter table t drop constraint k; alter table t add constraint k check (a > 1);

## definition: an operator of another schema
create function same(int, int) returns boolean language sql immutable as 'select true'; create operator = (leftarg = int, rightarg = int, function = same);
create table t (a int, constraint k check (a = 1));
=>
alter table t drop constraint k; set search_path = @@, pg_catalog; alter table t add constraint k check (a = 1);

## definition: a function of another schema
create function lower(text) returns text language sql immutable as 'select $1'; create table t (a text, constraint k check (lower(a) = 'a'));
=>
alter table t drop constraint k; set search_path = @@, pg_catalog; alter table t add constraint k check (lower(a) = 'a');

## definition: CHECK that is not inherited
create table t (a int, constraint k check (a > 1));
=>
alter table t drop constraint k; alter table t add constraint k check (a > 1) no inherit;

## only: CHECK that is not validated
create table t (a int, constraint k check (a > 1));
=>
alter table t drop constraint k; alter table t add constraint k check (a > 1) not valid;

## only: CHECK that is not enforced [18+]
create table t (a int, constraint k check (a > 1));
=>
alter table t drop constraint k; alter table t add constraint k check (a > 1) not enforced;

## definition: name of a CHECK
create table t (a int, constraint k check (a > 1));
=>
alter table t rename constraint k to l;

## comment: CHECK
create table t (a int, constraint k check (a > 1));
=>
comment on constraint k on t is 'x';

## definition: columns of a primary key
create table t (a int not null, b int not null, constraint k primary key (a));
=>
alter table t drop constraint k; alter table t add constraint k primary key (a, b);

## only: a unique constraint
create table t (a int);
=>
alter table t add constraint k unique (a);

## definition: deferrable key
create table t (a int, constraint k unique (a));
=>
alter table t drop constraint k; alter table t add constraint k unique (a) deferrable;

## definition: nulls not distinct [15+]
create table t (a int, constraint k unique (a));
=>
alter table t drop constraint k; alter table t add constraint k unique nulls not distinct (a);

## definition: INCLUDE of a key
create table t (a int, b int, constraint k unique (a));
=>
alter table t drop constraint k; alter table t add constraint k unique (a) include (b);

## definition: fillfactor of a key
create table t (a int, constraint k unique (a));
=>
alter index k set (fillfactor = 50);

## definition: without overlaps [18+]
create table t (a int4range not null, b int4range not null, constraint k primary key (a, b));
=>
alter table t drop constraint k; alter table t add constraint k primary key (a, b without overlaps);

## definition: exclusion
create table t (a int4range, constraint k exclude using gist (a with &&));
=>
alter table t drop constraint k; alter table t add constraint k exclude using gist (a with =);

## definition: condition of an exclusion
create table t (a int4range, b boolean, constraint k exclude using gist (a with &&) where (b));
=>
alter table t drop constraint k; alter table t add constraint k exclude using gist (a with &&) where (not b);

## definition: ON DELETE of a foreign key
create table p (a int primary key); create table t (a int, constraint k foreign key (a) references p);
=>
alter table t drop constraint k; alter table t add constraint k foreign key (a) references p on delete cascade;

## definition: ON UPDATE of a foreign key
create table p (a int primary key); create table t (a int, constraint k foreign key (a) references p);
=>
alter table t drop constraint k; alter table t add constraint k foreign key (a) references p on update set null;

## definition: MATCH FULL
create table p (a int, b int, primary key (a, b)); create table t (a int, b int, constraint k foreign key (a, b) references p);
=>
alter table t drop constraint k; alter table t add constraint k foreign key (a, b) references p match full;

## definition: SET NULL of one column [15+]
create table p (a int, b int, primary key (a, b)); create table t (a int, b int, constraint k foreign key (a, b) references p on delete set null);
=>
alter table t drop constraint k; alter table t add constraint k foreign key (a, b) references p on delete set null (b);

## definition: initially deferred foreign key
create table p (a int primary key); create table t (a int, constraint k foreign key (a) references p);
=>
alter table t alter constraint k deferrable initially deferred;

## definition: foreign key that is not validated
create table p (a int primary key); create table t (a int, constraint k foreign key (a) references p);
=>
alter table t drop constraint k; alter table t add constraint k foreign key (a) references p not valid;

## definition: foreign key that is not enforced [18+]
create table p (a int primary key); create table t (a int, constraint k foreign key (a) references p);
=>
alter table t alter constraint k not enforced;

## definition: columns of an index
create table t (a int, b int); create index i on t (a);
=>
drop index i; create index i on t (b);

## definition: order of an index
create table t (a int); create index i on t (a);
=>
drop index i; create index i on t (a desc);

## definition: nulls first
create table t (a int); create index i on t (a);
=>
drop index i; create index i on t (a nulls first);

## definition: unique index
create table t (a int); create index i on t (a);
=>
drop index i; create unique index i on t (a);

## definition: method of an index
create table t (a int); create index i on t (a);
=>
drop index i; create index i on t using hash (a);

## definition: operator class of an index
create table t (a text); create index i on t (a);
=>
drop index i; create index i on t (a text_pattern_ops);

## definition: collation of an index
create table t (a text); create index i on t (a);
=>
drop index i; create index i on t (a collate "C");

## definition: expression of an index
create table t (a text); create index i on t (lower(a));
=>
drop index i; create index i on t (upper(a));

## definition: predicate of an index
create table t (a text, v varchar(3)); create index i on t (a) where v in ('a', 'b');
=>
drop index i; create index i on t (a) where v in ('a', 'b') or v is null;

## definition: INCLUDE of an index
create table t (a text, b text); create index i on t (a);
=>
drop index i; create index i on t (a) include (b);

## definition: fillfactor of an index
create table t (a text); create index i on t (a);
=>
alter index i set (fillfactor = 60);

## definition: statistics target of an index
create table t (a text); create index i on t (lower(a));
=>
alter index i alter column 1 set statistics 9;

## comment: index
create table t (a text); create index i on t (a);
=>
comment on index i is 'x';

## only: an index of a partition that is not attached
create table t (a int) partition by list (a); create table t1 partition of t for values in (1); create index i on t (a);
=>
drop index i; create index i on only t (a); create index t1_a_idx on t1 (a);

## only: an index
create table t (a text);
=>
create index i on t (a);

## definition: query of a view
create view v as select 1 as a;
=>
create or replace view v as select 2 as a;

## definition: table of a view's column
create table x (a int, b int); create table y (a int, b int); create view v as select x.a from x, y;
=>
create or replace view v as select y.a from x, y;

## definition: join of a view
create table x (a int, b int); create table y (a int, b int); create view v as select x.a from x left join y on x.b = y.b;
=>
create or replace view v as select x.a from x join y on x.b = y.b;

## definition: order of a view
create table x (a int); create view v as select a from x order by a;
=>
create or replace view v as select a from x order by a desc;

## definition: a literal in a view
create view v as select 'a  b' as a;
=>
create or replace view v as select 'a b' as a;

## definition: a cast in a view
create table x (v varchar(9)); create view v as select v in ('a', 'b') as a from x;
=>
create or replace view v as select v::varchar(1) in ('a', 'b') as a from x;

## definition: security barrier
create view v as select 1 as a;
=>
alter view v set (security_barrier = true);

## definition: security invoker [15+]
create view v as select 1 as a;
=>
alter view v set (security_invoker = true);

## definition: check option
create table t (a int); create view v as select a from t where a > 0;
=>
alter view v set (check_option = cascaded);

## only: default of a view's column
create table t (a int); create view v as select a from t;
=>
alter view v alter a set default 5;

## comment: view
create view v as select 1 as a;
=>
comment on view v is 'x';

## owner: view
create view v as select 1 as a;
=>
alter view v owner to pgark_owner;

## definition: query of a materialized view
create materialized view v as select 1 as a;
=>
drop materialized view v; create materialized view v as select 2 as a;

## only: content of a materialized view
create materialized view v as select 1 as a;
=>
refresh materialized view v with no data;

## definition: fillfactor of a materialized view
create materialized view v as select 1 as a;
=>
alter materialized view v set (fillfactor = 40);

## definition: a rule's action
create table t (a int); create rule r as on insert to t do also notify x;
=>
create or replace rule r as on insert to t do also notify y;

## definition: a rule's condition
create table t (a int); create rule r as on insert to t where new.a > 1 do instead nothing;
=>
create or replace rule r as on insert to t where new.a > 2 do instead nothing;

## definition: ALSO in place of INSTEAD
create table t (a int); create rule r as on insert to t do also notify x;
=>
create or replace rule r as on insert to t do instead notify x;

## definition: a disabled rule
create table t (a int); create rule r as on insert to t do also notify x;
=>
alter table t disable rule r;

## comment: rule
create table t (a int); create rule r as on insert to t do also notify x;
=>
comment on rule r on t is 'x';

## definition: event of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f();
=>
drop trigger g on t; create trigger g after update on t for each row execute function f();

## definition: time of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f();
=>
drop trigger g on t; create trigger g before insert on t for each row execute function f();

## definition: level of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f();
=>
drop trigger g on t; create trigger g after insert on t for each statement execute function f();

## definition: columns of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int, b int); create trigger g after update of a on t for each row execute function f();
=>
drop trigger g on t; create trigger g after update of b on t for each row execute function f();

## definition: condition of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row when (new.a > 1) execute function f();
=>
drop trigger g on t; create trigger g after insert on t for each row when (new.a > 2) execute function f();

## definition: argument of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f('a b');
=>
drop trigger g on t; create trigger g after insert on t for each row execute function f('a  b');

## definition: transition table of a trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each statement execute function f();
=>
drop trigger g on t; create trigger g after insert on t referencing new table as n for each statement execute function f();

## definition: constraint trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create constraint trigger g after insert on t for each row execute function f();
=>
drop trigger g on t; create constraint trigger g after insert on t deferrable for each row execute function f();

## definition: a disabled trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f();
=>
alter table t disable trigger g;

## definition: a trigger for replicas
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f();
=>
alter table t enable replica trigger g;

## only: a trigger that is disabled in a partition alone
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int) partition by list (a); create table t1 partition of t default; create trigger g after insert on t for each row execute function f();
=>
alter table t1 disable trigger g;

## comment: trigger
create function f() returns trigger language plpgsql as 'begin return null; end'; create table t (a int); create trigger g after insert on t for each row execute function f();
=>
comment on trigger g on t is 'x';

## definition: USING of a policy
create table t (a int); create policy p on t using (a > 1);
=>
alter policy p on t using (a > 2);

## definition: WITH CHECK of a policy
create table t (a int); create policy p on t using (a > 1);
=>
alter policy p on t with check (a > 1);

## definition: roles of a policy
create table t (a int); create policy p on t using (a > 1);
=>
alter policy p on t to pgark_reader;

## definition: command of a policy
create table t (a int); create policy p on t using (a > 1);
=>
drop policy p on t; create policy p on t for select using (a > 1);

## definition: restrictive policy
create table t (a int); create policy p on t using (a > 1);
=>
drop policy p on t; create policy p on t as restrictive using (a > 1);

## comment: policy
create table t (a int); create policy p on t using (a > 1);
=>
comment on policy p on t is 'x';

## definition: body of a function
create function f() returns int language sql as 'select 1';
=>
create or replace function f() returns int language sql as 'select 2';

## definition: white space in a body
create function f() returns text language sql as 'select ''a b''';
=>
create or replace function f() returns text language sql as 'select ''a  b''';

## definition: SQL-standard body [14+]
create function f(v varchar) returns boolean language sql return v in ('a', 'b');
=>
create or replace function f(v varchar) returns boolean language sql return v in ('a', 'c');

## definition: immutable function
create function f() returns int language sql as 'select 1';
=>
alter function f() immutable;

## definition: strict function
create function f(int) returns int language sql as 'select 1';
=>
alter function f(int) strict;

## definition: security definer
create function f() returns int language sql as 'select 1';
=>
alter function f() security definer;

## definition: leakproof function
create function f() returns int language sql as 'select 1';
=>
alter function f() leakproof;

## definition: parallel safe function
create function f() returns int language sql as 'select 1';
=>
alter function f() parallel safe;

## definition: cost of a function
create function f() returns int language sql as 'select 1';
=>
alter function f() cost 77;

## definition: rows of a function
create function f() returns setof int language sql as 'select 1';
=>
alter function f() rows 77;

## definition: setting of a function
create function f() returns int language sql as 'select 1';
=>
alter function f() set search_path = a, "B c";

## definition: language of a function
create function f() returns int language sql as 'select 1';
=>
create or replace function f() returns int language plpgsql as 'begin return 1; end';

## definition: default of an argument
create function f(a int default 1) returns int language sql as 'select 1';
=>
create or replace function f(a int default 2) returns int language sql as 'select 1';

## definition: name of an argument
create function f(a int) returns int language sql as 'select 1';
=>
drop function f(int); create function f(b int) returns int language sql as 'select 1';

## definition: result of a function
create function f() returns int language sql as 'select 1';
=>
drop function f(); create function f() returns bigint language sql as 'select 1::bigint';

## only: an argument more
create function f() returns int language sql as 'select 1';
=>
drop function f(); create function f(int) returns int language sql as 'select 1';

## definition: variadic function
create function f(a int[]) returns int language sql as 'select 1';
=>
drop function f(int[]); create function f(variadic a int[]) returns int language sql as 'select 1';

## definition: support function
create function f() returns setof int language internal as 'pg_backend_pid'; create function g() returns int language sql as 'select 1';
=>
alter function g() support generate_series_int4_support;

## definition: procedure
create procedure p(a int) language sql as 'select 1';
=>
create or replace procedure p(a int) language sql as 'select 2';

## definition: setting of a procedure
create procedure p(a int) language sql as 'select 1';
=>
alter procedure p(int) set work_mem = '1MB';

## comment: function
create function f() returns int language sql as 'select 1';
=>
comment on function f() is 'x';

## owner: function
create function f() returns int language sql as 'select 1';
=>
alter function f() owner to pgark_owner;

## definition: initial value of an aggregate
create aggregate g(int) (sfunc = int4pl, stype = int, initcond = '0');
=>
create or replace aggregate g(int) (sfunc = int4pl, stype = int, initcond = '1');

## definition: function of an aggregate
create aggregate g(int) (sfunc = int4pl, stype = int);
=>
create or replace aggregate g(int) (sfunc = int4mul, stype = int);

## definition: parallel aggregate
create aggregate g(int) (sfunc = int4pl, stype = int);
=>
create or replace aggregate g(int) (sfunc = int4pl, stype = int, parallel = safe);

## definition: labels of an enum
create type e as enum ('a', 'b');
=>
alter type e add value 'c';

## definition: order of an enum
create type e as enum ('a', 'b');
=>
drop type e; create type e as enum ('b', 'a');

## definition: a label's name
create type e as enum ('a', 'b');
=>
alter type e rename value 'a' to 'A';

## definition: attribute of a composite
create type c as (a int);
=>
alter type c add attribute b int;

## definition: type of an attribute
create type c as (a int);
=>
alter type c alter attribute a type bigint;

## comment: attribute of a composite
create type c as (a int);
=>
comment on column c.a is 'x';

## definition: range
create type r as range (subtype = float8);
=>
drop type r; create type r as range (subtype = float8, subtype_diff = float8mi);

## definition: base type
create type b; create function b_in(cstring) returns b language internal immutable strict as 'textin'; create function b_out(b) returns cstring language internal immutable strict as 'textout'; create type b (input = b_in, output = b_out, storage = extended);
=>
alter type b set (storage = main);

## definition: default of a domain
create domain d as int default 1;
=>
alter domain d set default 2;

## definition: NOT NULL of a domain
create domain d as int;
=>
alter domain d set not null;

## definition: CHECK of a domain
create domain d as int constraint k check (value > 1);
=>
alter domain d drop constraint k; alter domain d add constraint k check (value > 2);

## only: CHECK of a domain that is not validated
create domain d as int constraint k check (value > 1);
=>
alter domain d drop constraint k; alter domain d add constraint k check (value > 1) not valid;

## definition: collation of a domain
create domain d as text;
=>
drop domain d; create domain d as text collate "C";

## comment: constraint of a domain
create domain d as int constraint k check (value > 1);
=>
comment on constraint k on domain d is 'x';

## owner: type
create type e as enum ('a');
=>
alter type e owner to pgark_owner;

## comment: type
create type e as enum ('a');
=>
comment on type e is 'x';

## definition: collation
create collation c (provider = icu, locale = 'en');
=>
drop collation c; create collation c (provider = icu, locale = 'de');

## definition: nondeterministic collation
create collation c (provider = icu, locale = 'en');
=>
drop collation c; create collation c (provider = icu, locale = 'en', deterministic = false);

## definition: cast
create type e as enum ('a'); create function f(e) returns int language sql immutable as 'select 1'; create cast (e as int) with function f(e);
=>
drop cast (e as int); create cast (e as int) with function f(e) as assignment;

## comment: cast
create type e as enum ('a'); create cast (e as text) with inout;
=>
comment on cast (e as text) is 'x';

## definition: operator
create function f(int, int) returns boolean language sql immutable as 'select true'; create operator === (leftarg = int, rightarg = int, function = f);
=>
alter operator === (int, int) set (restrict = eqsel);

## definition: commutator of an operator
create function f(int, int) returns boolean language sql immutable as 'select true'; create operator === (leftarg = int, rightarg = int, function = f);
=>
drop operator === (int, int); create operator === (leftarg = int, rightarg = int, function = f, commutator = ===);

## comment: operator
create function f(int, int) returns boolean language sql immutable as 'select true'; create operator === (leftarg = int, rightarg = int, function = f);
=>
comment on operator === (int, int) is 'x';

## definition: operator class
create operator class o for type int using hash as operator 1 =, function 1 hashint4(int);
=>
drop operator family o using hash; create operator class o for type int using hash as operator 1 =, function 1 hashint4(int), function 2 hashint4extended(int, bigint);

## definition: operator family
create operator family o using btree;
=>
alter operator family o using btree add operator 1 < (int, int);

## owner: operator family
create operator family o using btree;
=>
alter operator family o using btree owner to pgark_owner;

## definition: conversion
create conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
=>
drop conversion c; create default conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;

## definition: text search dictionary
create text search dictionary d (template = simple);
=>
alter text search dictionary d (accept = false);

## definition: text search configuration
create text search configuration c (copy = simple);
=>
alter text search configuration c drop mapping for url;

## definition: dictionary of a mapping
create text search configuration c (copy = simple);
=>
alter text search configuration c alter mapping for word with english_stem;

## only: text search template
select 1;
=>
create text search template te (lexize = dsimple_lexize);

## only: text search parser
select 1;
=>
create text search parser te (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);

## comment: text search configuration
create text search configuration c (copy = simple);
=>
comment on text search configuration c is 'x';

## definition: kinds of statistics
create table t (a int, b int); create statistics s on a, b from t;
=>
drop statistics s; create statistics s (ndistinct) on a, b from t;

## definition: target of statistics
create table t (a int, b int); create statistics s on a, b from t;
=>
alter statistics s set statistics 5;

## definition: expression of statistics [14+]
create table t (a int, b int); create statistics s on (a + 1) from t;
=>
drop statistics s; create statistics s on (a + 2) from t;

## comment: statistics
create table t (a int, b int); create statistics s on a, b from t;
=>
comment on statistics s is 'x';

## definition: options of a foreign data wrapper
create foreign data wrapper w_@@;
=>
alter foreign data wrapper w_@@ options (add a 'b');

## definition: options of a server
create foreign data wrapper w_@@; create server s_@@ foreign data wrapper w_@@ options (a 'b');
=>
alter server s_@@ options (set a 'c');

## definition: version of a server
create foreign data wrapper w_@@; create server s_@@ version '1' foreign data wrapper w_@@;
=>
alter server s_@@ version '2';

## definition: options of a user mapping
create foreign data wrapper w_@@; create server s_@@ foreign data wrapper w_@@; create user mapping for pgark_reader server s_@@ options (password 'a');
=>
alter user mapping for pgark_reader server s_@@ options (set password 'b');

## definition: options of a foreign table
create foreign data wrapper w_@@; create server s_@@ foreign data wrapper w_@@; create foreign table t (a int) server s_@@ options (a 'b');
=>
alter foreign table t options (set a 'c');

## definition: options of a foreign table's column
create foreign data wrapper w_@@; create server s_@@ foreign data wrapper w_@@; create foreign table t (a int options (a 'b')) server s_@@;
=>
alter foreign table t alter a options (set a 'c');

## owner: server
create foreign data wrapper w_@@; create server s_@@ foreign data wrapper w_@@;
=>
alter server s_@@ owner to pgark_owner;

## privileges: server
create foreign data wrapper w_@@; create server s_@@ foreign data wrapper w_@@;
=>
grant usage on foreign server s_@@ to pgark_reader;

## definition: actions of a publication
create publication p_@@;
=>
alter publication p_@@ set (publish = 'insert');

## definition: publication via the root
create publication p_@@;
=>
alter publication p_@@ set (publish_via_partition_root = true);

## only: table of a publication
create table t (a int primary key); create publication p_@@;
=>
alter publication p_@@ add table t;

## definition: row filter of a publication [15+]
create table t (a int primary key); create publication p_@@ for table t where (a > 1);
=>
alter publication p_@@ set table t where (a > 2);

## definition: columns of a publication [15+]
create table t (a int primary key, b int); create publication p_@@ for table t (a);
=>
alter publication p_@@ set table t (a, b);

## only: schema of a publication [15+]
create publication p_@@;
=>
alter publication p_@@ add tables in schema @@;

## owner: publication
create publication p_@@;
=>
alter publication p_@@ owner to pgark_owner;

## comment: publication
create publication p_@@;
=>
comment on publication p_@@ is 'x';

## definition: options of a subscription
create subscription u_@@ connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none);
=>
alter subscription u_@@ set (synchronous_commit = local);

## definition: publications of a subscription
create subscription u_@@ connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none);
=>
alter subscription u_@@ set publication q with (refresh = false);

## definition: tags of an event trigger
create function f() returns event_trigger language plpgsql as 'begin end'; create event trigger e_@@ on sql_drop when tag in ('DROP TABLE') execute function f();
=>
drop event trigger e_@@; create event trigger e_@@ on sql_drop when tag in ('DROP VIEW') execute function f();

## definition: disabled event trigger
create function f() returns event_trigger language plpgsql as 'begin end'; create event trigger e_@@ on sql_drop when tag in ('DROP TABLE') execute function f();
=>
alter event trigger e_@@ disable;

## comment: event trigger
create function f() returns event_trigger language plpgsql as 'begin end'; create event trigger e_@@ on sql_drop when tag in ('DROP TABLE') execute function f();
=>
comment on event trigger e_@@ is 'x';

## definition: language
create trusted language l_@@ handler plpgsql_call_handler validator plpgsql_validator;
=>
drop language l_@@; create trusted language l_@@ handler plpgsql_call_handler;

## privileges: language
create trusted language l_@@ handler plpgsql_call_handler;
=>
revoke usage on language l_@@ from public;

## only: transform
create trusted language l_@@ handler plpgsql_call_handler; create type e as enum ('a'); create function f(internal) returns internal language internal immutable as 'textlike_support';
=>
create transform for e language l_@@ (from sql with function f(internal));

## only: access method
select 1;
=>
create access method m_@@ type index handler bthandler;

## comment: access method
create access method m_@@ type index handler bthandler;
=>
comment on access method m_@@ is 'x';

## only: schema
select 1;
=>
create schema n_@@;

## owner: schema
create schema n_@@;
=>
alter schema n_@@ owner to pgark_owner;

## comment: schema
create schema n_@@;
=>
comment on schema n_@@ is 'x';

## privileges: schema
create schema n_@@;
=>
grant usage on schema n_@@ to pgark_reader;

## privileges: SELECT on a table
create table t (a int);
=>
grant select on t to pgark_reader;

## privileges: a privilege less
create table t (a int); grant select, insert on t to pgark_reader;
=>
revoke insert on t from pgark_reader;

## privileges: the owner's own
create table t (a int);
=>
revoke delete on t from current_user;

## privileges: everybody's
create table t (a int);
=>
grant select on t to public;

## privileges: grant option
create table t (a int); grant select on t to pgark_reader;
=>
grant select on t to pgark_reader with grant option;

## privileges: another grantor
create table t (a int); grant usage on schema @@ to pgark_reader; grant select on t to pgark_reader with grant option; grant select on t to pgark_writer;
=>
revoke select on t from pgark_writer; set role pgark_reader; grant select on @@.t to pgark_writer; reset role;

## privileges: another role
create table t (a int); grant select on t to pgark_reader;
=>
revoke select on t from pgark_reader; grant select on t to pgark_writer;

## privileges: of a column
create table t (a int, b int); grant select (a) on t to pgark_reader;
=>
grant select (b) on t to pgark_reader;

## privileges: MAINTAIN [17+]
create table t (a int);
=>
grant maintain on t to pgark_reader;

## privileges: sequence
create sequence s;
=>
grant usage on sequence s to pgark_reader;

## privileges: function
create function f() returns int language sql as 'select 1';
=>
revoke execute on function f() from public;

## privileges: procedure
create procedure p() language sql as 'select 1';
=>
grant execute on procedure p() to pgark_reader;

## privileges: type
create type e as enum ('a');
=>
revoke usage on type e from public;

## privileges: domain
create domain d as int;
=>
grant usage on domain d to pgark_reader;

## privileges: view
create view v as select 1 as a;
=>
grant select on v to pgark_reader;

## privileges: foreign data wrapper
create foreign data wrapper w_@@;
=>
grant usage on foreign data wrapper w_@@ to pgark_reader;

## only: default privileges of a schema
select 1;
=>
alter default privileges in schema @@ grant select on tables to pgark_reader;

## privileges_or_definition: default privileges of another kind
alter default privileges in schema @@ grant select on tables to pgark_reader;
=>
alter default privileges in schema @@ grant insert on tables to pgark_reader;

## nothing: other places of the same rows
create table t (a int); insert into t values (1), (2);
=>
update t set a = a where a = 1; vacuum t;

## nothing: what ANALYZE found
create table t (a int, b int); insert into t values (1, 2); create statistics s on a, b from t;
=>
analyze t;

## nothing: a column that came and went
create table t (a int, b int); insert into t values (1, 2);
=>
alter table t add c int; alter table t drop c;

## nothing: a privilege that came and went
create table t (a int);
=>
grant select on t to pgark_reader; revoke select on t from pgark_reader;

## nothing: a comment that came and went
create table t (a int);
=>
comment on table t is 'x'; comment on table t is null;

## nothing: an IN that was parsed again
create table t (v varchar(3), i int, b boolean, constraint k check (v in ('a', 'b') and i between 1 and 2 and i > -1::int));
=>
alter table t drop constraint k; alter table t add constraint k check ((((v)::text = any (array[('a'::character varying)::text, ('b'::character varying)::text])) and ((i >= 1) and (i <= 2)) and (i > '-1'::integer)));

## nothing: a rebuilt index
create table t (a int, constraint k primary key (a));
=>
reindex table t;
