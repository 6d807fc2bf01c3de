//! The feature: how the news about an instrument sounds, with older news counting less.

use super::{Lexicon, copies::Seen};
use crate::features::{FeatureEntry, FeatureOutput};
use schemas::{EventTime, OrderKey, Span, Text};
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, OnceLock},
};

pub(in crate::features) const ENTRY: FeatureEntry = FeatureEntry {
    kind: "sentiment",
    doc: "Mood of the headlines about the instrument: each is scored from -1 to 1 when it is \
          first seen, takes effect after the embargo, and counts half after each half-life",
    formula: "sum(score * weight), weight = 2^(-age / half_life), age from when it takes effect",
    convention: "scores as VADER normalises them, sum / sqrt(sum^2 + 15), of words and headlines; \
                 an article is known when the feed has it, not when it was published; copies \
                 within `duplicates` have no effect",
    warm_up: "none: 0 without news",
    cost: "O(words) an article, O(1) a look",
    state: "three sums, and about 60 bytes for each article within `duplicates`",
    source: "C. Hutto and E. Gilbert, VADER (2014); words of finance in its README",
    example: "{ half_life = \"30m\", embargo = \"0s\" }",
    parameters: &[
        ["half_life", "span of time above 0", "After this time an article counts half."],
        ["embargo", "span of time", "An article has no effect until so long after first seen."],
        [
            "lexicon",
            "finance, vader, or a file of words",
            "What headlines are scored with; finance if it does not say. A file has a word, a tab \
             and its strength from -4 to 4 on each line, and is laid over vader.",
        ],
        ["words", "list of [word, strength]", "Own words, laid over those of the lexicon."],
        [
            "duplicates",
            "span of time",
            "An article whose address or words were seen within this time has no effect; 1d if it \
             does not say, 0s lets every copy count.",
        ],
    ],
    outputs: &[
        FeatureOutput {
            suffix: "",
            unit: "sum of scores",
            doc: "sum of the scores of the articles, each by its weight; 0 without news",
        },
        FeatureOutput {
            suffix: "count",
            unit: "articles",
            doc: "sum of the weights of the articles; 0 without news",
        },
        FeatureOutput {
            suffix: "dispersion",
            unit: "0 to 1",
            doc: "weighted standard deviation of the scores; null without news",
        },
    ],
};

/// How the news about an instrument sounds. With the weight `w = 2^(-age / half_life)` of each
/// article that has taken effect and the compound score `c` of its headline, the columns are
/// `sum(w c)`, `sum(w)` and `sqrt(sum(w c^2) / sum(w) - (sum(w c) / sum(w))^2)`, as of the moment
/// at which someone looks. An article's age counts from when it takes effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentiment {
    /// After this time an article counts half; above 0.
    pub half_life: Span,
    /// How long after it was first seen an article takes effect; not below 0.
    pub embargo: Span,
    /// What headlines are scored with.
    #[serde(default)]
    pub lexicon: LexiconName,
    /// Words laid over those of the lexicon; a strength of 0 takes a word out.
    #[serde(default)]
    pub words: Vec<(Text, f64)>,
    /// An article about the instrument whose address or words were seen within this time has no
    /// effect; at 0 every copy has.
    #[serde(default = "a_day")]
    pub duplicates: Span,
    /// The lexicon, made once for all instruments.
    #[serde(skip)]
    made: Made,
}

/// How long copies are known, unless a job says.
fn a_day() -> Span {
    Span(86_400 * Span::SECOND.0)
}

/// A lexicon in a job file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum LexiconName {
    /// VADER's.
    Vader,
    /// VADER's with words of finance over it.
    #[default]
    Finance,
    /// The words of a file over VADER's. Whoever resolves the job puts them into
    /// [`Sentiment::words`] and names VADER's instead, so that results hang on the words and not
    /// on where the file lies.
    File(String),
}

impl From<String> for LexiconName {
    fn from(name: String) -> LexiconName {
        match name.as_str() {
            "vader" => LexiconName::Vader,
            "finance" => LexiconName::Finance,
            _ => LexiconName::File(name),
        }
    }
}
impl From<LexiconName> for String {
    fn from(name: LexiconName) -> String {
        name.to_string()
    }
}
impl fmt::Display for LexiconName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LexiconName::Vader => "vader",
            LexiconName::Finance => "finance",
            LexiconName::File(path) => path,
        })
    }
}

/// What follows from the other fields and is therefore always equal.
#[derive(Debug, Clone, Default)]
struct Made(OnceLock<Arc<Lexicon>>);

impl PartialEq for Made {
    fn eq(&self, _: &Made) -> bool {
        true
    }
}

/// Bytes of a headline that are scored.
pub const SCORED_BYTES: usize = 2048;

impl Sentiment {
    /// With a lexicon and no words of its own.
    pub fn new(half_life: Span, embargo: Span, lexicon: LexiconName) -> Sentiment {
        let (words, duplicates, made) = (Vec::new(), a_day(), Made::default());
        Sentiment { half_life, embargo, lexicon, words, duplicates, made }
    }

    /// The score of a headline, from -1 to 1. Of one that is longer than any headline only the
    /// first [`SCORED_BYTES`] count: rules for a sentence take too long for a book.
    pub fn score(&self, headline: &str) -> f64 {
        let make = || {
            let base = match self.lexicon {
                LexiconName::Finance => Lexicon::finance(),
                LexiconName::Vader | LexiconName::File(_) => Lexicon::vader(),
            };
            if self.words.is_empty() {
                return base;
            }
            let words = self.words.iter().map(|(word, strength)| (&**word, *strength));
            Arc::new(Lexicon::clone(&base).with(words))
        };
        let start = &headline[..headline.floor_char_boundary(SCORED_BYTES)];
        self.made.0.get_or_init(make).score(start).compound
    }
}

/// Running state of a [`Sentiment`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SentimentState {
    /// When the sums were last brought up to date.
    at: EventTime,
    weights: f64,
    scores: f64,
    squares: f64,
    /// Articles under embargo, the first due in front.
    pending: VecDeque<Pending>,
    seen: Seen,
}

/// What became of an article that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It counts now.
    Now,
    /// It waits for the end of its embargo.
    Later,
    /// It is known already and never counts.
    Again,
}

/// An article under embargo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Pending {
    due: EventTime,
    cause: OrderKey,
    score: f64,
}

impl SentimentState {
    /// An article was seen.
    pub fn see(
        &mut self,
        parameters: &Sentiment,
        cause: OrderKey,
        headline: &str,
        url: Option<&str>,
    ) -> Heard {
        if self.seen.again(parameters.duplicates, cause.ts, headline, url) {
            return Heard::Again;
        }
        let score = parameters.score(headline);
        let due = cause.ts.plus(parameters.embargo);
        if due <= cause.ts {
            self.add(parameters, cause.ts, score);
            return Heard::Now;
        }
        self.pending.push_back(Pending { due, cause, score });
        Heard::Later
    }

    /// When the next article takes effect; the end of time if none waits.
    pub fn next_due(&self) -> EventTime {
        self.pending.front().map_or(EventTime::MAX, |p| p.due)
    }

    /// The articles that take effect at `due`, by their keys.
    pub fn causes(&self, due: EventTime) -> impl Iterator<Item = OrderKey> {
        self.pending.iter().take_while(move |p| p.due == due).map(|p| p.cause)
    }

    /// Lets the article with this key take effect; false if it is not the next one, or not due.
    pub fn release(&mut self, parameters: &Sentiment, due: EventTime, cause: OrderKey) -> bool {
        let is_next = |p: &mut Pending| p.due == due && p.cause == cause;
        let Some(next) = self.pending.pop_front_if(is_next) else { return false };
        self.add(parameters, due, next.score);
        true
    }

    /// The columns as of `now`: decayed score, count and dispersion; NaN is null.
    pub fn values(&self, parameters: &Sentiment, now: EventTime) -> [f64; 3] {
        let fade = self.fade(parameters, now);
        // Both sums fade alike, so the dispersion does not.
        let mean = self.scores / self.weights;
        let dispersion = (self.squares / self.weights - mean * mean).max(0.0).sqrt();
        let dispersion = if self.weights > 0.0 { dispersion } else { f64::NAN };
        [self.scores * fade, self.weights * fade, dispersion]
    }

    fn add(&mut self, parameters: &Sentiment, now: EventTime, score: f64) {
        let fade = self.fade(parameters, now);
        self.at = now;
        self.weights = self.weights * fade + 1.0;
        self.scores = self.scores * fade + score;
        self.squares = self.squares * fade + score * score;
    }

    /// What the sums are multiplied by to be as of `now`.
    fn fade(&self, parameters: &Sentiment, now: EventTime) -> f64 {
        let age = now.0.saturating_sub(self.at.0).max(0);
        match age {
            0 => 1.0,
            age => (-(age as f64) / parameters.half_life.0 as f64).exp2(),
        }
    }
}
