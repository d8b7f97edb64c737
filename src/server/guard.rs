//! The guard, which ends a server when the process that started it is gone.
//!
//! A destructor does not run after a signal, an abort or `exit`, nor for a value in a `static`. So each server has a
//! small shell beside it that waits on a pipe. However the starting process ends, the kernel closes the pipe, and the
//! shell stops the server and removes its folder. An orderly stop writes `done` to the pipe first.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Arguments: `$1` is the server's folder. Input: `pid N` once the server runs, `done` when there is nothing left to
/// do. The pid is trusted only while the lock file in the data folder names it.
const SCRIPT: &str = r#"
pid=
while read -r word value; do
  case $word in
    done) exit 0 ;;
    pid) pid=$value ;;
  esac
done
read -r held 2>/dev/null <"$1/data/postmaster.pid" && [ -n "$pid" ] && [ "$held" = "$pid" ] && {
  kill -QUIT "$pid"
  n=0
  while [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do
    sleep 0.1
    n=$((n + 1))
  done
}
rm -rf -- "$1"
"#;

/// The running guard of one folder.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts the guard: from now on `folder` is removed when this process ends.
    pub fn start(folder: &Path) -> io::Result<Guard> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "pgark-guard"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C on a terminal goes to the whole process group; the guard must outlive it.
            .process_group(0)
            .spawn()?;
        let pipe = shell.stdin.take();
        Ok(Guard { shell, pipe })
    }

    /// Tells the guard the server's process.
    pub fn watch(&mut self, pid: u32) -> io::Result<()> {
        self.say(&format!("pid {pid}\n"))
    }

    /// Ends the guard, after the caller has stopped the server and removed the folder.
    pub fn dismiss(&mut self) {
        let _ = self.say("done\n");
        self.pipe = None;
        let _ = self.shell.wait();
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        match &mut self.pipe {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Without `dismiss`, the closed pipe makes the shell clean up. Wait for it, so that nothing is left behind.
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_that_is_not_dismissed_removes_the_folder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let watched = folder.path().join("it's here");
        std::fs::create_dir_all(watched.join("data")).expect("folder");
        drop(Guard::start(&watched).expect("guard"));
        assert!(!watched.exists());
    }

    #[test]
    fn a_dismissed_guard_touches_nothing() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut guard = Guard::start(folder.path()).expect("guard");
        guard.watch(1).expect("pipe");
        guard.dismiss();
        assert!(folder.path().exists());
    }

    #[test]
    fn a_process_that_the_lock_file_does_not_name_is_left_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("data")).expect("folder");
        std::fs::write(folder.path().join("data/postmaster.pid"), "1\n").expect("file");
        let mut bystander = Command::new("sleep").arg("60").spawn().expect("sleep");
        let mut guard = Guard::start(folder.path()).expect("guard");
        guard.watch(bystander.id()).expect("pipe");
        drop(guard);
        assert!(bystander.try_wait().expect("state").is_none());
        bystander.kill().expect("kill");
        bystander.wait().expect("wait");
    }
}
