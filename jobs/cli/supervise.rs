//! A run of several processes on this machine: started together, ended together, and a live one
//! started again when one of them dies.

use super::{Failure, Outcome, interrupt::Signals};
use anyhow::{Context, anyhow};
use rustix::process::{Pid, Signal, kill_process};
use std::{ffi::OsString, net::TcpListener, process::ExitStatus, time::Duration};
use tokio::{
    process::{Child, Command},
    runtime::Builder,
    time::timeout,
};

/// How long the others may take to notice that one is gone.
const GRACE: Duration = Duration::from_secs(5);
/// Starts that fail this soon after each other are no accident.
const RESTARTS: u32 = 100;

/// How a group ended.
enum Group {
    Done,
    /// One of them never started or was told to give way: no other start would help.
    Final(i32),
    /// It was asked to stop, and one of them did not do it well.
    Stopped(String),
    Died(String),
}

/// Starts this command as so many processes, and waits for them.
///
/// `locks`: whether the lake knows by itself that a process is dead. Where it does not, the next
/// start takes the run over.
pub fn supervise(processes: usize, live: bool, locks: bool) -> Outcome {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::new().ok_or_else(|| Failure::failed(anyhow!("no signals")))?;
        for start in 0.. {
            match group(processes, start > 0 && !locks, &mut signals).await? {
                Group::Done => return Ok(()),
                Group::Final(code) => std::process::exit(code),
                Group::Died(why) if live && start < RESTARTS => {
                    eprintln!("{why}; the group has ended, and starts again");
                }
                Group::Stopped(why) | Group::Died(why) => {
                    return Err(Failure::failed(anyhow!("{why}")));
                }
            }
        }
        Ok(())
    })
}

async fn group(processes: usize, take_over: bool, signals: &mut Signals) -> Result<Group, Failure> {
    let hosts = addresses(processes)?.join(",");
    let program = std::env::current_exe()?;
    let mut children: Vec<Child> = Vec::new();
    for index in 0..processes {
        let mut command = Command::new(&program);
        command.args(arguments()).args(["--hosts", &hosts, "--process", &index.to_string()]);
        if take_over && !std::env::args_os().any(|a| a == "--take-over") {
            command.arg("--take-over");
        }
        // The parent's end is theirs, even if it was killed.
        command.kill_on_drop(true).env("TAPEFLOW_SUPERVISED", std::process::id().to_string());
        let child = command.spawn().context("cannot start a process of the group");
        children.push(child.map_err(Failure::NotStarted)?);
    }
    let mut ended: Vec<Option<ExitStatus>> = vec![None; processes];
    let mut bad: Option<(usize, ExitStatus)> = None;
    let mut stopped = false;
    loop {
        let waiting = async {
            loop {
                for (index, child) in children.iter_mut().enumerate() {
                    if ended[index].is_none()
                        && let Ok(Some(status)) = child.try_wait()
                    {
                        return (index, status);
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let next = async {
            tokio::select! {
                biased;
                _ = signals.next() => None,
                some = waiting => Some(some),
            }
        };
        let limit = if bad.is_some() { GRACE } else { Duration::MAX };
        match timeout(limit, next).await {
            Ok(None) => {
                stopped = true;
                children.iter().for_each(|child| tell(child, Signal::TERM));
            }
            Ok(Some((index, status))) => {
                ended[index] = Some(status);
                if !status.success() && bad.is_none_or(|(_, b)| b.code() == Some(1)) {
                    bad = Some((index, status));
                }
            }
            Err(_) => children.iter().for_each(|child| tell(child, Signal::KILL)),
        }
        if ended.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(match bad {
        None => Group::Done,
        Some((_, status)) if matches!(status.code(), Some(2 | 3)) => {
            Group::Final(status.code().unwrap_or(1))
        }
        Some((index, status)) if stopped => {
            Group::Stopped(format!("process {index} ended with {status} when asked to stop"))
        }
        Some((index, status)) => Group::Died(format!("process {index} ended with {status}")),
    })
}

fn tell(child: &Child, signal: Signal) {
    // A child that is gone has no id any more.
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id as i32)) {
        let _ = kill_process(pid, signal);
    }
}

/// This process's arguments without the number of processes.
fn arguments() -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut all = std::env::args_os().skip(1);
    while let Some(argument) = all.next() {
        let text = argument.to_string_lossy();
        if text == "--processes" {
            all.next();
        } else if !text.starts_with("--processes=") {
            kept.push(argument);
        }
    }
    kept
}

/// Addresses that are free at the moment.
fn addresses(processes: usize) -> Result<Vec<String>, Failure> {
    let bind = |_| TcpListener::bind("127.0.0.1:0");
    let listeners = (0..processes).map(bind).collect::<Result<Vec<_>, _>>()?;
    let address = |listener: &TcpListener| Ok(listener.local_addr()?.to_string());
    listeners.iter().map(address).collect()
}
