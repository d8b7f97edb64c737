//! Questions on the terminal.
//!
//! A signal ends a question. The answer is read in a thread that no signal wakes, so the terminal's echo is restored
//! here.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::cli::terminal::failure::CommandFailure;
use crate::dump::DumpError;
use crate::job::Stop;

const STEP: Duration = Duration::from_millis(50);

/// Asks for a password, which is typed without an echo.
pub(crate) fn password(prompt: &str, stop: &Stop) -> Result<String, CommandFailure> {
    let terminal = File::open("/dev/tty").ok();
    let before = terminal.as_ref().and_then(|terminal| tcgetattr(terminal).ok());
    let prompt = prompt.to_owned();
    let answer = wait(stop, move || rpassword::prompt_password(prompt));
    if let (Err(Unanswered::Interrupted), Some(terminal), Some(before)) = (&answer, &terminal, &before) {
        // If this fails, the terminal stays without an echo.
        let _ = tcsetattr(terminal, OptionalActions::Now, before);
    }
    answer.map_err(|why| why.failure("cannot read a password"))
}

/// Asks for a line of standard input, and returns it without its end.
pub(crate) fn line(prompt: &str, stop: &Stop) -> Result<String, CommandFailure> {
    let prompt = prompt.to_owned();
    let answer = wait(stop, move || {
        let mut out = io::stdout().lock();
        out.write_all(prompt.as_bytes()).and_then(|()| out.flush())?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(answer)
    });
    let answer = answer.map_err(|why| why.failure("cannot ask"))?;
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

enum Unanswered {
    Interrupted,
    Failed(io::Error),
}

impl Unanswered {
    fn failure(self, what: &str) -> CommandFailure {
        match self {
            Self::Interrupted => DumpError::Interrupted.into(),
            Self::Failed(error) => CommandFailure::local(format!("{what}: {error}")),
        }
    }
}

fn wait<T: Send + 'static>(stop: &Stop, ask: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Unanswered> {
    let (sender, answer) = mpsc::sync_channel(1);
    let asking = std::thread::Builder::new().name("question".into());
    // The caller may have stopped waiting.
    let asking = asking.spawn(move || drop(sender.send(ask())));
    asking.map_err(Unanswered::Failed)?;
    loop {
        match answer.recv_timeout(STEP) {
            Ok(answer) => return answer.map_err(Unanswered::Failed),
            Err(RecvTimeoutError::Disconnected) => return Err(Unanswered::Failed(io::ErrorKind::Other.into())),
            Err(RecvTimeoutError::Timeout) if stop.stopped() => return Err(Unanswered::Interrupted),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
