//! Opens a data session: startup message, authentication, and the server's first reports.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{self, ScramSha256};
use postgres_protocol::message::frontend;

use crate::connect::control::byte_budget::{Asides, REST_WITHIN};
use crate::connect::dial::attempt;
use crate::connect::dial::attempt::{Attempt, Opened, ROLE_QUERY, Role};
use crate::connect::dial::transport::Transport;
use crate::connect::params::resolved::ChannelBinding;
use crate::connect::params::secret::Secret;
use crate::connect::wire::inbox::{Inbox, Message};
use crate::connect::wire::session::{TransactionStatus, Wire, is_silence};
use crate::connect::{ConnectError, Params, baseline};

impl Wire {
    /// Opens a session. `params` come from [`crate::connect::Control::params`], so that every session reaches the same
    /// server.
    pub fn connect(params: &Params) -> Result<Self, ConnectError> {
        baseline::open(params, attempt)
    }
}

/// Opens a session, and says whether it is a superuser's with lowered rights.
fn attempt(params: &Params) -> Result<(Wire, bool), ConnectError> {
    // The runtime only dials; all later waits block on the socket itself.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ConnectError::Io)?;
    let open = |attempt: &Attempt<'_>| {
        let started = Instant::now();
        let stream = runtime.block_on(attempt.dial())?;
        attempt.plain.set(!stream.encrypted());
        let encrypted = stream.encrypted();
        let binding = stream.channel_binding();
        let transport = {
            let _guard = runtime.enter();
            stream.into_blocking().map_err(ConnectError::Io)?
        };
        // Zero would mean no limit.
        let left = attempt
            .params
            .connect_timeout
            .map(|limit| limit.saturating_sub(started.elapsed()).max(Duration::from_millis(1)));
        let session = start(attempt, transport, binding, left)?;
        Ok(Opened { session, encrypted })
    };
    let role = |(wire, _): &mut (Wire, bool)| match wire.query(ROLE_QUERY)?.first() {
        Some(row) => Role::from_row(row),
        None => Err(ConnectError::Protocol("no row about the server's role".to_owned())),
    };
    let ((mut wire, lowered), pinned) = attempt::connect_any(params, open, role)?;
    wire.params = pinned;
    let is_superusers = |wire: &mut Wire| {
        let rows = wire.query(baseline::SUPERUSER).unwrap_or_default();
        rows.first().is_some_and(|row| row.bool("super").unwrap_or(false))
    };
    let lowered = lowered && is_superusers(&mut wire);
    Ok((wire, lowered))
}

/// Starts a session on a connected stream, and says whether it has another role than its login's. `limit` bounds each wait
/// for the server.
pub(in crate::connect) fn start(
    attempt: &Attempt<'_>,
    transport: Transport,
    binding: Option<Vec<u8>>,
    limit: Option<Duration>,
) -> Result<(Wire, bool), ConnectError> {
    let encrypted = !attempt.plain.get();
    let mut wire = Wire {
        line: transport.line(),
        transport,
        inbox: Inbox::new(),
        params: attempt.params.clone(),
        parameters: HashMap::new(),
        asides: Asides::default(),
        backend_pid: 0,
        cancel_key: Vec::new(),
        status: TransactionStatus::Idle,
        is_patient: limit.is_none(),
        broken: None,
    };
    attempt.opening.hold(&wire.line);
    let limit = limit.unwrap_or(REST_WITHIN);
    wire.transport.set_read_timeout(Some(limit)).map_err(ConnectError::Io)?;
    let started = greet(&mut wire, attempt, encrypted, binding).and_then(|()| wire.query(&baseline::message()));
    let rows = match started {
        Ok(rows) => rows,
        Err(error) => {
            return Err(match error {
                ConnectError::Io(error) if !wire.is_patient && is_silence(&error) => attempt.timed_out(),
                ConnectError::Io(source) => ConnectError::Dial {
                    target: attempt.target(),
                    source,
                },
                ConnectError::Protocol(what) => ConnectError::Protocol(format!("{}: {what}", attempt.target())),
                other => other,
            });
        }
    };
    wire.is_patient = true;
    let rest_within = Some(REST_WITHIN);
    wire.transport.set_read_timeout(rest_within).map_err(ConnectError::Io)?;
    Ok((wire, baseline::is_lowered(&rows)))
}

fn greet(
    wire: &mut Wire,
    attempt: &Attempt<'_>,
    encrypted: bool,
    binding: Option<Vec<u8>>,
) -> Result<(), ConnectError> {
    let params = attempt.params;
    let mut pairs = vec![
        ("user", params.user.as_str()),
        ("database", params.dbname.as_str()),
        ("client_encoding", params.client_encoding.as_str()),
    ];
    if let Some(name) = &params.application_name {
        pairs.push(("application_name", name));
    }
    if let Some(options) = &params.options {
        pairs.push(("options", options));
    }
    let mut buf = BytesMut::new();
    frontend::startup_message(pairs, &mut buf).map_err(bad_message)?;
    wire.send(&buf)?;

    Login {
        wire,
        attempt,
        encrypted,
        binding,
    }
    .run()?;

    loop {
        let message = wire.receive()?;
        match message.tag {
            b'K' => match wire.inbox.payload(&message).split_first_chunk::<4>() {
                Some((pid, key)) => {
                    let key = key.to_vec();
                    wire.backend_pid = u32::from_be_bytes(*pid);
                    wire.cancel_key = key;
                }
                None => return Err(wire.unexpected(&message)),
            },
            b'E' => return Err(rejected(wire, attempt, &message)),
            b'Z' => {
                wire.ready(&message)?;
                wire.inbox.set_established();
                return Ok(());
            }
            _ => return Err(wire.unexpected(&message)),
        }
    }
}

fn rejected(wire: &mut Wire, attempt: &Attempt<'_>, message: &Message) -> ConnectError {
    ConnectError::Rejected {
        target: attempt.target(),
        error: Box::new(wire.server_error(message)),
    }
}

fn bad_message(error: io::Error) -> ConnectError {
    ConnectError::Protocol(error.to_string())
}

/// Authentication requests, by their code.
mod request {
    pub(in crate::connect) const OK: u32 = 0;
    pub(in crate::connect) const KERBEROS_V5: u32 = 2;
    pub(in crate::connect) const CLEARTEXT: u32 = 3;
    pub(in crate::connect) const MD5: u32 = 5;
    pub(in crate::connect) const SCM: u32 = 6;
    pub(in crate::connect) const GSS: u32 = 7;
    pub(in crate::connect) const SSPI: u32 = 9;
    pub(in crate::connect) const SASL: u32 = 10;
    pub(in crate::connect) const SASL_CONTINUE: u32 = 11;
    pub(in crate::connect) const SASL_FINAL: u32 = 12;
}

struct Login<'a, 'b> {
    wire: &'a mut Wire,
    attempt: &'a Attempt<'b>,
    encrypted: bool,
    binding: Option<Vec<u8>>,
}

impl Login<'_, '_> {
    fn run(mut self) -> Result<(), ConnectError> {
        let (code, data) = self.request()?;
        match code {
            request::OK => return self.allow_unbound(),
            request::CLEARTEXT => {
                self.allow_unbound()?;
                let password = self.password()?;
                self.send_password(password.expose())?;
            }
            request::MD5 => {
                self.allow_unbound()?;
                let password = self.password()?;
                let Some(salt) = data.first_chunk::<4>() else {
                    return Err(self.failed("the server sent no salt".to_owned()));
                };
                let user = self.attempt.params.user.as_bytes();
                let hash = md5_hash(user, password.expose(), *salt);
                self.send_password(hash.as_bytes())?;
            }
            request::SASL => self.scram(&data)?,
            other => return Err(self.unsupported(method_name(other))),
        }
        self.expect(request::OK).map(|_| ())
    }

    /// Code and data of the next authentication request.
    fn request(&mut self) -> Result<(u32, Vec<u8>), ConnectError> {
        let message = self.wire.receive()?;
        match message.tag {
            b'R' => match self.wire.inbox.payload(&message).split_first_chunk::<4>() {
                Some((code, data)) => Ok((u32::from_be_bytes(*code), data.to_vec())),
                None => Err(self.wire.unexpected(&message)),
            },
            b'E' => Err(rejected(self.wire, self.attempt, &message)),
            _ => Err(self.wire.unexpected(&message)),
        }
    }

    /// The next authentication request, which must be `wanted`: a server that skips steps has proved nothing.
    fn expect(&mut self, wanted: u32) -> Result<Vec<u8>, ConnectError> {
        match self.request()? {
            (code, data) if code == wanted => Ok(data),
            (code, _) => Err(ConnectError::Protocol(format!(
                "unexpected authentication request {code}"
            ))),
        }
    }

    fn password(&self) -> Result<Secret, ConnectError> {
        self.attempt
            .host
            .password
            .clone()
            .ok_or_else(|| ConnectError::PasswordRequired {
                target: self.attempt.target(),
            })
    }

    fn send_password(&mut self, password: &[u8]) -> Result<(), ConnectError> {
        let mut buf = BytesMut::new();
        frontend::password_message(password, &mut buf).map_err(bad_message)?;
        self.wire.send(&buf)
    }

    fn failed(&self, reason: String) -> ConnectError {
        ConnectError::Auth {
            target: self.attempt.target(),
            reason,
        }
    }

    fn unsupported(&self, method: String) -> ConnectError {
        ConnectError::UnsupportedAuth {
            target: self.attempt.target(),
            method,
        }
    }

    /// Fails when channel binding is required: this way of authentication has none.
    fn allow_unbound(&self) -> Result<(), ConnectError> {
        if self.attempt.params.tls.channel_binding == ChannelBinding::Require {
            return Err(self.failed("channel binding is required, and the server did not use it".to_owned()));
        }
        Ok(())
    }

    fn scram(&mut self, mechanisms: &[u8]) -> Result<(), ConnectError> {
        let offered = |name: &str| {
            mechanisms
                .split(|&byte| byte == 0)
                .any(|mechanism| mechanism == name.as_bytes())
        };
        let wanted = self.attempt.params.tls.channel_binding;
        let binding = self
            .binding
            .take()
            .filter(|_| self.encrypted && wanted != ChannelBinding::Disable);
        let (mechanism, binding) = match binding {
            Some(binding) if offered(sasl::SCRAM_SHA_256_PLUS) => (
                sasl::SCRAM_SHA_256_PLUS,
                sasl::ChannelBinding::tls_server_end_point(binding),
            ),
            // Tells the server that this side could bind the channel, so that the server notices if somebody removed
            // its offer of binding.
            Some(_) if offered(sasl::SCRAM_SHA_256) => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unrequested()),
            None if offered(sasl::SCRAM_SHA_256) => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unsupported()),
            _ => {
                let names = String::from_utf8_lossy(mechanisms).replace('\0', " ");
                return Err(self.unsupported(format!("SASL ({})", names.trim())));
            }
        };
        if mechanism != sasl::SCRAM_SHA_256_PLUS {
            self.allow_unbound()?;
        }
        let password = self.password()?;
        let mut scram = ScramSha256::new(password.expose(), binding);

        let mut buf = BytesMut::new();
        frontend::sasl_initial_response(mechanism, scram.message(), &mut buf).map_err(bad_message)?;
        self.wire.send(&buf)?;
        let challenge = self.expect(request::SASL_CONTINUE)?;
        scram
            .update(&challenge)
            .map_err(|error| self.failed(error.to_string()))?;

        buf.clear();
        frontend::sasl_response(scram.message(), &mut buf).map_err(bad_message)?;
        self.wire.send(&buf)?;
        let proof = self.expect(request::SASL_FINAL)?;
        scram.finish(&proof).map_err(|error| self.failed(error.to_string()))
    }
}

fn method_name(code: u32) -> String {
    match code {
        request::KERBEROS_V5 => "Kerberos 5".to_owned(),
        request::SCM => "SCM credential".to_owned(),
        request::GSS => "GSSAPI".to_owned(),
        request::SSPI => "SSPI".to_owned(),
        other => format!("unknown ({other})"),
    }
}
