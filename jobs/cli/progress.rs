//! A line on stderr that says how far a run has come, for people only.

use super::{
    clock::Stopwatch,
    status::{self, Gauge},
};
use crate::report::numbers::grouped;
use indicatif::{ProgressBar, ProgressStyle};
use pipeline::progress::Progress;
use std::{
    io::{self, IsTerminal},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

/// How often the line changes.
const REDRAW: Duration = Duration::from_millis(120);

/// Shows progress until it is dropped.
pub struct Display {
    shown: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// Begins, if someone looks and wants to.
    pub fn start(progress: &Arc<Progress>, quiet: bool) -> Display {
        Display::of(progress, quiet, line)
    }

    /// The same for a run on topics.
    pub fn live(progress: &Arc<Progress>, quiet: bool) -> Display {
        let mut gauge = Gauge::new(progress);
        Display::of(progress, quiet, move |_, _| status::line(&gauge.look()))
    }

    /// A JSON object a line on stderr, whoever looks.
    pub fn statuses(progress: &Arc<Progress>, every: Duration) -> Display {
        let (end, ended) = mpsc::channel();
        let mut gauge = Gauge::new(progress);
        let show = move || {
            while ended.recv_timeout(every) == Err(mpsc::RecvTimeoutError::Timeout) {
                let line = serde_json::to_string(&gauge.look()).expect("a status is plain data");
                eprintln!("{line}");
            }
        };
        Display::in_thread(end, show)
    }

    fn of(
        progress: &Arc<Progress>,
        quiet: bool,
        mut line: impl FnMut(&Progress, f64) -> String + Send + 'static,
    ) -> Display {
        if quiet || !io::stderr().is_terminal() {
            return Display { shown: None };
        }
        let (end, ended) = mpsc::channel();
        let progress = Arc::clone(progress);
        let show = move || {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {msg}").expect("a sound template");
            bar.set_style(style);
            let watch = Stopwatch::start();
            while ended.recv_timeout(REDRAW) == Err(mpsc::RecvTimeoutError::Timeout) {
                bar.set_message(line(&progress, watch.seconds()));
                bar.tick();
            }
            bar.finish_and_clear();
        };
        Display::in_thread(end, show)
    }

    fn in_thread(end: mpsc::Sender<()>, show: impl FnOnce() + Send + 'static) -> Display {
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(show);
        Display { shown: thread.ok().map(|thread| (end, thread)) }
    }
}

/// A line that says how many there are so far.
pub fn counter(quiet: bool) -> ProgressBar {
    match quiet || !io::stderr().is_terminal() {
        true => ProgressBar::hidden(),
        false => ProgressBar::new_spinner(),
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.shown.take() {
            drop(end);
            // A line that cannot be drawn is no reason to fail.
            let _ = thread.join();
        }
    }
}

fn line(progress: &Progress, seconds: f64) -> String {
    let events = progress.events();
    let rate = events as f64 / seconds.max(0.001);
    let time = progress.span().map_or(String::new(), |(_, last)| {
        let second = last.floor(schemas::Span::SECOND);
        format!("  {second}")
    });
    format!("{} events  {}/s{time}", grouped(events), grouped(rate as u64))
}
