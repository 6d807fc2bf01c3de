//! Ctrl-C and SIGTERM: the first asks the run to end, the second ends the process. What comes
//! within a second is one request: a process of a group hears it from the terminal and its
//! supervisor.

use pipeline::progress::Progress;
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};

const SAME_REQUEST: Duration = Duration::from_secs(1);

/// From now on Ctrl-C and SIGTERM ask this run to stop.
pub fn stop_on_interrupt(progress: &Arc<Progress>) {
    let progress = Arc::clone(progress);
    let wait = move || {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Some(mut signals) = Signals::new() else { return };
            signals.next().await;
            progress.stop();
            eprintln!("stopping; once more to quit at once");
            while timeout(SAME_REQUEST, signals.next()).await.is_ok() {}
            signals.next().await;
            std::process::exit(1);
        });
    };
    // Without this thread Ctrl-C ends the process at once, which the lake survives as well.
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait);
}

/// What asks a process to end.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on they come here. Needs a runtime.
    pub fn new() -> Option<Signals> {
        let interrupt = signal(SignalKind::interrupt()).ok()?;
        let terminate = signal(SignalKind::terminate()).ok()?;
        Some(Signals { interrupt, terminate })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub fn wait_for_interrupt() -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if let Some(mut signals) = Signals::new() {
            signals.next().await;
        }
    });
    Ok(())
}
