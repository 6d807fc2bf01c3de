//! Indicators: numbers computed row by row from one series, or from the bars of one instrument.
//!
//! The parameters struct of an indicator is what a job file writes; [`Indicator::start`] makes its
//! running state, which takes a batch of columns at a time and can be saved and restored.
//!
//! Rules that hold for all of them, each a law in `laws.rs`:
//! - A null in (NaN, infinity, or beyond [`MAGNITUDE_MAX`]) gives nulls out and leaves the state as
//!   it was; of a bar only the columns that the indicator uses count.
//! - Nulls out are NaN; infinity never comes out.
//! - Rows without a value at the start: exactly [`Output::warm_up`] of the rows that had input.
//! - The values depend on the rows only, not on how they are cut into batches.
//!
//! To add one: write its file with an `impl Definition`, then add its `mod` line and its entry in
//! `catalogue!` below.
//!
//! ```
//! use operators::indicators::{Indicator, IndicatorSpec, Period, sma::Sma};
//!
//! let spec = IndicatorSpec::Sma(Sma { period: Period::of(2) });
//! let mut state = spec.indicator().start();
//! let mut means = [0.0; 3];
//! state.run(&[&[1.0, 3.0, 4.0]], &mut [&mut means]);
//! assert!(means[0].is_nan());
//! assert_eq!(means[1..], [2.0, 3.5]);
//! ```

#[macro_use]
mod catalogue;
mod average;
mod candles;
mod exact;
mod extreme;
mod hilbert;
mod line;
mod moments;
mod movement;
mod parameter;
mod plain;
mod returns;
mod row;
mod smooth;
mod sorted;
mod state;
mod used;
mod window;

pub mod ac;
pub mod accbands;
pub mod ad;
pub mod adosc;
pub mod adr;
pub mod adx;
pub mod adxr;
pub mod alligator;
pub mod alma;
pub mod amihud;
pub mod ao;
pub mod apo;
pub mod aroon;
pub mod aroonosc;
pub mod atr;
pub mod atr_stop;
pub mod avgdev;
pub mod bbands;
pub mod beta;
pub mod bipower_variation;
pub mod bop;
pub mod cci;
pub mod chandelier;
pub mod choppiness;
pub mod cmf;
pub mod cmo;
pub mod cmou;
pub mod cointegration;
pub mod connors_rsi;
pub mod coppock;
pub mod correl;
pub mod cumsum;
pub mod cvi;
pub mod dema;
pub mod donchian;
pub mod dpo;
pub mod dx;
pub mod efi;
pub mod ema;
pub mod emv;
pub mod er;
pub mod eri;
pub mod fisher;
pub mod fosc;
pub mod fractal;
pub mod garman_klass;
pub mod ha;
pub mod hma;
pub mod ht_dcperiod;
pub mod ht_dcphase;
pub mod ht_phasor;
pub mod ht_sine;
pub mod ht_trendline;
pub mod ht_trendmode;
pub mod hurst;
pub mod ichimoku;
pub mod imi;
pub mod kama;
pub mod kc;
pub mod kdj;
pub mod kvo;
pub mod ma;
pub mod macd;
pub mod macdext;
pub mod macdfix;
pub mod mama;
pub mod marketfi;
pub mod massi;
pub mod mavp;
pub mod max;
pub mod maxindex;
pub mod mcginley;
pub mod mfi;
pub mod midpoint;
pub mod midprice;
pub mod min;
pub mod minindex;
pub mod minmax;
pub mod minmaxindex;
pub mod minus_di;
pub mod minus_dm;
pub mod mom;
pub mod natr;
pub mod nvi;
pub mod obv;
pub mod pair_spread;
pub mod parkinson;
pub mod percentile;
pub mod percentrank;
pub mod plus_di;
pub mod plus_dm;
pub mod pmo;
pub mod ppo;
pub mod pvi;
pub mod pvo;
pub mod pvt;
pub mod qstick;
pub mod realized_volatility;
pub mod rma;
pub mod roc;
pub mod roc_bands;
pub mod rocp;
pub mod rocr;
pub mod rocr100;
pub mod rogers_satchell;
pub mod rolling_pivots;
pub mod rolling_vwap;
pub mod rsi;
pub mod rvi;
pub mod rvol;
pub mod sar;
pub mod sarext;
pub mod sma;
pub mod smi;
pub mod starc;
pub mod stc;
pub mod stddev;
pub mod stoch;
pub mod stochf;
pub mod stochrsi;
pub mod sum;
pub mod supertrend;
pub mod t3;
pub mod tema;
pub mod trange;
pub mod trima;
pub mod trix;
pub mod tsi;
pub mod ulcer;
pub mod ultosc;
pub mod var;
pub mod vhf;
pub mod vidya;
pub mod vortex;
pub mod vwap;
pub mod vwma;
pub mod wad;
pub mod willr;
pub mod wma;
pub mod yang_zhang;
pub mod zigzag;
pub mod zlema;

#[cfg(test)]
mod brute;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;

pub(crate) use catalogue::parameters;

pub use average::MaType;
pub use candles::*;
pub use catalogue::{About, Definition, Entry, Kind, Parameter, Parameters};
pub use line::*;
pub use parameter::{
    Deviations, Factor, Level, Limit, Penetration, Percent, Period, Portion, Smoother, Unstable,
    Width,
};
pub use plain::*;
pub use row::{
    BAR_COLUMNS, CloseVolume, HighLow, HighLowClose, HighLowCloseVolume, HighLowVolume, Input,
    MAGNITUDE_MAX, OpenClose, OpenHighLowClose, Pair, Row, Values, Volume,
};
pub use state::{Indicator, IndicatorState, Output, SnapshotError};

catalogue! {
    ac::Ac,
    accbands::Accbands,
    acos::Acos,
    ad::Ad,
    add::Add,
    adosc::Adosc,
    adr::Adr,
    adx::Adx,
    adxr::Adxr,
    alligator::Alligator,
    alma::Alma,
    amihud::Amihud,
    ao::Ao,
    apo::Apo,
    aroon::Aroon,
    aroonosc::Aroonosc,
    asin::Asin,
    atan::Atan,
    atr::Atr,
    atr_stop::AtrStop,
    avgdev::Avgdev,
    avgprice::Avgprice,
    bbands::Bbands,
    beta::Beta,
    bipower_variation::BipowerVariation,
    bop::Bop,
    cci::Cci,
    cdl2crows::Cdl2crows,
    cdl3blackcrows::Cdl3blackcrows,
    cdl3inside::Cdl3inside,
    cdl3linestrike::Cdl3linestrike,
    cdl3outside::Cdl3outside,
    cdl3starsinsouth::Cdl3starsinsouth,
    cdl3whitesoldiers::Cdl3whitesoldiers,
    cdlabandonedbaby::Cdlabandonedbaby,
    cdladvanceblock::Cdladvanceblock,
    cdlbelthold::Cdlbelthold,
    cdlbreakaway::Cdlbreakaway,
    cdlclosingmarubozu::Cdlclosingmarubozu,
    cdlconcealbabyswall::Cdlconcealbabyswall,
    cdlcounterattack::Cdlcounterattack,
    cdldarkcloudcover::Cdldarkcloudcover,
    cdldoji::Cdldoji,
    cdldojistar::Cdldojistar,
    cdldragonflydoji::Cdldragonflydoji,
    cdlengulfing::Cdlengulfing,
    cdleveningdojistar::Cdleveningdojistar,
    cdleveningstar::Cdleveningstar,
    cdlgapsidesidewhite::Cdlgapsidesidewhite,
    cdlgravestonedoji::Cdlgravestonedoji,
    cdlhammer::Cdlhammer,
    cdlhangingman::Cdlhangingman,
    cdlharami::Cdlharami,
    cdlharamicross::Cdlharamicross,
    cdlhighwave::Cdlhighwave,
    cdlhikkake::Cdlhikkake,
    cdlhikkakemod::Cdlhikkakemod,
    cdlhomingpigeon::Cdlhomingpigeon,
    cdlidentical3crows::Cdlidentical3crows,
    cdlinneck::Cdlinneck,
    cdlinvertedhammer::Cdlinvertedhammer,
    cdlkicking::Cdlkicking,
    cdlkickingbylength::Cdlkickingbylength,
    cdlladderbottom::Cdlladderbottom,
    cdllongleggeddoji::Cdllongleggeddoji,
    cdllongline::Cdllongline,
    cdlmarubozu::Cdlmarubozu,
    cdlmatchinglow::Cdlmatchinglow,
    cdlmathold::Cdlmathold,
    cdlmorningdojistar::Cdlmorningdojistar,
    cdlmorningstar::Cdlmorningstar,
    cdlonneck::Cdlonneck,
    cdlpiercing::Cdlpiercing,
    cdlrickshawman::Cdlrickshawman,
    cdlrisefall3methods::Cdlrisefall3methods,
    cdlseparatinglines::Cdlseparatinglines,
    cdlshootingstar::Cdlshootingstar,
    cdlshortline::Cdlshortline,
    cdlspinningtop::Cdlspinningtop,
    cdlstalledpattern::Cdlstalledpattern,
    cdlsticksandwich::Cdlsticksandwich,
    cdltakuri::Cdltakuri,
    cdltasukigap::Cdltasukigap,
    cdlthrusting::Cdlthrusting,
    cdltristar::Cdltristar,
    cdlunique3river::Cdlunique3river,
    cdlupsidegap2crows::Cdlupsidegap2crows,
    cdlxsidegap3methods::Cdlxsidegap3methods,
    ceil::Ceil,
    chandelier::Chandelier,
    choppiness::Choppiness,
    cmf::Cmf,
    cmo::Cmo,
    cmou::Cmou,
    cointegration::Cointegration,
    connors_rsi::ConnorsRsi,
    coppock::Coppock,
    correl::Correl,
    cos::Cos,
    cosh::Cosh,
    cumsum::Cumsum,
    cvi::Cvi,
    dema::Dema,
    div::Div,
    donchian::Donchian,
    dpo::Dpo,
    dx::Dx,
    efi::Efi,
    ema::Ema,
    emv::Emv,
    er::Er,
    eri::Eri,
    exp::Exp,
    fisher::Fisher,
    floor::Floor,
    fosc::Fosc,
    fractal::Fractal,
    garman_klass::GarmanKlass,
    ha::Ha,
    hma::Hma,
    ht_dcperiod::HtDcperiod,
    ht_dcphase::HtDcphase,
    ht_phasor::HtPhasor,
    ht_sine::HtSine,
    ht_trendline::HtTrendline,
    ht_trendmode::HtTrendmode,
    hurst::Hurst,
    ichimoku::Ichimoku,
    imi::Imi,
    kama::Kama,
    kc::Kc,
    kdj::Kdj,
    kvo::Kvo,
    linearreg::Linearreg,
    linearreg_angle::LinearregAngle,
    linearreg_intercept::LinearregIntercept,
    linearreg_slope::LinearregSlope,
    ln::Ln,
    log10::Log10,
    ma::Ma,
    macd::Macd,
    macdext::Macdext,
    macdfix::Macdfix,
    mama::Mama,
    marketfi::Marketfi,
    massi::Massi,
    mavp::Mavp,
    max::Max,
    maxindex::Maxindex,
    mcginley::Mcginley,
    medprice::Medprice,
    mfi::Mfi,
    midpoint::Midpoint,
    midprice::Midprice,
    min::Min,
    minindex::Minindex,
    minmax::Minmax,
    minmaxindex::Minmaxindex,
    minus_di::MinusDi,
    minus_dm::MinusDm,
    mom::Mom,
    mult::Mult,
    natr::Natr,
    nvi::Nvi,
    obv::Obv,
    pair_spread::PairSpread,
    parkinson::Parkinson,
    percentile::Percentile,
    percentrank::Percentrank,
    plus_di::PlusDi,
    plus_dm::PlusDm,
    pmo::Pmo,
    ppo::Ppo,
    pvi::Pvi,
    pvo::Pvo,
    pvt::Pvt,
    qstick::Qstick,
    realized_volatility::RealizedVolatility,
    rma::Rma,
    roc::Roc,
    roc_bands::RocBands,
    rocp::Rocp,
    rocr::Rocr,
    rocr100::Rocr100,
    rogers_satchell::RogersSatchell,
    rolling_pivots::RollingPivots,
    rolling_vwap::RollingVwap,
    rsi::Rsi,
    rvi::Rvi,
    rvol::Rvol,
    sar::Sar,
    sarext::Sarext,
    sin::Sin,
    sinh::Sinh,
    sma::Sma,
    smi::Smi,
    sqrt::Sqrt,
    starc::Starc,
    stc::Stc,
    stddev::Stddev,
    stoch::Stoch,
    stochf::Stochf,
    stochrsi::Stochrsi,
    sub::Sub,
    sum::Sum,
    supertrend::Supertrend,
    t3::T3,
    tan::Tan,
    tanh::Tanh,
    tema::Tema,
    trange::Trange,
    trima::Trima,
    trix::Trix,
    tsf::Tsf,
    tsi::Tsi,
    typprice::Typprice,
    ulcer::Ulcer,
    ultosc::Ultosc,
    var::Var,
    vhf::Vhf,
    vidya::Vidya,
    vortex::Vortex,
    vwap::Vwap,
    vwma::Vwma,
    wad::Wad,
    wclprice::Wclprice,
    willr::Willr,
    wma::Wma,
    yang_zhang::YangZhang,
    zigzag::Zigzag,
    zlema::Zlema,
}
