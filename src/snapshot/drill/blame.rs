//! Whether a failure in a drill is the server's fault: a drill that could not run is no verdict on the snapshot.

use crate::connect::ErrorResponse;
use crate::restore::error::RestoreError;
use crate::restore::failure::Failure;

/// SQLSTATE classes for failures that do not depend on the request: connections, authorization, conflicts between
/// sessions, resources, operators, the system and its configuration.
const OF_THE_SERVER: [&str; 7] = ["08", "28", "40", "53", "57", "58", "F0"];
/// Single SQLSTATEs like that: missing rights, a lock that is held, a read-only server, and damaged data of the server.
const SINGLE: [&str; 6] = ["42501", "55P03", "55006", "25006", "XX001", "XX002"];

pub(super) fn is_of_the_server(error: &ErrorResponse) -> bool {
    let state = error.sqlstate.as_str();
    let class = state.get(..2);
    class.is_some_and(|class| OF_THE_SERVER.contains(&class)) || SINGLE.contains(&state)
}

/// Whether something could not be restored because of the server.
pub(super) fn is_elsewhere(failure: &Failure) -> bool {
    let Some(server) = &failure.server else { return false };
    // Also when the server lacks an extension's files, or its version of them.
    is_of_the_server(server) || failure.is_of_extension()
}

/// Whether a restore ended early because of the server, or because of this process.
pub(super) fn stops_elsewhere(error: &RestoreError) -> bool {
    match error {
        RestoreError::Resumable(cause) | RestoreError::Globals { cause, .. } => stops_elsewhere(cause),
        RestoreError::Connect { .. }
        | RestoreError::Thread { .. }
        | RestoreError::UnsupportedServer { .. }
        | RestoreError::Standby
        | RestoreError::Role { .. }
        | RestoreError::Missing { .. }
        | RestoreError::Interrupted => true,
        RestoreError::Server { source, .. } => source.is_lost() || source.server().is_some_and(is_of_the_server),
        RestoreError::Failed { failure } => is_elsewhere(failure),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, Kind, Relation};
    use crate::restore::failure::Subject;

    fn failure(what: Subject, sqlstate: &str) -> Failure {
        let error = ErrorResponse {
            severity: "ERROR".to_owned(),
            sqlstate: sqlstate.to_owned(),
            message: String::new(),
            detail: None,
            hint: None,
            context: None,
            position: None,
        };
        Failure {
            what,
            statement: None,
            cause: String::new(),
            server: Some(error),
        }
    }

    #[test]
    fn a_server_that_cannot_is_not_the_snapshots_fault() {
        let entry = |kind| {
            Subject::entry(&Entry {
                kind,
                ..Entry::default()
            })
        };
        for state in [
            "53100", "53200", "53300", "57014", "57P01", "58P01", "58030", "42501", "08006", "40P01",
        ] {
            assert!(
                is_elsewhere(&failure(Subject::rows(&Relation::default()), state)),
                "{state}"
            );
        }
        for state in ["42883", "23505", "22P02", "42601", "0A000", "XX000", ""] {
            assert!(!is_elsewhere(&failure(entry(Kind::Table), state)), "{state}");
        }
        assert!(is_elsewhere(&failure(entry(Kind::Extension), "0A000")));
    }
}
