//! SQL that fills a sample database: varied objects and some hundred megabytes of rows, the same on every run.
//!
//! The SQL works on every major in [`Version::MAJORS`](crate::version::Version::MAJORS). It needs a superuser or the
//! database's owner, but no extension and no other role. All values are computed from row numbers, so two fills with
//! one scale hold equal rows.

/// The statements in order; each must run alone, outside a transaction block. At `scale` 1 the database has about 350
/// MB. Rows grow with the scale, objects do not. The scale is limited to the range from 0.001 to 1000.
pub fn statements(scale: f64) -> Vec<String> {
    let scale = if scale.is_finite() {
        scale.clamp(0.001, 1000.0)
    } else {
        1.0
    };
    // Whole numbers only: they are put into SQL as they are.
    let rows = |at_scale_one: f64| ((at_scale_one * scale) as u64).max(10).to_string();
    let sizes = [
        ("{customers}", rows(60_000.0)),
        ("{products}", rows(8_000.0)),
        ("{orders}", rows(240_000.0)),
        ("{lines}", rows(720_000.0)),
        ("{events}", rows(1_000_000.0)),
        ("{readings}", rows(200_000.0)),
        ("{documents}", rows(1_500.0)),
        ("{bookings}", rows(4_000.0)),
    ];
    OBJECTS
        .iter()
        .chain(ROWS)
        .chain(AFTER_ROWS)
        .map(|template| {
            sizes
                .iter()
                .fold((*template).to_owned(), |sql, (name, value)| sql.replace(name, value))
        })
        .collect()
}

/// Types, functions and tables without indexes and constraints.
const OBJECTS: &[&str] = &[
    "CREATE SCHEMA shop",
    "CREATE SCHEMA telemetry",
    r#"CREATE SCHEMA "Back Office""#,
    "COMMENT ON SCHEMA shop IS 'What customers buy'",
    "CREATE TYPE shop.order_state AS ENUM ('new', 'paid', 'sent', 'returned', 'it''s lost')",
    "CREATE TYPE shop.address AS (street text, city text, postcode varchar(10))",
    "CREATE DOMAIN shop.email AS text CHECK (VALUE ~ '^[^@]+@[^@]+$') NOT NULL",
    "CREATE TYPE shop.price_range AS RANGE (subtype = numeric)",
    "CREATE FUNCTION shop.net(gross numeric, rate numeric DEFAULT 0.19) RETURNS numeric
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT round(gross / (1 + rate), 2) $$",
    "COMMENT ON FUNCTION shop.net(numeric, numeric) IS 'Price without tax'",
    "CREATE AGGREGATE shop.product(double precision) (SFUNC = float8mul, STYPE = double precision, INITCOND = '1')",
    "CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
        NEW.changed_at := timestamptz '2024-01-01 00:00:00+00';
        RETURN NEW;
     END $$",
    "CREATE PROCEDURE shop.nothing(INOUT times integer) LANGUAGE plpgsql AS $$ BEGIN times := times + 1; END $$",
    "CREATE TABLE shop.customers (
        id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1 CACHE 20),
        name text NOT NULL,
        email shop.email,
        home shop.address,
        born date,
        tags text[] DEFAULT '{}' NOT NULL,
        profile jsonb,
        created_at timestamptz DEFAULT now() NOT NULL,
        changed_at timestamptz)",
    "CREATE TABLE shop.products (
        id serial,
        sku char(8) NOT NULL,
        title varchar(120) NOT NULL,
        price numeric(10,2) NOT NULL CONSTRAINT price_is_positive CHECK (price > 0),
        price_with_tax numeric GENERATED ALWAYS AS (round(price * 1.19, 2)) STORED,
        discount_for shop.price_range,
        picture bytea,
        sizes integer[],
        on_sale boolean DEFAULT true)",
    "ALTER TABLE shop.products ALTER COLUMN picture SET STORAGE EXTERNAL",
    "CREATE TABLE shop.orders (
        id bigint NOT NULL,
        customer_id bigint NOT NULL,
        state shop.order_state DEFAULT 'new' NOT NULL,
        placed_at timestamptz NOT NULL,
        total numeric(12,2),
        note text
     ) PARTITION BY RANGE (placed_at)",
    "CREATE TABLE shop.orders_2022 PARTITION OF shop.orders FOR VALUES FROM ('2022-01-01 00:00:00+00') TO ('2023-01-01 00:00:00+00')",
    "CREATE TABLE shop.orders_2023 PARTITION OF shop.orders FOR VALUES FROM ('2023-01-01 00:00:00+00') TO ('2024-01-01 00:00:00+00')",
    "CREATE TABLE shop.orders_later PARTITION OF shop.orders DEFAULT",
    "CREATE TABLE shop.order_lines (
        order_id bigint NOT NULL,
        placed_at timestamptz NOT NULL,
        line smallint NOT NULL,
        product_id integer NOT NULL,
        quantity integer NOT NULL,
        price numeric(10,2) NOT NULL) WITH (fillfactor = 95)",
    "CREATE TABLE telemetry.events (
        id bigint NOT NULL,
        at timestamptz NOT NULL,
        device integer NOT NULL,
        session uuid NOT NULL,
        value double precision,
        attributes jsonb,
        ok boolean NOT NULL)",
    "COMMENT ON COLUMN telemetry.events.at IS 'Time of the device, not of the server'",
    "CREATE TABLE telemetry.readings (at timestamp NOT NULL, sensor smallint NOT NULL, celsius real)",
    "CREATE TABLE telemetry.hot_readings (alarm text, CHECK (celsius > 40)) INHERITS (telemetry.readings)",
    "CREATE UNLOGGED TABLE telemetry.scratch (key text PRIMARY KEY, value interval)",
    r#"CREATE TABLE "Back Office".documents (
        "Id" integer NOT NULL,
        "Title" text COLLATE "C",
        body text,
        body_raw text,
        network inet,
        hardware macaddr,
        bits bit varying(16),
        span tstzrange,
        amount money)"#,
    r#"ALTER TABLE "Back Office".documents ALTER COLUMN body_raw SET STORAGE EXTERNAL"#,
    r#"CREATE TABLE "Back Office".bookings (room integer NOT NULL, during int4range NOT NULL)"#,
    r#"CREATE TABLE "Back Office".no_rows (a integer, b text)"#,
    r#"CREATE TABLE "Back Office".no_columns ()"#,
    r#"CREATE SEQUENCE "Back Office".ticket AS integer START WITH 1000 INCREMENT BY 10 MAXVALUE 100000 CYCLE"#,
];

/// Statements that fill the tables.
const ROWS: &[&str] = &[
    r#"INSERT INTO shop.customers (name, email, home, born, tags, profile, created_at)
       SELECT (ARRAY['Ada','Björn','Chloé','Дмитрий','Ελένη','山田','O''Neil','Tab	Newline
','Zoë 🦆'])[1 + n % 9] || ' ' || n,
              'user' || n || '@example.org',
              CASE WHEN n % 7 > 0 THEN ROW(n || ' Main "St", (rear)', 'Größe ' || n % 40, lpad((n % 99999)::text, 5, '0'))::shop.address END,
              date '1930-01-01' + (n * 37 % 28000),
              CASE n % 4 WHEN 0 THEN '{}' WHEN 1 THEN ARRAY['new'] WHEN 2 THEN ARRAY['a b', 'c,"d"', NULL] ELSE ARRAY['vip', 'NULL', ''] END,
              CASE WHEN n % 5 > 0 THEN jsonb_build_object('visits', n % 300, 'score', n * 0.25, 'flags', jsonb_build_array(n % 2 = 0, NULL, 'ü')) END,
              timestamptz '2020-01-01 00:00:00+00' + n * interval '67 seconds'
         FROM generate_series(1, {customers}) n"#,
    r#"INSERT INTO shop.products (sku, title, price, discount_for, picture, sizes, on_sale)
       SELECT 'P' || n, 'Product ' || md5(n::text), 1 + n % 5000 * 0.37,
              CASE WHEN n % 3 = 0 THEN shop.price_range(n % 50, n % 50 + 10.5, '[]') WHEN n % 3 = 1 THEN 'empty' END,
              CASE WHEN n % 4 = 0 THEN (SELECT string_agg(decode(md5((n * 1000 + part)::text), 'hex'), '') FROM generate_series(1, 400) part) END,
              CASE WHEN n % 2 = 0 THEN ARRAY[n % 10, NULL, n % 3] END,
              n % 10 > 0
         FROM generate_series(1, {products}) n"#,
    "INSERT INTO shop.orders
       SELECT n, 1 + n * 7919::bigint % {customers}, (enum_range(NULL::shop.order_state))[1 + n % 5],
              timestamptz '2022-01-01 00:00:00+00' + n * (interval '1000 days' / {orders}),
              n % 100000 * 0.01, CASE WHEN n % 10 = 0 THEN repeat('please call first; ', 1 + n % 8) END
         FROM generate_series(1, {orders}) n",
    "INSERT INTO shop.order_lines
       SELECT o.n, timestamptz '2022-01-01 00:00:00+00' + o.n * (interval '1000 days' / {orders}),
              l, 1 + (o.n * 31 + l * 17) % {products}, 1 + (o.n + l) % 12, (o.n * 13 + l) % 90000 * 0.01
         FROM generate_series(1, {orders}) o(n), generate_series(1, {lines} / {orders}) l",
    r#"INSERT INTO telemetry.events
       SELECT n, timestamptz '2024-03-01 00:00:00+00' + n * interval '0.731 seconds', n * 7919::bigint % 5000,
              md5((n / 20)::text)::uuid, CASE WHEN n % 50 > 0 THEN sin(n) * 1000 END,
              CASE n % 3 WHEN 0 THEN ('{"kind": "click", "x": ' || n % 1920 || ', "y": ' || n % 1080 || '}')::jsonb
                         WHEN 1 THEN ('{"kind": "view", "page": "/p/' || n % 800 || '", "ms": ' || n % 3000 || '}')::jsonb END,
              n % 97 > 0
         FROM generate_series(1, {events}) n"#,
    "INSERT INTO telemetry.readings
       SELECT timestamp '2024-01-01' + n * interval '1 minute', n % 64,
              CASE n % 1000 WHEN 0 THEN 'NaN'::real WHEN 1 THEN '-Infinity' ELSE (n % 400 / 10.0)::real END
         FROM generate_series(1, {readings}) n",
    "INSERT INTO telemetry.hot_readings
       SELECT timestamp '2024-01-01' + n * interval '1 hour', n % 64, 41 + n % 20, 'above 40'
         FROM generate_series(1, {readings} / 100) n",
    "INSERT INTO telemetry.scratch SELECT 'k' || n, n * interval '1 month 2 days 3.5 seconds' FROM generate_series(1, 500) n",
    r#"INSERT INTO "Back Office".documents
       SELECT n, 'Document ' || n,
              (SELECT string_agg(md5((n * 100 + part)::text), ' ') FROM generate_series(1, 1 + n % 300) part),
              (SELECT string_agg(md5((n * 77 + part)::text), E'\n') FROM generate_series(1, 1 + n % 700) part),
              ('10.' || n % 256 || '.0.0/16')::inet, ('08:00:2b:01:02:' || lpad(to_hex(n % 256), 2, '0'))::macaddr,
              (n % 65536)::bit(16)::varbit,
              tstzrange(timestamptz '2024-01-01 00:00:00+00', CASE WHEN n % 2 = 0 THEN timestamptz '2024-01-01 00:00:00+00' + n * interval '1 day' END),
              (n * 1.25)::numeric::money
         FROM generate_series(1, {documents}) n"#,
    r#"INSERT INTO "Back Office".bookings SELECT n % 10, int4range(n * 10, n * 10 + 5) FROM generate_series(1, {bookings}) n"#,
    r#"INSERT INTO "Back Office".no_columns DEFAULT VALUES"#,
    r#"SELECT setval('"Back Office".ticket', 4210)"#,
];

/// Indexes, constraints, views, rules, triggers and policies.
const AFTER_ROWS: &[&str] = &[
    "ALTER TABLE shop.customers ADD PRIMARY KEY (id)",
    "CREATE UNIQUE INDEX customers_email ON shop.customers (lower(email))",
    "CREATE INDEX customers_tags ON shop.customers USING gin (tags)",
    "ALTER TABLE shop.products ADD CONSTRAINT products_key PRIMARY KEY (id), ADD UNIQUE (sku)",
    "ALTER TABLE shop.orders ADD PRIMARY KEY (id, placed_at)",
    "CREATE INDEX orders_customer ON shop.orders (customer_id) WHERE state <> 'returned'",
    "ALTER TABLE shop.order_lines ADD PRIMARY KEY (order_id, placed_at, line)",
    "ALTER TABLE shop.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE",
    "ALTER TABLE shop.order_lines ADD FOREIGN KEY (order_id, placed_at) REFERENCES shop.orders (id, placed_at)",
    "ALTER TABLE shop.order_lines ADD FOREIGN KEY (product_id) REFERENCES shop.products (id) DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE telemetry.events ADD PRIMARY KEY (id)",
    "CREATE INDEX events_at ON telemetry.events USING brin (at)",
    "CREATE INDEX events_device ON telemetry.events (device, at DESC) INCLUDE (ok)",
    r#"ALTER TABLE "Back Office".documents ADD PRIMARY KEY ("Id")"#,
    r#"ALTER TABLE "Back Office".bookings ADD CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&)"#,
    "CREATE VIEW shop.revenue AS
        SELECT date_trunc('month', o.placed_at) AS month, p.title, sum(l.quantity * l.price) AS revenue
          FROM shop.order_lines l JOIN shop.orders o ON (o.id, o.placed_at) = (l.order_id, l.placed_at)
          JOIN shop.products p ON p.id = l.product_id GROUP BY 1, 2",
    "CREATE VIEW shop.paid WITH (security_barrier) AS SELECT * FROM shop.orders WHERE state = 'paid' WITH LOCAL CHECK OPTION",
    "CREATE MATERIALIZED VIEW telemetry.devices AS
        SELECT device, count(*) AS events, avg(value) AS mean, max(at) AS last_seen FROM telemetry.events GROUP BY device",
    "CREATE UNIQUE INDEX devices_key ON telemetry.devices (device)",
    "CREATE TRIGGER touch BEFORE UPDATE ON shop.customers FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION shop.touch()",
    r#"CREATE RULE no_deletes AS ON DELETE TO "Back Office".documents DO INSTEAD NOTHING"#,
    r#"ALTER TABLE "Back Office".documents ENABLE ROW LEVEL SECURITY"#,
    r#"CREATE POLICY recent ON "Back Office".documents FOR SELECT USING (upper(span) > '2024-06-01 00:00:00+00')"#,
    r#"COMMENT ON TABLE "Back Office".documents IS E'Quotes '' and\nnew lines'"#,
    "REVOKE ALL ON FUNCTION shop.net(numeric, numeric) FROM PUBLIC",
    "GRANT SELECT ON shop.products TO PUBLIC",
    "GRANT UPDATE (title, on_sale) ON shop.products TO PUBLIC",
    "ANALYZE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_holder_is_filled_at_any_scale() {
        for scale in [0.0, 1e-9, 1.0, 7.3, f64::NAN, f64::INFINITY] {
            for sql in statements(scale) {
                for name in [
                    "customers",
                    "products",
                    "orders",
                    "lines",
                    "events",
                    "readings",
                    "documents",
                    "bookings",
                ] {
                    assert!(!sql.contains(&format!("{{{name}}}")), "{sql}");
                }
            }
        }
    }
}
