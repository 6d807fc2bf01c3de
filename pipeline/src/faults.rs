//! Places where tests make the program fail, to prove that a restart goes on as if nothing had
//! happened. Nothing happens there unless the environment asks for it.
//!
//! `TAPEFLOW_FAULTS` lists `name:count:action` with commas between: the action is taken when the
//! point of that name is met for the count-th time. Actions are `kill` and `stop` (SIGKILL and
//! SIGSTOP to this process), `error`, `panic`, `sleep:ms`, and `jump:ms` (the wall clock is off by
//! so much from then on, backwards if negative). `TAPEFLOW_FAULT_LOG` names a file to which every
//! point that is met appends a line: its name, the process, and how many rows were suppressed so
//! far. A test that finds no line of its point has proved nothing and must fail.

use std::{
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// A failure that a test asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fault `{0}` was asked for")]
pub struct Fault(pub &'static str);

#[derive(Debug, PartialEq, Eq)]
enum Action {
    Kill,
    Stop,
    Error,
    Panic,
    Sleep(Duration),
    Jump(i64),
}

#[derive(Debug)]
struct Point {
    name: String,
    count: u64,
    action: Action,
    met: AtomicU64,
}

struct Faults {
    points: Vec<Point>,
    log: Option<PathBuf>,
}

/// How far the wall clock is off, nanoseconds.
static JUMPED: AtomicI64 = AtomicI64::new(0);

/// How far the wall clock is off because a test wants it so, nanoseconds.
pub(crate) fn jumped() -> i64 {
    JUMPED.load(Ordering::Relaxed)
}

/// Does a test ask for faults?
pub(crate) fn asked_for() -> bool {
    all().is_some()
}

/// A point was met.
///
/// # Errors
/// When the environment asks for an error here.
pub fn hit(name: &'static str) -> Result<(), Fault> {
    hit_with(name, 0)
}

/// A point was met after so many rows were suppressed.
///
/// # Errors
/// As [`hit`].
pub fn hit_with(name: &'static str, suppressed: u64) -> Result<(), Fault> {
    match all() {
        Some(faults) => faults.meet(name, suppressed),
        None => Ok(()),
    }
}

/// Dies on the spot, as of SIGKILL.
pub(crate) fn die() -> ! {
    signal("-KILL", std::process::id());
    std::process::abort()
}

fn all() -> Option<&'static Faults> {
    static FAULTS: OnceLock<Option<Faults>> = OnceLock::new();
    FAULTS.get_or_init(of_environment).as_ref()
}

fn of_environment() -> Option<Faults> {
    let list = std::env::var("TAPEFLOW_FAULTS").ok()?;
    let points = list.split(',').filter(|point| !point.is_empty());
    let read = |text: &str| parse(text).unwrap_or_else(|| panic!("TAPEFLOW_FAULTS: `{text}`?"));
    let log = std::env::var_os("TAPEFLOW_FAULT_LOG").map(PathBuf::from);
    Some(Faults { points: points.map(read).collect(), log })
}

fn parse(text: &str) -> Option<Point> {
    let mut parts = text.splitn(3, ':');
    let (name, count) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
    let action = match parts.next()? {
        "kill" => Action::Kill,
        "stop" => Action::Stop,
        "error" => Action::Error,
        "panic" => Action::Panic,
        other => match other.split_once(':')? {
            ("sleep", ms) => Action::Sleep(Duration::from_millis(ms.parse().ok()?)),
            ("jump", ms) => Action::Jump(ms.parse().ok()?),
            _ => return None,
        },
    };
    Some(Point { name, count, action, met: AtomicU64::new(0) })
}

impl Faults {
    fn meet(&self, name: &'static str, suppressed: u64) -> Result<(), Fault> {
        let process = std::process::id();
        if let Some(path) = &self.log {
            let line = format!("{name} {process} {suppressed}\n");
            let file = OpenOptions::new().create(true).append(true).open(path);
            // A log that misses a line fails the test that looks for it.
            let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
        }
        for point in self.points.iter().filter(|point| point.name == name) {
            if point.met.fetch_add(1, Ordering::Relaxed) + 1 != point.count {
                continue;
            }
            match point.action {
                Action::Kill => signal("-KILL", process),
                Action::Stop => signal("-STOP", process),
                Action::Error => return Err(Fault(name)),
                Action::Panic => panic!("the fault `{name}` was asked for"),
                Action::Sleep(time) => std::thread::park_timeout(time),
                Action::Jump(ms) => drop(JUMPED.fetch_add(ms * 1_000_000, Ordering::Relaxed)),
            }
        }
        Ok(())
    }
}

/// Sends a signal to this process by the system's own command: the standard library cannot.
fn signal(which: &str, process: u32) {
    let process = process.to_string();
    let sent = Command::new("sh").args(["-c", r#"kill "$0" "$1""#, which, &process]).status();
    assert!(sent.is_ok_and(|status| status.success()), "cannot send {which} to {process}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(list: &str) -> Faults {
        Faults { points: list.split(',').map(|text| parse(text).unwrap()).collect(), log: None }
    }

    #[test]
    fn an_action_is_taken_once_at_its_count() {
        let faults = faults("a:2:error,b:1:sleep:1");
        let met = |name| faults.meet(name, 0);
        assert_eq!([met("a"), met("a"), met("a")], [Ok(()), Err(Fault("a")), Ok(())]);
        assert_eq!((met("b"), met("c")), (Ok(()), Ok(())));
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for text in ["a", "a:1", "a:x:kill", "a:1:boom", "a:1:sleep", "a:1:sleep:x"] {
            assert!(parse(text).is_none(), "{text}");
        }
        assert_eq!(parse("a:3:stop").unwrap().action, Action::Stop);
        assert_eq!(parse("a:1:jump:-7").unwrap().action, Action::Jump(-7));
    }

    #[test]
    fn every_point_that_is_met_is_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let faults = Faults { points: Vec::new(), log: Some(log.clone()) };
        faults.meet("one", 0).unwrap();
        faults.meet("two", 7).unwrap();
        let process = std::process::id();
        let said = std::fs::read_to_string(log).unwrap();
        assert_eq!(said, format!("one {process} 0\ntwo {process} 7\n"));
    }
}
