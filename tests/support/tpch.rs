//! A TPC-H database: the benchmark's tables with keys, foreign keys and indexes.

use std::fmt::Display;

use pgark::internals::connect::{ConnectError, Wire};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

const TABLES: &str = "
CREATE TABLE region (r_regionkey integer, r_name char(25) NOT NULL, r_comment varchar(152));
CREATE TABLE nation (n_nationkey integer, n_name char(25) NOT NULL, n_regionkey integer NOT NULL, n_comment varchar(152));
CREATE TABLE supplier (s_suppkey integer, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL,
    s_nationkey integer NOT NULL, s_phone char(15) NOT NULL, s_acctbal numeric(15,2) NOT NULL, s_comment varchar(101) NOT NULL);
CREATE TABLE customer (c_custkey integer, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL,
    c_nationkey integer NOT NULL, c_phone char(15) NOT NULL, c_acctbal numeric(15,2) NOT NULL,
    c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL);
CREATE TABLE part (p_partkey integer, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL,
    p_type varchar(25) NOT NULL, p_size integer NOT NULL, p_container char(10) NOT NULL,
    p_retailprice numeric(15,2) NOT NULL, p_comment varchar(23) NOT NULL);
CREATE TABLE partsupp (ps_partkey integer NOT NULL, ps_suppkey integer NOT NULL, ps_availqty integer NOT NULL,
    ps_supplycost numeric(15,2) NOT NULL, ps_comment varchar(199) NOT NULL);
CREATE TABLE orders (o_orderkey bigint, o_custkey integer NOT NULL, o_orderstatus char(1) NOT NULL,
    o_totalprice numeric(15,2) NOT NULL, o_orderdate date NOT NULL, o_orderpriority char(15) NOT NULL,
    o_clerk char(15) NOT NULL, o_shippriority integer NOT NULL, o_comment varchar(79) NOT NULL);
CREATE TABLE lineitem (l_orderkey bigint NOT NULL, l_partkey integer NOT NULL, l_suppkey integer NOT NULL,
    l_linenumber integer NOT NULL, l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL,
    l_discount numeric(15,2) NOT NULL, l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL,
    l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
    l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL)";

const KEYS: &[&str] = &[
    "ALTER TABLE region ADD PRIMARY KEY (r_regionkey)",
    "ALTER TABLE nation ADD PRIMARY KEY (n_nationkey)",
    "ALTER TABLE supplier ADD PRIMARY KEY (s_suppkey)",
    "ALTER TABLE customer ADD PRIMARY KEY (c_custkey)",
    "ALTER TABLE part ADD PRIMARY KEY (p_partkey)",
    "ALTER TABLE partsupp ADD PRIMARY KEY (ps_partkey, ps_suppkey)",
    "ALTER TABLE orders ADD PRIMARY KEY (o_orderkey)",
    "ALTER TABLE lineitem ADD PRIMARY KEY (l_orderkey, l_linenumber)",
    "ALTER TABLE nation ADD FOREIGN KEY (n_regionkey) REFERENCES region",
    "ALTER TABLE supplier ADD FOREIGN KEY (s_nationkey) REFERENCES nation",
    "ALTER TABLE customer ADD FOREIGN KEY (c_nationkey) REFERENCES nation",
    "ALTER TABLE partsupp ADD FOREIGN KEY (ps_partkey) REFERENCES part, ADD FOREIGN KEY (ps_suppkey) REFERENCES supplier",
    "ALTER TABLE orders ADD FOREIGN KEY (o_custkey) REFERENCES customer",
    "ALTER TABLE lineitem ADD FOREIGN KEY (l_orderkey) REFERENCES orders, ADD FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp",
    "CREATE INDEX lineitem_shipdate ON lineitem (l_shipdate)",
    "CREATE INDEX lineitem_part ON lineitem (l_partkey, l_suppkey)",
    "CREATE INDEX orders_customer ON orders (o_custkey)",
    "CREATE INDEX orders_date ON orders (o_orderdate)",
    "ANALYZE",
];

/// Bytes per COPY message.
const BATCH_BYTES: usize = 256 * 1024;

/// Fills the empty database of `wire`; at scale 1 it has about 1 GB of rows and 8.7 million of them. Returns the rows.
pub fn load(wire: &mut Wire, scale: f64) -> Result<u64, ConnectError> {
    wire.execute(TABLES)?;
    let mut rows = 0;
    rows += copy(wire, "region", RegionGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "nation", NationGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "supplier", SupplierGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "customer", CustomerGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "part", PartGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "partsupp", PartSuppGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "orders", OrderGenerator::new(scale, 1, 1).iter())?;
    rows += copy(wire, "lineitem", LineItemGenerator::new(scale, 1, 1).iter())?;
    for sql in KEYS {
        wire.execute(sql)?;
    }
    Ok(rows)
}

fn copy<R: Display>(wire: &mut Wire, table: &str, rows: impl Iterator<Item = R>) -> Result<u64, ConnectError> {
    use std::fmt::Write;
    let mut copy = wire.copy_in(&format!("COPY {table} FROM STDIN WITH (DELIMITER '|')"))?;
    let mut text = String::with_capacity(BATCH_BYTES + 1024);
    for row in rows {
        write!(text, "{row}").expect("a String takes any text");
        // The benchmark's own form ends every field with the separator, COPY wants it between fields.
        if text.ends_with('|') {
            text.pop();
        }
        text.push('\n');
        if text.len() >= BATCH_BYTES {
            copy.send(text.as_bytes())?;
            text.clear();
        }
    }
    copy.send(text.as_bytes())?;
    copy.finish()
}
