//! Latencies, models of execution and of the queue at a price, margin, and interest.

use super::{CatalogueEntry, Group, entry};
use operators::execution::{Consumed, FillModel, QueueModel};

/// Name, what it is, how it is computed, an example, whose it is.
const LATENCIES: [(&str, &str, &str, &str, &str); 5] = [
    (
        "constant",
        "Always the same time.",
        "t",
        "latency = { entry = \"1ms\", response = \"1ms\" }",
        "",
    ),
    (
        "uniform",
        "Anything between two spans, both included, equally likely.",
        "from + u * (to - from)",
        "latency = { entry = { uniform = { from = \"500us\", to = \"2ms\" } }, \
         response = \"1ms\" }",
        "",
    ),
    (
        "log_normal",
        "Most take about the median and a few much longer, as messages on networks do; what is \
         less than min, which may be left out, is min. Drawn by the job's seed and the order.",
        "max(min, median * exp(sigma * z)), z standard normal",
        "latency = { entry = { log_normal = { median = \"1ms\", sigma = 0.5, min = \"200us\" } }, \
         response = \"1ms\" }",
        "",
    ),
    (
        "exponential",
        "The shortest time, and what a queue that empties at a steady rate adds to it.",
        "min - (mean - min) * ln(u)",
        "latency = { entry = { exponential = { min = \"500us\", mean = \"1ms\" } }, \
         response = \"1ms\" }",
        "",
    ),
    (
        "file",
        "As logged orders took: a CSV with the columns request_ts, exchange_ts and response_ts in \
         nanoseconds, sorted by the first; between two orders the line, before and after all the \
         nearest. Where exchange_ts is 0 or less the venue did not take the order: orders are \
         rejected around it, which is known when the answer came.",
        "entry by request_ts, response by exchange_ts",
        "latency = { file = \"latency.csv\" }",
        "hftbacktest 2.4, IntpOrderLatency",
    ),
];

pub(super) fn latencies() -> impl Iterator<Item = CatalogueEntry> {
    LATENCIES.into_iter().map(|(name, doc, formula, example, source)| CatalogueEntry {
        formula: Some(formula.to_owned()),
        source: (!source.is_empty()).then(|| source.to_owned()),
        ..entry(Group::Latency, name, doc, example.to_owned())
    })
}

pub(super) fn fill_model(model: FillModel) -> CatalogueEntry {
    let (doc, rest) = match model {
        FillModel::DisplayedDepth => (
            "Takes what the book or the best bid and offer displays, less what the account has \
             taken of it already. A resting order waits behind what stood at its price when it \
             came, advances as the queue's model says, or is filled when the market trades or \
             quotes through its price.",
            "partial = true",
        ),
        FillModel::NextTrade => (
            "A market order is filled whole at the next trade and the half spread, a limit order \
             at its price once a trade goes through it.",
            "half_spread = \"0.01\"",
        ),
        FillModel::NextOpen => (
            "For those who have candles only: a market order is filled whole at the open of the \
             first candle that begins once it has arrived, and the half spread. Sizes in money or \
             parts of equity are divided by that price. There are no limit orders.",
            "half_spread = \"0.01\"",
        ),
        FillModel::BarOhlc => (
            "Market orders as in next_open; within a candle the price goes from the open to the \
             high, the low and the close, and a limit order is filled whole at its price once \
             that path goes through it.",
            "half_spread = \"0.01\"",
        ),
        FillModel::BarOlhc => (
            "As bar_ohlc, by way of the low first: open, low, high, close.",
            "half_spread = \"0.01\"",
        ),
    };
    let example = format!("fill = {{ model = \"{model}\", {rest} }}");
    entry(Group::FillModel, model.as_str(), doc, example)
}

pub(super) fn queue_model(model: QueueModel) -> CatalogueEntry {
    let (doc, formula) = match model {
        QueueModel::RiskAverse => (
            "Of a level that shrinks by more than was traded at it, those behind the order have \
             left, as far as there are any.",
            "f = min(f, level)",
        ),
        QueueModel::TradesOnly => {
            ("Only trades advance an order, whatever is displayed.", "f = f - traded")
        }
        QueueModel::Fifo => (
            "For books by order: the order stands behind those that were at its price when it \
             came. Whatever becomes of one of them, executed or cancelled, brings it forward by \
             just that; what is executed of one behind it, or through its price, comes to it \
             first. Other orders go on as they did.",
            "f = what is left of those before it",
        ),
        QueueModel::ProRata => (
            "A trade at the price is shared among all that stands there by quantity, each share in \
             whole lots rounded down; the rest goes to those who came first. Those before the \
             order are taken for one order, and so are those behind it; those who leave stood on \
             both sides alike.",
            "share = floor(traded * q / (f + q + b)), q of the order itself",
        ),
        QueueModel::Proportional => {
            ("Those who leave stood before and behind it alike.", "p = b / (b + f)")
        }
        QueueModel::LogProb => (
            "Those who leave stood behind it by the share p, which grows slowly with the quantity.",
            "p = ln(1 + b) / (ln(1 + b) + ln(1 + f))",
        ),
        QueueModel::LogProb2 => (
            "Those who leave stood behind it by the share p, another way to grow slowly.",
            "p = ln(1 + b) / ln(1 + b + f)",
        ),
        QueueModel::PowerProb(_) => (
            "Those who leave stood behind it by the share p, sharper with a larger power.",
            "p = b^n / (b^n + f^n)",
        ),
        QueueModel::PowerProb2(_) => (
            "Those who leave stood behind it by the share p, which a larger power makes smaller.",
            "p = b^n / (b + f)^n",
        ),
        QueueModel::PowerProb3(_) => (
            "Those who leave stood behind it by the share p, which a larger power makes larger.",
            "p = 1 - (f / (f + b))^n",
        ),
    };
    let written = match model.power() {
        Some(n) => format!("{{ {} = {n} }}", model.name()),
        None => format!("\"{}\"", model.name()),
    };
    let text =
        format!("fill = {{ model = \"displayed_depth\", partial = true, queue = {written} }}");
    CatalogueEntry {
        formula: Some(format!("{formula}; f in front of it, b behind")),
        source: of_hftbacktest(model).then(|| "hftbacktest 2.4".to_owned()),
        ..entry(Group::QueueModel, model.name(), doc, text)
    }
}

/// Name, what it is, how it is computed, an example, whose it is.
const TERMS: [(&str, &str, &str, &str, &str); 3] = [
    (
        "margin",
        "What is held against positions, cross: all that an account has in a settlement currency \
         stands for all of its positions in it. Orders that would need more initial margin than \
         there is equity are refused; with less equity than maintenance margin the venue closes \
         everything. By tiers of the notional, as venues publish them: the whole of it at the \
         initial rate of its tier, each part at the maintenance rate of its own.",
        "sum over positions of rate * quantity * mark",
        "margin = { tiers = [{ from = \"0\", initial = \"0.01\", maintenance = \"0.005\" }, \
         { from = \"50000\", initial = \"0.02\", maintenance = \"0.01\" }] }",
        "Binance, leverage and margin; maintenance amounts follow from the tiers",
    ),
    (
        "liquidation",
        "What a venue takes of the notional that it closes, besides the fee of a taking order.",
        "fee * quantity * price",
        "margin = { initial = \"0.1\", maintenance = \"0.05\" }\n\
         liquidation = { fee = \"0.005\" }",
        "",
    ),
    (
        "borrow",
        "A year's interest on what is owed, charged at each whole hour of event time: what was \
         sold on spot markets and not had, and money beyond the cash. Currencies may have rates \
         of their own.",
        "rate / 8760 * owed",
        "borrow = { rate = \"0.10\" }",
        "",
    ),
];

pub(super) fn terms() -> impl Iterator<Item = CatalogueEntry> {
    TERMS.into_iter().map(|(name, doc, formula, example, source)| CatalogueEntry {
        formula: Some(formula.to_owned()),
        source: (!source.is_empty()).then(|| source.to_owned()),
        ..entry(Group::Term, name, doc, example.to_owned())
    })
}

/// Name, what it is, how it is computed, an example, whose it is.
const IMPACTS: [(&str, &str, &str, &str, &str); 3] = [
    (
        "square_root",
        "What takes is worse by the square root of its part of the volume, which is what is found \
         of large orders in most markets. Volatility and volume are those of the same time, a day \
         say, as the job states them. Q is what the account took of the instrument on that side, \
         fading with half_life; an order cut in slices pays as one: each pays what it adds to the \
         cost of the whole. In whole ticks, rounded against the order, and never beyond its limit.",
        "price * coefficient * volatility * sqrt(Q / volume)",
        "impact = { square_root = { coefficient = 0.5, volatility = 0.02, volume = \"1000\", \
         half_life = \"60s\" } }",
        "Almgren, Thum, Hauptmann and Li 2005, Direct estimation of equity market impact (power \
         0.6 for the temporary part); Tóth et al. 2011, Anomalous price impact (power 0.5)",
    ),
    (
        "linear",
        "What takes is worse in proportion to its part of a volume; Q and the rest as in \
         square_root.",
        "price * coefficient * Q / volume",
        "impact = { linear = { coefficient = 0.1, volume = \"1000\", half_life = \"60s\" } }",
        "Kyle 1985, Continuous auctions and insider trading",
    ),
    (
        "ticks",
        "An execution that takes is so many ticks worse with a probability, and never beyond its \
         limit. Drawn by the job's seed, the order, and how much of it was filled before.",
        "price + side * ticks * tick if u < probability",
        "impact = { ticks = { probability = 0.5, ticks = 1 } }",
        "",
    ),
];

pub(super) fn impacts() -> impl Iterator<Item = CatalogueEntry> {
    IMPACTS.into_iter().map(|(name, doc, formula, example, source)| CatalogueEntry {
        formula: Some(formula.to_owned()),
        source: (!source.is_empty()).then(|| source.to_owned()),
        ..entry(Group::Impact, name, doc, example.to_owned())
    })
}

pub(super) fn consumed(model: Consumed) -> CatalogueEntry {
    let (doc, formula) = match model {
        Consumed::UntilRefresh => (
            "What the account took of a level is missing until another quantity is displayed at \
             its price: the feed has told of what happened since. If the job does not say.",
            "missing = taken while displayed is what it was",
        ),
        Consumed::UntilGone => (
            "What the account took at a price is missing for as long as anything is displayed \
             there: nobody comes in its place. The most careful one.",
            "missing = taken until displayed = 0",
        ),
        Consumed::HalfLife(_) => (
            "What the account took at a price comes back: half of it after each half-life, in \
             whole lots, and all of it once nothing is displayed there. It is looked at when an \
             order arrives and when the display changes.",
            "missing = sum of taken * 2^(-age / half_life), rounded up to lots",
        ),
        Consumed::Ignored => (
            "Every order sees all that is displayed, however much of it the account took. That \
             flatters whoever takes more than there is.",
            "missing = 0",
        ),
    };
    let written = match model {
        Consumed::HalfLife(half_life) => format!("{{ half_life = \"{half_life}\" }}"),
        _ => format!("\"{}\"", model.name()),
    };
    let text =
        format!("fill = {{ model = \"displayed_depth\", partial = true, consumed = {written} }}");
    CatalogueEntry {
        formula: Some(formula.to_owned()),
        ..entry(Group::Consumed, model.name(), doc, text)
    }
}

/// Is its formula theirs?
fn of_hftbacktest(model: QueueModel) -> bool {
    !matches!(
        model,
        QueueModel::TradesOnly | QueueModel::Proportional | QueueModel::Fifo | QueueModel::ProRata
    )
}
