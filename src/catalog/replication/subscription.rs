//! Reads the subscriptions of this database. Their catalog is shared by the whole server.

use crate::catalog::Scope;
use crate::catalog::query::{bulk, names};
use crate::connect::{ConnectError, Row};
use crate::model::objects::database::Uncarried;
use crate::model::objects::replication::{OlderWay, Subscription};
use crate::model::{Class, Definition, Object};
use crate::version::since;

/// The subscriptions found. One of the lists is empty.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    pub objects: Vec<Object>,
    /// Subscriptions that cannot be carried, because this role may not read connection strings.
    pub unreadable: Vec<Uncarried>,
}

const OF_THIS_DATABASE: &str = "\
pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d \
ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()";

pub(crate) fn read(scope: &Scope) -> Result<Subscriptions, ConnectError> {
    // Before 14, not every role may read the oid either.
    let sql = "SELECT pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT') \
               AND pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'oid', 'SELECT') AS allowed";
    let rows = scope.control.query(sql)?;
    if rows
        .first()
        .map(|row| row.bool("allowed"))
        .transpose()?
        .unwrap_or(false)
    {
        Ok(Subscriptions {
            objects: objects(scope)?,
            ..Subscriptions::default()
        })
    } else {
        Ok(Subscriptions {
            unreadable: unreadable(scope)?,
            ..Subscriptions::default()
        })
    }
}

fn objects(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT s.oid, s.subname, {owner} AS owner, s.subconninfo, s.subslotname, s.subpublications, \
         s.subsynccommit, {binary} AS subbinary, {streaming} AS substream, {two_phase} AS subtwophasestate, \
         {disable} AS subdisableonerr, {password} AS subpasswordrequired, {as_owner} AS subrunasowner, \
         {origin} AS suborigin, {failover} AS subfailover FROM {OF_THIS_DATABASE} ORDER BY s.oid",
        owner = names::role("s.subowner"),
        binary = bulk::since(scope, since::BINARY_SUBSCRIPTIONS, "s.subbinary", "false"),
        streaming = bulk::since(scope, since::STREAMING_SUBSCRIPTIONS, "s.substream", "'f'"),
        two_phase = bulk::since(scope, since::TWO_PHASE_SUBSCRIPTIONS, "s.subtwophasestate", "'d'"),
        disable = bulk::since(scope, since::SUBSCRIPTIONS_THAT_STOP, "s.subdisableonerr", "false"),
        password = bulk::since(scope, since::SUBSCRIPTION_PASSWORDS, "s.subpasswordrequired", "true"),
        as_owner = bulk::since(scope, since::SUBSCRIPTIONS_AS_OWNER, "s.subrunasowner", "true"),
        origin = bulk::since(scope, since::SUBSCRIPTION_ORIGIN, "s.suborigin", "'any'"),
        failover = bulk::since(scope, since::FAILOVER_SUBSCRIPTIONS, "s.subfailover", "false"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let streaming = row.char("substream")?;
        let subscription = Subscription {
            connection: row.string("subconninfo")?,
            slot_name: row.opt_string("subslotname")?,
            publications: row.array("subpublications")?,
            options: options(&row, streaming)?,
            older_ways: older_ways(streaming, row.bool("subrunasowner")?),
        };
        let mut object = Object::new(
            Class::Subscription,
            row.oid("oid")?,
            None,
            row.string("subname")?,
            Definition::Subscription(subscription),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

fn options(row: &Row, streaming: char) -> Result<Vec<(&'static str, String)>, ConnectError> {
    let synchronous_commit = row.string("subsynccommit")?;
    let origin = row.string("suborigin")?;
    let all = [
        ("binary", row.bool("subbinary")?.then_some("true")),
        (
            "streaming",
            match streaming {
                't' => Some("on"),
                'p' => Some("parallel"),
                _ => None,
            },
        ),
        (
            "synchronous_commit",
            Some(synchronous_commit.as_str()).filter(|value| *value != "off"),
        ),
        ("two_phase", (row.char("subtwophasestate")? != 'd').then_some("true")),
        ("disable_on_error", row.bool("subdisableonerr")?.then_some("true")),
        (
            "password_required",
            (!row.bool("subpasswordrequired")?).then_some("false"),
        ),
        ("origin", Some(origin.as_str()).filter(|value| *value != "any")),
        ("failover", row.bool("subfailover")?.then_some("true")),
    ];
    Ok(all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?.to_owned())))
        .collect())
}

/// Options for behaviour of older majors. Changes were applied as the subscription's owner until 16 made that an
/// option, and were not streamed until 18 changed the default.
fn older_ways(streaming: char, as_owner: bool) -> Vec<OlderWay> {
    let as_owner = as_owner.then_some(OlderWay {
        since: since::SUBSCRIPTIONS_AS_OWNER,
        option: "run_as_owner",
        value: "true",
    });
    let streaming = (streaming == 'f').then_some(OlderWay {
        since: since::STREAMING_BY_DEFAULT,
        option: "streaming",
        value: "off",
    });
    as_owner.into_iter().chain(streaming).collect()
}

fn unreadable(scope: &Scope) -> Result<Vec<Uncarried>, ConnectError> {
    let rows = scope
        .control
        .query(&format!("SELECT s.subname FROM {OF_THIS_DATABASE} ORDER BY s.subname"))?;
    rows.iter()
        .map(|row| {
            Ok(Uncarried {
                kind: "SUBSCRIPTION".to_owned(),
                schema: None,
                name: row.string("subname")?,
            })
        })
        .collect()
}
