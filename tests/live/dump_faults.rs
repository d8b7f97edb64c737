//! What happens to a dump when a connection, the server or a session fails in the middle of it.

use std::time::Duration;

use crate::kit::{Folder, filled, run};
use crate::support::fault_proxy::{At, Deed, Fault, FaultProxy, Phase, Place, Side};
use crate::support::places;

#[test]
fn the_proxy_counts_what_passes_and_fails_where_it_is_told_to() {
    let source = filled(
        18,
        "proxy",
        "CREATE TABLE t AS SELECT n, repeat('x', 100) AS x FROM generate_series(1, 5000) n;",
    );
    let folder = Folder::new();
    let scratch = &places().scratch;
    let dump = |proxy: &FaultProxy, name: &str| {
        let ended = run(
            &["dump", &proxy.conninfo(source.name()), "-j1", "-o", &folder.file(name)],
            &[],
        );
        (ended, proxy.report())
    };
    let delays = vec![
        Fault::new(At::Statement(None, "COPY", 1), Deed::Delay(Duration::from_millis(1))),
        Fault::new(At::Bytes(2, Side::Server, 1001), Deed::Delay(Duration::from_millis(1))),
        Fault::new(At::TotalRows(Side::Server, 1003), Deed::Delay(Duration::from_millis(1))).times(3),
    ];
    let proxy = FaultProxy::start(scratch, source.server(), delays);
    let (ended, whole) = dump(&proxy, "a.pgark");
    ended.expect_code(0);
    assert_eq!(whole.connections.len(), 2);
    assert!(whole.rows(Side::Server) > 500_000);
    assert_eq!(
        whole.done.iter().map(|done| done.fault).collect::<Vec<_>>(),
        [1, 0, 2, 2, 2]
    );
    assert_eq!(whole.done[0].server_bytes, 1001);
    assert!(whole.connections[1].messages(Side::Server, b'd') >= 5000);

    for tcp in [false, true] {
        let start = |plan| match tcp {
            true => FaultProxy::start_tcp(scratch, source.server(), plan),
            false => FaultProxy::start(scratch, source.server(), plan),
        };
        for deed in [
            Deed::Cut,
            Deed::Reset,
            Deed::CutAll,
            Deed::StallThenCut(Duration::from_millis(10)),
        ] {
            let proxy = start(vec![Fault::new(At::Rows(Some(2), Side::Server, 12_345), deed)]);
            let (ended, report) = dump(&proxy, "b.pgark");
            ended.expect_code(1);
            assert_eq!(report.done.len(), 1);
            assert_eq!((report.done[0].connection, report.done[0].phase), (2, Phase::Copy));
            assert_eq!(report.connections[1].server_rows, 12_345);
        }
        let inside = At::Message(None, Side::Server, b'd', 7, Place::Inside);
        let proxy = start(vec![Fault::cut(inside)]);
        let (ended, report) = dump(&proxy, "c.pgark");
        ended.expect_code(1);
        assert_eq!(report.connections[1].messages(Side::Server, b'd'), 7);
    }
}
