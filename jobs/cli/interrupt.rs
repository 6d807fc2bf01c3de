//! Ctrl-C: the first asks the run to end, the second ends the process.

use pipeline::progress::Progress;
use std::sync::Arc;
use tokio::{runtime::Builder, signal};

/// From now on Ctrl-C asks this run to stop.
pub fn stop_on_interrupt(progress: &Arc<Progress>) {
    let progress = Arc::clone(progress);
    let wait = move || {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            if signal::ctrl_c().await.is_err() {
                return;
            }
            progress.stop();
            eprintln!("stopping; Ctrl-C again to quit at once");
            if signal::ctrl_c().await.is_ok() {
                std::process::exit(1);
            }
        });
    };
    // Without this thread Ctrl-C ends the process at once, which the lake survives as well.
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait);
}

/// Waits for Ctrl-C.
pub fn wait_for_interrupt() -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(signal::ctrl_c())
}
