-- What depends on what, in every direction that names and oids do not give away.
CREATE SCHEMA dep;
CREATE TABLE dep.customers (id integer PRIMARY KEY, name text, city text);
CREATE TABLE dep.orders (id serial PRIMARY KEY, customer integer REFERENCES dep.customers, total numeric);
INSERT INTO dep.customers VALUES (1, 'a', 'x'), (2, 'b', 'y');
INSERT INTO dep.orders (customer, total) VALUES (1, 10), (2, 20), (1, 5);

-- Views that need a primary key, and views, matviews and functions on top of them.
CREATE VIEW dep.a_totals AS
    SELECT c.id, c.name, c.city, sum(o.total) AS total
    FROM dep.customers c JOIN dep.orders o ON o.customer = c.id GROUP BY c.id;
CREATE VIEW dep."A on top" AS SELECT city, max(total) FROM dep.a_totals GROUP BY city;
CREATE MATERIALIZED VIEW dep.m_totals AS
    SELECT c.id, c.name, count(*) AS orders
    FROM dep.customers c JOIN dep.orders o ON o.customer = c.id GROUP BY c.id;
CREATE UNIQUE INDEX m_totals_id ON dep.m_totals (id);
CREATE MATERIALIZED VIEW dep.b_over_m AS SELECT max(orders) AS most FROM dep.m_totals;
CREATE VIEW dep.b_view_over_m AS SELECT * FROM dep.b_over_m;
CREATE MATERIALIZED VIEW dep.a_over_view AS SELECT most + 1 AS more FROM dep.b_view_over_m;
CREATE FUNCTION dep.of_matview(dep.m_totals) RETURNS text LANGUAGE sql AS 'SELECT $1.name';
CREATE VIEW dep.z_calls AS SELECT dep.of_matview(m) FROM dep.m_totals m;
CREATE MATERIALIZED VIEW dep.unpopulated AS SELECT 1 AS a WITH NO DATA;

-- Names sort against the dependencies.
CREATE TYPE dep.z_inner AS (a integer, b text);
CREATE TYPE dep.m_middle AS (i dep.z_inner, l dep.z_inner[]);
CREATE TYPE dep.a_outer AS (m dep.m_middle);
CREATE DOMAIN dep.z_domain AS integer CHECK (VALUE > 0);
CREATE DOMAIN dep.a_domain AS dep.z_domain CHECK (VALUE < 100);
CREATE TABLE dep.uses_types (o dep.a_outer, d dep.a_domain, r dep.orders, rs dep.customers[]);
CREATE FUNCTION dep.z_function(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE TABLE dep.a_calls (
    a integer DEFAULT dep.z_function(1) CHECK (dep.z_function(a) > 1),
    b integer
);
CREATE INDEX a_calls_expression ON dep.a_calls (dep.z_function(b));
CREATE FUNCTION dep.a_default(integer DEFAULT dep.z_function(3)) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE SEQUENCE dep.z_standalone;
CREATE TABLE dep.a_next (id bigint DEFAULT nextval('dep.z_standalone'));
CREATE SEQUENCE dep.a_owned OWNED BY dep.a_next.id;

-- Inheritance and partitions whose children sort first.
CREATE TABLE dep.z_parent (a integer, CONSTRAINT z_check CHECK (a > 0));
CREATE TABLE dep.a_child (b integer) INHERITS (dep.z_parent);
CREATE TABLE dep.z_partitioned (id integer, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE dep.y_partitioned PARTITION OF dep.z_partitioned FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
CREATE TABLE dep.a_leaf PARTITION OF dep.y_partitioned FOR VALUES FROM (0) TO (10);
CREATE TABLE dep.b_leaf PARTITION OF dep.z_partitioned DEFAULT;
CREATE INDEX z_index ON dep.z_partitioned (v);
CREATE TABLE dep.a_refers (id integer REFERENCES dep.z_partitioned) PARTITION BY LIST (id);
CREATE TABLE dep.a_refers_1 PARTITION OF dep.a_refers FOR VALUES IN (1);
CREATE TABLE dep.b_refers (leaf integer REFERENCES dep.y_partitioned);

-- Triggers, rules, policies, row types in functions, operators and casts.
CREATE FUNCTION dep.z_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER a_trigger BEFORE INSERT ON dep.customers FOR EACH ROW EXECUTE FUNCTION dep.z_trigger();
CREATE RULE a_rule AS ON DELETE TO dep.a_totals DO INSTEAD DELETE FROM dep.customers WHERE id = OLD.id;
ALTER TABLE dep.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY a_policy ON dep.customers USING (id IN (SELECT customer FROM dep.orders));
CREATE FUNCTION dep.set_of() RETURNS SETOF dep.a_totals LANGUAGE sql AS 'SELECT * FROM dep.a_totals';
CREATE VIEW dep.a_set_of AS SELECT * FROM dep.set_of();
CREATE FUNCTION dep.middle_to_int(dep.m_middle) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE CAST (dep.m_middle AS integer) WITH FUNCTION dep.middle_to_int(dep.m_middle);
CREATE VIEW dep.a_cast AS SELECT ROW(NULL, NULL)::dep.m_middle::integer AS one;
CREATE FUNCTION dep.z_equal(dep.z_inner, integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1.a = $2';
CREATE OPERATOR dep.=== (FUNCTION = dep.z_equal, LEFTARG = dep.z_inner, RIGHTARG = integer);
CREATE VIEW dep.a_operator AS SELECT ROW(1, 'x')::dep.z_inner OPERATOR(dep.===) 1 AS same;
CREATE STATISTICS dep.a_statistics ON customer, total FROM dep.orders;
