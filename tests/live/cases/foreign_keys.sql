-- Foreign keys: actions, matches, cycles, partitioned sides, not validated.
CREATE SCHEMA far;
CREATE TABLE far.target (a integer, b integer, c text UNIQUE, PRIMARY KEY (a, b));
INSERT INTO far.target VALUES (1, 1, 'one'), (2, 2, 'two');
CREATE TABLE actions (id integer PRIMARY KEY, a integer, b integer, c text,
  CONSTRAINT "both" FOREIGN KEY (a, b) REFERENCES far.target ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT fully FOREIGN KEY (a, b) REFERENCES far.target (a, b) MATCH FULL DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "by text" FOREIGN KEY (c) REFERENCES far.target (c) ON DELETE SET DEFAULT ON UPDATE RESTRICT DEFERRABLE);
INSERT INTO actions VALUES (1, 1, 1, 'two'), (2, NULL, NULL, NULL);
COMMENT ON CONSTRAINT "both" ON actions IS 'two columns';

CREATE TABLE self (id integer PRIMARY KEY, parent integer REFERENCES self);
INSERT INTO self VALUES (1, 2), (2, 1);
CREATE TABLE circle_a (id integer PRIMARY KEY, b integer);
CREATE TABLE circle_b (id integer PRIMARY KEY, a integer REFERENCES circle_a);
INSERT INTO circle_a VALUES (1, 1);
INSERT INTO circle_b VALUES (1, 1);
ALTER TABLE circle_a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES circle_b;

CREATE TABLE unchecked (t text);
INSERT INTO unchecked VALUES ('nowhere');
ALTER TABLE unchecked ADD CONSTRAINT later FOREIGN KEY (t) REFERENCES far.target (c) NOT VALID;

CREATE TABLE orders (id integer, k integer, customer integer, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN (1);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE orders_2_all PARTITION OF orders_2 DEFAULT;
CREATE TABLE items (order_id integer, order_k integer, n integer) PARTITION BY HASH (n);
CREATE TABLE items_0 PARTITION OF items FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE items_1 PARTITION OF items FOR VALUES WITH (modulus 2, remainder 1);
INSERT INTO orders VALUES (1, 1, 1), (2, 2, 1);
INSERT INTO items VALUES (1, 1, 1), (2, 2, 2), (2, 2, 3);
ALTER TABLE items ADD CONSTRAINT items_order FOREIGN KEY (order_id, order_k) REFERENCES orders ON DELETE CASCADE;
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer) REFERENCES self;
ALTER TABLE orders_1 ADD CONSTRAINT own_key FOREIGN KEY (customer) REFERENCES circle_a (id);
CREATE TABLE plain_to_partitioned (a integer, b integer, FOREIGN KEY (a, b) REFERENCES orders);
INSERT INTO plain_to_partitioned VALUES (1, 1);
