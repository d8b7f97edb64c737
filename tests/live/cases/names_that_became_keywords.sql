-- no judge across majors: 16 and 17 quote words that are keywords since
create function f1("json" "json") returns int language sql as 'select 1';
create function f2(jsonb jsonb) returns int language sql as 'select 1';
create function f3("json_scalar" int, merge int) returns int language sql as 'select 1';
create table t ("json" "json", "json_table" int); create view v as select "json", "json_table" from t; create type ct as ("json" int); 
create table "json_value" ("json_query" int default 1, "merge_action" text, "system_user" text, "end" int,
  constraint "json_scalar" check ("json_query" > 0 and "system_user" <> 'x'));
create index "json_exists" on "json_value" ("json_query") where "merge_action" <> 'json';
create view "json_objectagg" as select v."json_query" as "json_array", v."merge_action", "end" from "json_value" v join t on t."json_table" = v."json_query";
create function "json_serialize"("json_query" int, out "merge_action" int, out "end" int) language sql as 'select 1, 2';
create domain "json_scalar" as "json" check (value is not null);
create table "json_query" ("json_scalar" "json_scalar", "json" "json"[] default '{}', j2 "json_scalar"[]);
create function f4("json_scalar", ct, "json") returns "json_scalar" language sql as 'select $1';
comment on function f4("json_scalar", ct, "json") is 'json';
create type "json_object" as enum ('json', 'system_user');
create aggregate "json_arrayagg"("json_object") (sfunc = array_append, stype = "json_object"[]);
create rule json_rule as on insert to "json_value" where new."json_query" > 1 do also select new."system_user", 1 as "json";
create policy json_policy on "json_value" using ("system_user" = 'a' and "json_query" between 1 and 2 and "merge_action" = 'b');
create function json_trigger() returns trigger language plpgsql as 'begin return new; end';
create trigger "merge_action" before update of "json_query", "system_user" on "json_value" for each row
  when (new."json_query" in (1, 2) and new."system_user" is not null) execute function json_trigger('json');
create sequence "system_user" owned by "json_value"."json_query";
grant select ("json_query", "system_user") on "json_value" to public;
comment on column "json_value"."system_user" is 'json_value';
alter table "json_value" alter "json_query" set statistics 7;
