//! The only place of the program that asks for the time: how long things took, for people, and
//! when records are received that are published as if they came now.

use schemas::EventTime;
use std::time::{Instant, SystemTime};

/// What time it is.
#[allow(clippy::disallowed_methods, reason = "a published record is received when it is sent")]
pub fn now() -> EventTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // A clock before 1970 or after 2262 is not set; zero is a time that readers will notice.
    EventTime(since.ok().and_then(|since| since.as_nanos().try_into().ok()).unwrap_or(0))
}

/// A clock that runs since it was made.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[allow(clippy::disallowed_methods, reason = "telemetry: no result depends on it")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Seconds since its start.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The most memory that this process ever held, bytes; `None` where the system does not say.
pub fn peak_memory_bytes() -> Option<u64> {
    size_of("VmHWM:", &std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The memory that this process holds now, bytes; `None` where the system does not say.
pub fn memory_bytes() -> Option<u64> {
    size_of("VmRSS:", &std::fs::read_to_string("/proc/self/status").ok()?)
}

fn size_of(name: &str, status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::size_of;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t  1024 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(size_of("VmHWM:", status), Some(1 << 20));
        assert_eq!(size_of("VmRSS:", status), Some(1 << 10));
        assert_eq!(size_of("VmHWM:", "VmRSS:\t 1 kB\n"), None);
    }
}
