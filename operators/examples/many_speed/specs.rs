//! The fifty columns of the first load.

use crate::shared::read_spec;
use operators::{
    features::{
        Ago, Amount, FeatureSpec, Length, Series, TradeFlow, kyle_lambda::KyleLambda,
        roll_spread::RollSpread, trade_intensity::TradeIntensity, vpin::Vpin,
        vwap_deviation::VwapDeviation, window_buy_volume::WindowBuyVolume,
        window_count::WindowCount, window_deviation::WindowDeviation, window_first::WindowFirst,
        window_last::WindowLast, window_max::WindowMax, window_mean::WindowMean,
        window_min::WindowMin, window_quantile::WindowQuantile,
        window_sell_volume::WindowSellVolume, window_signed_volume::WindowSignedVolume,
        window_slope::WindowSlope, window_sum::WindowSum, window_surge::WindowSurge,
        window_twap::WindowTwap, window_velocity::WindowVelocity,
    },
    indicators::{IndicatorSpec, Period, Portion},
};
use schemas::Span;
use std::num::NonZeroU16;

/// Twenty functions of TA-Lib, and two measures of volatility.
const INDICATORS: [&str; 22] = [
    r#"{"sma":{"period":20}}"#,
    r#"{"ema":{"period":12}}"#,
    r#"{"ema":{"period":26}}"#,
    r#"{"wma":{"period":20}}"#,
    r#"{"dema":{"period":20}}"#,
    r#"{"tema":{"period":20}}"#,
    r#"{"trima":{"period":20}}"#,
    r#"{"kama":{"period":10}}"#,
    r#"{"t3":{"period":5,"vfactor":0.7}}"#,
    r#"{"bbands":{"period":20,"up":2,"down":2}}"#,
    r#"{"macd":{"fast":12,"slow":26,"signal":9}}"#,
    r#"{"rsi":{"period":14}}"#,
    r#"{"cmo":{"period":14}}"#,
    r#"{"mom":{"period":10}}"#,
    r#"{"roc":{"period":10}}"#,
    r#"{"trix":{"period":15}}"#,
    r#"{"stddev":{"period":20,"deviations":1}}"#,
    r#"{"linearreg_slope":{"period":14}}"#,
    r#"{"max":{"period":30}}"#,
    r#"{"min":{"period":30}}"#,
    r#"{"realized_volatility":{"period":300}}"#,
    r#"{"bipower_variation":{"period":300}}"#,
];

/// Those on the price of each trade.
pub fn indicators() -> Vec<IndicatorSpec> {
    let read = |text: &&str| read_spec(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    INDICATORS.iter().map(read).collect()
}

/// Twenty windows of time, and eight measures of microstructure.
pub fn features() -> Vec<FeatureSpec> {
    let length = |seconds: i64| Length::of(Span(seconds * Span::SECOND.0));
    let (to, price, size) = (Ago::default(), Series::TradePrice, Series::TradeQuantity);
    let [s1, s5, s10, s30, s60, s120, s300] = [1, 5, 10, 30, 60, 120, 300].map(length);
    let (bucket, buckets) = (Amount::of("25"), Period::of(50));
    vec![
        FeatureSpec::WindowCount(WindowCount { on: price, from: s1, to }),
        FeatureSpec::WindowLast(WindowLast { on: price, from: s1, to }),
        FeatureSpec::WindowSum(WindowSum { on: size, from: s5, to }),
        FeatureSpec::WindowMean(WindowMean { on: price, from: s10, to }),
        FeatureSpec::WindowMax(WindowMax { on: price, from: s10, to }),
        FeatureSpec::WindowVelocity(WindowVelocity {
            on: price,
            from: s10,
            to,
            earlier_from: s30,
            earlier_to: to,
        }),
        FeatureSpec::WindowDeviation(WindowDeviation { on: price, from: s30, to }),
        FeatureSpec::WindowBuyVolume(WindowBuyVolume { from: s60, to }),
        FeatureSpec::WindowSellVolume(WindowSellVolume { from: s60, to }),
        FeatureSpec::WindowSignedVolume(WindowSignedVolume { from: s60, to }),
        FeatureSpec::WindowMin(WindowMin { on: price, from: s60, to }),
        FeatureSpec::WindowFirst(WindowFirst { on: price, from: s60, to }),
        FeatureSpec::WindowSlope(WindowSlope { on: price, from: s60, to }),
        FeatureSpec::WindowSurge(WindowSurge {
            on: size,
            from: s60,
            to,
            earlier_from: s300,
            earlier_to: to,
        }),
        FeatureSpec::WindowQuantile(WindowQuantile {
            on: price,
            portion: Portion::of(0.5),
            from: s120,
            to,
        }),
        FeatureSpec::WindowTwap(WindowTwap { on: price, from: s300, to }),
        FeatureSpec::WindowMean(WindowMean { on: size, from: s300, to }),
        FeatureSpec::WindowMax(WindowMax { on: price, from: s300, to }),
        FeatureSpec::WindowSum(WindowSum { on: size, from: s300, to }),
        FeatureSpec::WindowDeviation(WindowDeviation { on: price, from: s300, to }),
        FeatureSpec::TradeImbalance(TradeFlow { trades: NonZeroU16::MIN.saturating_add(99) }),
        FeatureSpec::TradeIntensity(TradeIntensity { half_life: s10 }),
        FeatureSpec::Vpin(Vpin { bucket, buckets }),
        FeatureSpec::KyleLambda(KyleLambda { from: s60, to }),
        FeatureSpec::KyleLambda(KyleLambda { from: s300, to }),
        FeatureSpec::RollSpread(RollSpread { from: s60, to }),
        FeatureSpec::VwapDeviation(VwapDeviation { from: s60, to }),
        FeatureSpec::VwapDeviation(VwapDeviation { from: s300, to }),
    ]
}
