//! How long orders and answers travel.
//!
//! A drawn time follows from the job's seed, the order, the way it goes and the moment it sets out,
//! by their hash (xxh3, which hashes everything else here), and from nothing else. A generator with
//! a state, as the crates of random numbers have, would make it follow from what other orders did
//! before, and so from how the input is cut; and to seed one for each draw is a hash, too.

mod log;

pub use log::{LatencyLog, LogError, LogRow};

use schemas::{Digest, EventTime, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long orders and answers travel between an account and a venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Latency {
    /// Each way as stated.
    Stated {
        /// From the decision to the venue.
        entry: Delay,
        /// From the venue back to the strategy.
        response: Delay,
        /// Seed of what is drawn.
        seed: u64,
    },
    /// As long as logged orders did around the same time.
    Logged(LatencyLog),
}

/// How long one way takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Delay {
    /// Always this long.
    Constant(Span),
    /// Anything between two spans, both included, equally likely.
    Uniform {
        /// The shortest.
        from: Span,
        /// The longest.
        to: Span,
    },
    /// `median * exp(sigma * z)` with `z` of a standard normal distribution; what is less than
    /// `min` is `min`.
    LogNormal {
        /// Half of all take less.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// The shortest.
        min: Span,
    },
    /// `min` and what is exponentially distributed beyond it.
    Exponential {
        /// The shortest.
        min: Span,
        /// The mean of the whole.
        mean: Span,
    },
}

/// What is sent, so that each has a draw of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// An order, on its way to the venue.
    Order = 0,
    /// The wish to take it back.
    Cancel = 1,
    /// What became of it, on its way to the strategy.
    Answer = 2,
    /// The wish that it be smaller.
    Amend = 3,
}

/// What becomes of a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trip {
    /// It comes to the venue after so long.
    Arrives(Span),
    /// It never does, and this is known after so long.
    Lost(Span),
}

impl Delay {
    /// Nothing that is drawn takes longer: a tail must not reach beyond the end of time.
    const LONGEST: f64 = 86_400e9;

    /// Draws once; the same words give the same time.
    fn draw(&self, words: impl FnOnce() -> [u64; 2]) -> Span {
        let drawn = |time: f64, min: Span| {
            Span((time.clamp(0.0, Delay::LONGEST).round() as i64).max(min.0))
        };
        match *self {
            Delay::Constant(span) => span,
            Delay::Uniform { from, to } => {
                let width = (to.0 - from.0) as u128 + 1;
                Span(from.0 + ((u128::from(words()[0]) * width) >> 64) as i64)
            }
            Delay::LogNormal { median, sigma, min } => {
                drawn(median.0 as f64 * (sigma * bell(words())).exp(), min)
            }
            Delay::Exponential { min, mean } => {
                let beyond = (mean.0 - min.0) as f64 * -unit(words()[0]).ln();
                drawn(min.0 as f64 + beyond, min)
            }
        }
    }

    /// What half of all times are below.
    fn median(&self) -> Span {
        match *self {
            Delay::Constant(span) => span,
            Delay::Uniform { from, to } => Span(from.0 + (to.0 - from.0) / 2),
            Delay::LogNormal { median, min, .. } => median.max(min),
            Delay::Exponential { min, mean } => {
                let beyond = (mean.0 - min.0) as f64 * std::f64::consts::LN_2;
                Span(min.0 + beyond.round() as i64)
            }
        }
    }
}

/// A number above 0 and at most 1.
fn unit(word: u64) -> f64 {
    ((word >> 11) + 1) as f64 / (1u64 << 53) as f64
}

/// A draw of a standard normal distribution (Box and Muller).
fn bell([one, other]: [u64; 2]) -> f64 {
    (-2.0 * unit(one).ln()).sqrt() * (std::f64::consts::TAU * unit(other)).cos()
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delay::Constant(span) => write!(f, "{span}"),
            Delay::Uniform { from, to } => write!(f, "{from} to {to} (uniform)"),
            Delay::LogNormal { median, sigma, min } => {
                write!(f, "about {median} (log_normal, sigma {sigma}, at least {min})")
            }
            Delay::Exponential { min, mean } => {
                write!(f, "{mean} on average (exponential, at least {min})")
            }
        }
    }
}

impl Latency {
    /// The same time for everything, each way.
    pub fn constant(entry: Span, response: Span) -> Latency {
        let (entry, response) = (Delay::Constant(entry), Delay::Constant(response));
        Latency::Stated { entry, response, seed: 0 }
    }

    /// What becomes of a request about an order that sets out at `at`.
    pub fn entry(&self, order: &str, message: Message, at: EventTime) -> Trip {
        match self {
            Latency::Stated { entry, seed, .. } => {
                Trip::Arrives(entry.draw(|| words(*seed, order, message, at)))
            }
            Latency::Logged(log) => log.entry(at),
        }
    }

    /// How long it takes until the strategy knows what became of an order at `at`. All that did at
    /// one moment is one message.
    pub fn response(&self, order: &str, at: EventTime) -> Span {
        match self {
            Latency::Stated { response, seed, .. } => {
                response.draw(|| words(*seed, order, Message::Answer, at))
            }
            Latency::Logged(log) => log.response(at),
        }
    }

    /// Half of all orders arrive sooner than after this.
    pub fn median_entry(&self) -> Span {
        match self {
            Latency::Stated { entry, .. } => entry.median(),
            Latency::Logged(log) => log.median_entry(),
        }
    }

    /// How long an order takes to arrive, in a word or two.
    pub fn entry_words(&self) -> String {
        let about = match self {
            Latency::Stated { entry: Delay::Constant(_), .. } => "",
            _ => "about ",
        };
        format!("{about}{}", self.median_entry())
    }

    /// Does it say that one way takes no time at all?
    pub fn is_zero(&self) -> bool {
        let none = |delay: &Delay| match delay {
            Delay::Constant(span) | Delay::Uniform { to: span, .. } => span.0 == 0,
            Delay::LogNormal { .. } | Delay::Exponential { .. } => false,
        };
        match self {
            Latency::Stated { entry, response, .. } => none(entry) || none(response),
            Latency::Logged(_) => false,
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Latency::Stated { entry, response, .. } => {
                write!(f, "{entry} to the venue, {response} back")?;
                match (entry, response) {
                    (Delay::Constant(_), Delay::Constant(_)) => Ok(()),
                    _ => write!(f, ", drawn by the job's seed and the order; {IN_LINE}"),
                }
            }
            Latency::Logged(log) => write!(f, "{log}"),
        }
    }
}

/// What holds of all that does not take the same time.
const IN_LINE: &str = "none overtakes what was sent before it";

/// 128 bits that nothing but these determines.
fn words(seed: u64, order: &str, message: Message, at: EventTime) -> [u64; 2] {
    let mut bytes = Vec::with_capacity(order.len() + 17);
    bytes.extend(seed.to_le_bytes());
    bytes.push(message as u8);
    bytes.extend(at.0.to_le_bytes());
    bytes.extend(order.as_bytes());
    let Digest(hash) = Digest::of(&bytes);
    [hash as u64, (hash >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn draws(delay: Delay, seed: u64) -> Vec<i64> {
        let latency = Latency::Stated { entry: delay, response: Delay::Constant(Span(0)), seed };
        let draw = |i: i64| match latency.entry("o", Message::Order, EventTime(i)) {
            Trip::Arrives(span) => span.0,
            Trip::Lost(_) => unreachable!("nothing that is drawn is lost"),
        };
        (0..40_000).map(draw).collect()
    }

    /// The value at a share of a sorted sample.
    fn quantile(sample: &mut [i64], share: f64) -> f64 {
        sample.sort_unstable();
        sample[(sample.len() as f64 * share) as usize] as f64
    }

    /// Within 3 percent: five standard errors of the coarsest of these figures.
    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 0.03, "{found} is not {expected}");
    }

    #[test]
    fn what_is_drawn_has_the_distribution_that_it_says() {
        let mut sample = draws(Delay::Uniform { from: Span(MS), to: Span(3 * MS) }, 1);
        assert!(sample.iter().all(|t| (MS..=3 * MS).contains(t)));
        near(quantile(&mut sample, 0.5), 2e6);
        near(quantile(&mut sample, 0.9), 2.8e6);
        let all = draws(Delay::Uniform { from: Span(4), to: Span(6) }, 1);
        let count = |t: i64| all.iter().filter(|found| **found == t).count() as f64;
        (4..=6).for_each(|t| near(count(t), 40_000.0 / 3.0));

        let normal = Delay::LogNormal { median: Span(MS), sigma: 0.5, min: Span(MS / 2) };
        let mut sample = draws(normal, 2);
        near(quantile(&mut sample, 0.5), 1e6);
        // The quantiles of a normal distribution at 0.8413 and 0.9772 are 1 and 2.
        near(quantile(&mut sample, 0.8413), 1e6 * 0.5f64.exp());
        near(quantile(&mut sample, 0.9772), 1e6 * 1f64.exp());
        assert_eq!(sample[0], MS / 2, "the floor is met");

        let mut sample = draws(Delay::Exponential { min: Span(MS), mean: Span(3 * MS) }, 3);
        assert!(sample.iter().all(|t| *t >= MS));
        near(sample.iter().sum::<i64>() as f64 / 40_000.0, 3e6);
        near(quantile(&mut sample, 0.5), 1e6 + 2e6 * std::f64::consts::LN_2);
        for delay in [normal, Delay::Exponential { min: Span(MS), mean: Span(3 * MS) }] {
            near(quantile(&mut draws(delay, 9), 0.5), delay.median().0 as f64);
        }
        // No tail is longer than a day.
        let wide = Delay::LogNormal { median: Span::SECOND, sigma: 20.0, min: Span(0) };
        assert_eq!(draws(wide, 4).into_iter().max(), Some(86_400 * Span::SECOND.0));
    }

    #[test]
    fn a_draw_follows_from_its_own_words_alone() {
        let delay = Delay::Uniform { from: Span(0), to: Span(1 << 40) };
        let latency = |seed| Latency::Stated { entry: delay, response: delay, seed };
        let entry = |seed, id: &str, message, at| latency(seed).entry(id, message, EventTime(at));
        let one = entry(7, "a", Message::Order, 5);
        assert_eq!(one, entry(7, "a", Message::Order, 5));
        for other in [
            entry(8, "a", Message::Order, 5),
            entry(7, "b", Message::Order, 5),
            entry(7, "a", Message::Cancel, 5),
            entry(7, "a", Message::Order, 6),
            Trip::Arrives(latency(7).response("a", EventTime(5))),
        ] {
            assert_ne!(one, other);
        }
    }
}
