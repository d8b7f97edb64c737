//! The order of attempts, against invented servers.

use std::cell::RefCell;

use super::*;
use crate::connect::error::ErrorResponse;
use crate::connect::{ConnSpec, resolve};

const PRIMARY: Role = Role {
    in_recovery: false,
    read_only: false,
};
const STANDBY: Role = Role {
    in_recovery: true,
    read_only: true,
};

fn params(text: &str) -> Params {
    let spec = ConnSpec {
        target: Some(text.to_owned()),
        ..ConnSpec::default()
    };
    resolve(&spec, &|_| None, Some("me"), None).unwrap().params
}

fn refused(attempt: &Attempt<'_>) -> ConnectError {
    ConnectError::Dial {
        target: attempt.target(),
        source: std::io::ErrorKind::ConnectionRefused.into(),
    }
}

fn rejected(attempt: &Attempt<'_>, sqlstate: &str) -> ConnectError {
    let mut error = ErrorResponse::parse(b"");
    error.sqlstate = sqlstate.to_owned();
    ConnectError::Rejected {
        target: attempt.target(),
        error: Box::new(error),
    }
}

/// A server by its port: what becomes of an attempt, given whether the stream is encrypted.
type Server = fn(&Attempt<'_>, bool) -> Result<Role, ConnectError>;

/// Tries everything. The log has port and `s` for an encrypted attempt; the result has the port.
fn run(text: &str, has_tls: bool, server: Server) -> (String, Result<(u16, Params), ConnectError>) {
    let log = RefCell::new(Vec::new());
    let result = connect_any(
        &params(text),
        |attempt| {
            let encrypted = match attempt.encryption {
                Encryption::Plain => false,
                Encryption::Offered => has_tls,
                Encryption::Required if has_tls => true,
                Encryption::Required => {
                    return Err(ConnectError::TlsRefused {
                        target: attempt.target(),
                        sslmode: "x",
                    });
                }
            };
            attempt.plain.set(!encrypted);
            let port = attempt.host.port;
            log.borrow_mut()
                .push(format!("{port}{}", if encrypted { "s" } else { "" }));
            let role = server(attempt, encrypted)?;
            Ok(Opened {
                session: (port, role),
                encrypted,
            })
        },
        |session| Ok(session.1),
    );
    let result = result.map(|(session, pinned)| (session.0, pinned));
    (log.into_inner().join(" "), result)
}

#[test]
fn each_sslmode_tries_its_modes_in_order() {
    let open: Server = |_, _| Ok(PRIMARY);
    let tls_only: Server = |attempt, encrypted| match encrypted {
        true => Ok(PRIMARY),
        false => Err(rejected(attempt, "28000")),
    };
    let plain_only: Server = |attempt, encrypted| match encrypted {
        false => Ok(PRIMARY),
        true => Err(rejected(attempt, "28000")),
    };
    let no_tls_handshake: Server = |attempt, encrypted| match encrypted {
        false => Ok(PRIMARY),
        true => Err(ConnectError::Tls {
            target: attempt.target(),
            reason: String::new(),
        }),
    };
    for (mode, server, log, works) in [
        ("disable", open, "1", true),
        ("disable", tls_only, "1", false),
        ("allow", open, "1", true),
        ("allow", tls_only, "1 1s", true),
        ("prefer", open, "1s", true),
        ("prefer", plain_only, "1s 1", true),
        ("prefer", no_tls_handshake, "1s 1", true),
        ("require", open, "1s", true),
        ("require", plain_only, "1s", false),
        ("require", no_tls_handshake, "1s", false),
        ("verify-full", no_tls_handshake, "1s", false),
    ] {
        let text = format!("hostaddr=127.0.0.1 port=1 sslmode={mode}");
        let (tried, result) = run(&text, true, server);
        assert_eq!((tried.as_str(), result.is_ok()), (log, works), "{mode}");
        if let Ok((_, pinned)) = result {
            let pin = pinned.hosts[0].pin.unwrap();
            assert_eq!(pin.encrypted, log.ends_with('s'));
            assert_eq!(pin.address, Some("127.0.0.1:1".parse().unwrap()));
        }
    }
}

#[test]
fn a_refused_offer_of_tls_is_not_tried_twice_in_plain() {
    let wrong: Server = |attempt, _| Err(rejected(attempt, "28P01"));
    let (tried, result) = run("hostaddr=127.0.0.1 port=1 sslmode=prefer", false, wrong);
    assert_eq!(tried, "1");
    assert_eq!(result.unwrap_err().sqlstate(), Some("28P01"));
}

#[test]
fn the_error_that_says_most_is_kept() {
    let wrong_over_tls: Server = |attempt, encrypted| Err(rejected(attempt, if encrypted { "28P01" } else { "28000" }));
    let wrong_in_plain: Server = |attempt, encrypted| Err(rejected(attempt, if encrypted { "28000" } else { "28P01" }));
    for mode in ["allow", "prefer"] {
        for server in [wrong_over_tls, wrong_in_plain] {
            let text = format!("hostaddr=127.0.0.1 port=1 sslmode={mode}");
            let (_, result) = run(&text, true, server);
            assert_eq!(result.unwrap_err().sqlstate(), Some("28P01"));
        }
    }
    let (_, result) = run("hostaddr=127.0.0.1 port=1 sslmode=allow", false, wrong_in_plain);
    assert_eq!(result.unwrap_err().sqlstate(), Some("28P01"));
}

#[test]
fn a_socket_is_never_encrypted() {
    let (tried, result) = run("host=/x port=1 sslmode=verify-full", true, |_, _| Ok(PRIMARY));
    assert_eq!(tried, "1");
    let (_, pinned) = result.unwrap();
    assert_eq!(
        pinned.hosts[0].pin,
        Some(Pin {
            address: None,
            encrypted: false
        })
    );
}

#[test]
fn unreachable_hosts_are_passed_and_a_refusal_ends_the_search() {
    const THREE: &str = "hostaddr=127.0.0.1,127.0.0.1,127.0.0.1 port=1,2,3 sslmode=disable";
    let (tried, result) = run(THREE, true, |attempt, _| match attempt.host.port {
        1 => Err(refused(attempt)),
        2 => Err(rejected(attempt, "57P03")),
        _ => Ok(PRIMARY),
    });
    assert_eq!(tried, "1 2 3");
    let (port, pinned) = result.unwrap();
    assert_eq!(port, 3);
    assert_eq!(pinned.hosts.len(), 1);
    assert_eq!(pinned.describe(), "`127.0.0.1:3/me`");

    let (tried, result) = run(THREE, true, |attempt, _| match attempt.host.port {
        1 => Err(refused(attempt)),
        2 => Err(rejected(attempt, "28P01")),
        _ => Ok(PRIMARY),
    });
    assert_eq!(tried, "1 2");
    assert_eq!(result.unwrap_err().sqlstate(), Some("28P01"));

    let (tried, result) = run(THREE, true, |attempt, _| Err(refused(attempt)));
    assert_eq!(tried, "1 2 3");
    match result.unwrap_err() {
        ConnectError::AllHosts(errors) => assert_eq!(errors.len(), 3),
        other => panic!("{other}"),
    }
}

#[test]
fn the_wanted_kind_of_server_is_searched_for() {
    fn cluster(attempt: &Attempt<'_>, _encrypted: bool) -> Result<Role, ConnectError> {
        Ok(match attempt.host.port {
            1 => PRIMARY,
            2 => STANDBY,
            _ => Role {
                in_recovery: false,
                read_only: true,
            },
        })
    }
    let search = |wanted: &str, ports: &str| {
        let hosts = vec!["127.0.0.1"; ports.split(',').count()].join(",");
        let text = format!("hostaddr={hosts} port={ports} sslmode=disable target_session_attrs={wanted}");
        let (_, result) = run(&text, true, cluster);
        result.ok().map(|(port, _)| port)
    };
    assert_eq!(search("any", "2,1"), Some(2));
    assert_eq!(search("read-write", "2,3,1"), Some(1));
    assert_eq!(search("read-only", "1,3"), Some(3));
    assert_eq!(search("primary", "2,3"), Some(3));
    assert_eq!(search("standby", "1,3,2"), Some(2));
    assert_eq!(search("standby", "1,3"), None);
    assert_eq!(search("prefer-standby", "1,2"), Some(2));
    assert_eq!(search("prefer-standby", "1,3"), Some(1));
}

#[test]
fn a_pinned_session_does_exactly_the_same_again() {
    let (_, result) = run(
        "hostaddr=127.0.0.1 port=1 sslmode=allow",
        true,
        |attempt, encrypted| match encrypted {
            true => Ok(PRIMARY),
            false => Err(rejected(attempt, "28000")),
        },
    );
    let (_, pinned) = result.unwrap();
    let log = RefCell::new(Vec::new());
    let again = connect_any(
        &pinned,
        |attempt| {
            log.borrow_mut().push((attempt.encryption, attempt.address));
            Ok(Opened {
                session: (),
                encrypted: true,
            })
        },
        |()| Ok(PRIMARY),
    );
    assert!(again.is_ok());
    let address = "127.0.0.1:1".parse().unwrap();
    assert_eq!(log.into_inner(), [(Encryption::Required, Some(address))]);
}
