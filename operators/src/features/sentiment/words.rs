//! What VADER knows besides its lexicon: constants, negations, boosters, idioms.
//! Source: vaderSentiment 3.3.2 (MIT), `vaderSentiment.py`, with its names.

/// What a booster adds to the strength of the word after it; a dampener takes as much away.
pub(super) const BOOST: f64 = 0.293;
/// What capitals add to a word in a text that is not all capitals.
pub(super) const CAPITALS: f64 = 0.733;
/// What a negation multiplies by.
pub(super) const NEGATION: f64 = -0.74;
/// What an exclamation mark adds, up to four of them.
pub(super) const EXCLAMATION: f64 = 0.292;
/// What a question mark adds, when there are two or three.
pub(super) const QUESTION: f64 = 0.18;
/// What more question marks add together.
pub(super) const QUESTIONS: f64 = 0.96;
/// Brings the sum of strengths to between -1 and 1: x / sqrt(x * x + this).
pub(super) const NORMAL: f64 = 15.0;

/// Words that negate, besides all that hold `n't`. Sorted.
pub(super) const NEGATIONS: [&str; 37] = [
    "aint", "arent", "cannot", "cant", "couldnt", "darent", "despite", "didnt", "doesnt", "dont",
    "hadnt", "hasnt", "havent", "isnt", "mightnt", "mustnt", "neednt", "neither", "never", "none",
    "nope", "nor", "not", "nothing", "nowhere", "oughtnt", "rarely", "seldom", "shant", "shouldnt",
    "uh-uh", "uhuh", "wasnt", "werent", "without", "wont", "wouldnt",
];

/// Words that make the next one stronger. Sorted.
pub(super) const BOOSTERS: [&str; 60] = [
    "absolutely",
    "amazingly",
    "awfully",
    "completely",
    "considerable",
    "considerably",
    "decidedly",
    "deeply",
    "effing",
    "enormous",
    "enormously",
    "entirely",
    "especially",
    "exceptional",
    "exceptionally",
    "extreme",
    "extremely",
    "fabulously",
    "flippin",
    "flipping",
    "frackin",
    "fracking",
    "frickin",
    "fricking",
    "friggin",
    "frigging",
    "fuckin",
    "fucking",
    "fuggin",
    "fugging",
    "fully",
    "greatly",
    "hella",
    "highly",
    "hugely",
    "incredible",
    "incredibly",
    "intensely",
    "major",
    "majorly",
    "more",
    "most",
    "particularly",
    "purely",
    "quite",
    "really",
    "remarkably",
    "so",
    "substantially",
    "thoroughly",
    "total",
    "totally",
    "tremendous",
    "tremendously",
    "uber",
    "unbelievably",
    "unusually",
    "utter",
    "utterly",
    "very",
];

/// Words that make the next one weaker. Sorted.
pub(super) const DAMPENERS: [&str; 21] = [
    "almost",
    "barely",
    "hardly",
    "kind-of",
    "kinda",
    "kindof",
    "less",
    "little",
    "marginal",
    "marginally",
    "occasional",
    "occasionally",
    "partly",
    "scarce",
    "scarcely",
    "slight",
    "slightly",
    "somewhat",
    "sort-of",
    "sorta",
    "sortof",
];

/// Pairs of words that dampen.
pub(super) const DAMPENING_PAIRS: [[&str; 2]; 3] =
    [["just", "enough"], ["kind", "of"], ["sort", "of"]];

/// Idioms of two words with their strength.
pub(super) const PAIRS: [([&str; 2], f64); 6] = [
    (["the", "shit"], 3.0),
    (["the", "bomb"], 3.0),
    (["bad", "ass"], 1.5),
    (["bus", "stop"], 0.0),
    (["yeah", "right"], -2.0),
    (["beating", "heart"], 3.5),
];

/// Idioms of three words with their strength.
pub(super) const TRIPLES: [([&str; 3], f64); 2] =
    [(["kiss", "of", "death"], -1.5), (["to", "die", "for"], 3.0)];
