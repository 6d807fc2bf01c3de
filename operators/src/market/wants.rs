//! What at all happens at each kind of record, decided once.

use super::{
    bars::BarSlot,
    spec::{Driver, FeatureNode, MarketSpec, TriggerOn},
};
use crate::{
    bars::Feed,
    features::{FeatureSpec, Reads},
};

/// What an instrument's plan makes of each kind of record.
pub(super) struct Wants {
    pub(super) exchange_bars: bool,
    pub(super) quote_bars: bool,
    pub(super) candle_bars: bool,
    pub(super) trade_indicators: bool,
    pub(super) trade_models: bool,
    /// Do indicators that bars move read what is looked up?
    pub(super) looks: bool,
    /// Do indicators that trades move? Then no two trades are taken together.
    pub(super) eager: bool,
    /// Do indicators or features step with trades?
    pub(super) trade_steps: bool,
    /// Does a trade do nothing, unless something is due, but add to bars over time and to what
    /// waits for a look?
    pub(super) adds_only: bool,
    pub(super) news: bool,
    pub(super) doubts: bool,
    pub(super) trade: bool,
    pub(super) quote: bool,
    pub(super) book: bool,
    pub(super) funding: bool,
}

impl Wants {
    /// Of a plan with these bars, for an instrument with these triggers.
    pub(super) fn new(spec: &MarketSpec, bars: &[BarSlot], triggers: &[usize]) -> Wants {
        let on = |wanted: TriggerOn| triggers.iter().any(|t| spec.triggers[*t].on == wanted);
        let trade_indicators = spec.indicators.iter().any(|n| n.driver == Driver::Trade);
        let looks = |trades: bool| {
            let looked_up = spec.looked_up(trades);
            let mut with = spec.indicators.iter().filter(|n| (n.driver == Driver::Trade) == trades);
            with.any(|node| node.inputs.iter().any(|slot| looked_up[*slot as usize]))
        };
        let eager = looks(true);
        let trade_models = spec.models.iter().any(|n| n.driver == Driver::Trade);
        let of_trades = |node: &FeatureNode| match node.spec.running() {
            Some(feature) => feature.reads() == Reads::Trades,
            None => matches!(node.spec, FeatureSpec::TradeImbalance(_)),
        };
        let adds = |bar: &BarSlot| {
            !bar.takes(Feed::Trades) || bar.builder.only_time_cuts() && !bar.exchange
        };
        let (trade, doubts) =
            (on(TriggerOn::Trade), spec.doubts.is_some() || !spec.clocks.is_empty());
        Wants {
            exchange_bars: bars.iter().any(|b| b.exchange && b.takes(Feed::Trades)),
            quote_bars: bars.iter().any(|b| b.takes(Feed::Quotes)),
            candle_bars: bars.iter().any(|b| b.takes(Feed::Candles)),
            trade_indicators,
            trade_models,
            looks: looks(false),
            eager,
            trade_steps: trade_indicators || spec.features.iter().any(of_trades),
            adds_only: !eager && !trade && !doubts && !trade_models && bars.iter().all(adds),
            news: spec.features.iter().any(|f| matches!(f.spec, FeatureSpec::Sentiment(_))),
            doubts,
            trade,
            quote: on(TriggerOn::Quote),
            book: on(TriggerOn::Book),
            funding: on(TriggerOn::Funding),
        }
    }
}
