//! SQL over pgark's own connections, panicking with the server's words when it fails.

use pgark::internals::connect::{ConnSpec, Params, Row, Wire};

/// One session.
pub struct Session {
    wire: Wire,
}

/// Parameters from a connection string alone; the environment of the test run has no say.
pub fn params(conninfo: &str) -> Params {
    let spec = ConnSpec {
        target: Some(conninfo.to_owned()),
        ..ConnSpec::default()
    };
    pgark::internals::connect::resolve(&spec, &|_| None, None, None)
        .expect("connection string of the harness")
        .params
}

impl Session {
    pub fn open(conninfo: &str) -> Session {
        Session::try_open(conninfo).unwrap_or_else(|error| panic!("cannot connect to {conninfo}: {error}"))
    }

    pub fn try_open(conninfo: &str) -> Result<Session, String> {
        let control =
            pgark::internals::connect::Control::connect(&params(conninfo)).map_err(|error| error.to_string())?;
        let mut wire = Wire::connect(control.params()).map_err(|error| error.to_string())?;
        // pgark's own sessions begin otherwise; scripts expect what psql gives them.
        let as_psql = format!(
            "{}; SET search_path = \"$user\", public",
            pgark::internals::connect::baseline::of_users()
        );
        wire.execute(&as_psql).map_err(|error| error.to_string())?;
        Ok(Session { wire })
    }

    pub fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    pub fn execute(&mut self, sql: &str) {
        self.try_execute(sql)
            .unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    }

    pub fn try_execute(&mut self, sql: &str) -> Result<(), String> {
        self.wire.execute(sql).map_err(|error| error.to_string())
    }

    pub fn query(&mut self, sql: &str) -> Vec<Row> {
        self.wire
            .query(sql)
            .unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }

    /// The column `value` of the only row.
    pub fn value(&mut self, sql: &str) -> String {
        let rows = self.query(sql);
        assert_eq!(rows.len(), 1, "rows of {sql}");
        rows[0]
            .string("value")
            .unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }
}
