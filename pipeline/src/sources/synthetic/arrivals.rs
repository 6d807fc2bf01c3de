//! When something happens: arrivals that excite each other (a Hawkes process with an exponential
//! kernel), so that they come in clusters.

use super::math::{exp_minus, ln};
use super::rng::Rng;

/// How fast excitement decays, per second.
const DECAY: f64 = 3.0;

/// The state between arrivals.
#[derive(Debug, Clone)]
pub(super) struct Arrivals {
    rng: Rng,
    /// Intensity above the base rate, per second.
    excess: f64,
}

impl Arrivals {
    pub(super) fn new(rng: Rng) -> Arrivals {
        Arrivals { rng, excess: 0.0 }
    }

    /// Seconds until the next arrival at this base rate. Exact, without rejection (Dassios and
    /// Zhao, 2013): the first of an arrival of the base rate and of one of the decaying excess.
    pub(super) fn wait(&mut self, base_per_second: f64) -> f64 {
        let steady = -ln(self.rng.unit()) / base_per_second;
        let left = 1.0 + DECAY * ln(self.rng.unit()) / self.excess.max(1e-9);
        let excited = if left > 1e-300 { -ln(left) / DECAY } else { f64::INFINITY };
        if excited < steady {
            self.excess *= left;
            excited
        } else {
            self.excess *= exp_minus(DECAY * steady);
            steady
        }
    }

    /// An arrival that brings about `children` others on average.
    pub(super) fn excite(&mut self, children: f64) {
        self.excess += DECAY * children;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of the counts per second.
    fn counts(children: f64) -> (f64, f64) {
        let mut arrivals = Arrivals::new(Rng::new(5, "test", 0));
        let seconds = 40_000;
        let mut counts = vec![0.0; seconds];
        let mut now = 0.0;
        loop {
            now += arrivals.wait(2.0);
            let Some(count) = counts.get_mut(now as usize) else { break };
            *count += 1.0;
            arrivals.excite(children);
        }
        let mean = counts.iter().sum::<f64>() / seconds as f64;
        let square = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>();
        (mean, square / seconds as f64)
    }

    #[test]
    fn without_excitement_it_is_poisson() {
        let (mean, variance) = counts(0.0);
        assert!((mean - 2.0).abs() < 0.05, "{mean}");
        assert!((variance / mean - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn excitement_clusters_arrivals_at_the_rate_of_the_theory() {
        let (mean, variance) = counts(0.6);
        assert!((mean - 2.0 / (1.0 - 0.6)).abs() < 0.2, "{mean}");
        assert!(variance / mean > 2.0, "{variance}");
    }
}
