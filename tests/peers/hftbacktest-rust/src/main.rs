//! The maker of `hftbacktest_check.py` in hftbacktest's Rust crate: the same settings and, line by
//! line, the same strategy; its notes say why the settings are as they are. Prints JSON: `orders`
//! and `seconds` as the check's own function `maker` fills them, and in `loops` the seconds that
//! each round took, with the rows in memory.

use hftbacktest::{
    backtest::{
        Backtest, DataSource, ExchangeKind, L2AssetBuilder,
        assettype::LinearAsset,
        data::{Data, read_npz_file},
        models::{
            CommonFees, ConstantLatency, PowerProbQueueFunc3, ProbQueueModel, TradingValueFeeModel,
        },
    },
    depth::{HashMapMarketDepth, L2MarketDepth, MarketDepth, ROIVectorMarketDepth},
    types::{Bot, ElapseResult, Event, OrdType, Side, Status, TimeInForce},
};
use std::{env, error::Error, time::Instant};

const USAGE: &str = "usage: tapeflow-peer-hftbacktest FEED.npz ORIGIN END ROUNDS hash|roi";
const STEP: i64 = 100_000_000;
const LATENCY: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
const TICK: f64 = 0.1;
const LOT: f64 = 0.001;
const MAKER: f64 = 0.0002;
const TAKER: f64 = 0.0005;
const HALF: i64 = 20;
const LEAN: i64 = 1;
const REQUOTE: i64 = 3;
const MOST: i64 = 20;
/// Prices that the book in a vector covers: every one that comes near the middle of this feed.
const ROI: (f64, f64) = (40_000.0, 80_000.0);

/// What was told to the exchange, and what became of it.
struct Told {
    decided: i64,
    side: Side,
    tick: i64,
    /// As hftbacktest numbers them; 0 as long as nothing ended it.
    fate: u8,
    when: i64,
}

/// What the account says at a full second.
struct Second {
    at: i64,
    position: f64,
    balance: f64,
    fee: f64,
    /// Bid and ask in ticks, added up.
    doubled: i64,
}

/// An order under way.
struct Own {
    id: u64,
    side: Side,
    tick: i64,
    /// Is it being taken back?
    leaving: bool,
}

type Failure = Box<dyn Error>;
type Run = (Vec<Told>, Vec<Second>);

/// 1 for who buys.
fn sign(side: Side) -> i64 {
    if side == Side::Buy { 1 } else { -1 }
}

fn maker<MD: MarketDepth>(hbt: &mut Backtest<MD>, origin: i64, end: i64) -> Result<Run, Failure> {
    let mut own: Vec<Own> = Vec::with_capacity(64);
    let (mut told, mut seconds) = (Vec::<Told>::with_capacity(1 << 16), Vec::new());
    let (mut decide, mut second) = (origin + STEP, origin - origin % SECOND + SECOND);
    let mut start = true;
    loop {
        let now = decide.min(second);
        if now >= end {
            break;
        }
        // The first call begins with the first record.
        let from = if start { origin } else { hbt.current_timestamp() };
        if hbt.elapse(now - 1 - from)? != ElapseResult::Ok {
            break;
        }
        start = false;
        let depth = hbt.depth(0);
        let (bid, ask) = (depth.best_bid_tick(), depth.best_ask_tick());
        // Of a side without levels the tick is the least or the greatest number.
        let mid = bid.wrapping_add(ask);
        if now == second {
            let state = hbt.state_values(0);
            let (position, balance, fee) = (state.position, state.balance, state.fee);
            seconds.push(Second { at: now, position, balance, fee, doubled: mid });
            second += SECOND;
        }
        if now != decide {
            continue;
        }
        decide += STEP;
        // What has become known since.
        let book = hbt.orders(0);
        own.retain(|order| match book.get(&order.id) {
            Some(known) if known.status != Status::New && known.status != Status::None => {
                let told = &mut told[order.id as usize];
                (told.fate, told.when) = (known.status as u8, known.exch_timestamp);
                false
            }
            _ => true,
        });
        hbt.clear_inactive_orders(Some(0));
        if bid < 0 || ask > 1 << 60 {
            continue;
        }
        let held = (hbt.position(0) / LOT).round() as i64;
        let fair = 10 * mid - LEAN * held;
        let sides = [
            (Side::Buy, (fair - HALF).div_euclid(20)),
            (Side::Sell, -(-fair - HALF).div_euclid(20)),
        ];
        let mut missing = [false; 2];
        for (&(side, wanted), missing) in sides.iter().zip(&mut missing) {
            let room = MOST - sign(side) * held;
            let near = (own.iter().enumerate())
                .filter(|(_, order)| order.side == side && !order.leaving)
                .map(|(i, order)| ((order.tick - wanted).abs(), i))
                .filter(|&(away, _)| away < REQUOTE)
                .min()
                .map(|(_, i)| i);
            *missing = near.is_none() && room > 0;
            for (i, order) in own.iter_mut().enumerate() {
                let stays = Some(i) == near && room > 0;
                if order.side == side && !order.leaving && !stays {
                    order.leaving = true;
                    hbt.cancel(0, order.id, false)?;
                }
            }
        }
        for ((side, wanted), missing) in sides.into_iter().zip(missing) {
            if !missing {
                continue;
            }
            let (mut room, mut free) = (MOST - sign(side) * held, true);
            for order in &own {
                if order.side == side {
                    room -= 1;
                    free &= order.tick != wanted;
                } else if !order.leaving {
                    free &= (order.tick - wanted) * sign(side) > 0;
                }
            }
            if room < 1 || !free {
                continue;
            }
            let (id, price) = (told.len() as u64, wanted as f64 * TICK);
            let (post, limit) = (TimeInForce::GTX, OrdType::Limit);
            if side == Side::Buy {
                hbt.submit_buy_order(0, id, price, LOT, post, limit, false)?;
            } else {
                hbt.submit_sell_order(0, id, price, LOT, post, limit, false)?;
            }
            told.push(Told { decided: now, side, tick: wanted, fate: 0, when: 0 });
            own.push(Own { id, side, tick: wanted, leaving: false });
        }
    }
    Ok((told, seconds))
}

/// One run and the seconds of its loop.
#[expect(clippy::disallowed_methods, reason = "measures")]
fn run<MD: MarketDepth + L2MarketDepth + 'static>(
    rows: &Data<Event>,
    (origin, end): (i64, i64),
    depth: fn() -> MD,
) -> Result<(Run, f64), Failure> {
    let asset = L2AssetBuilder::new()
        .data(vec![DataSource::Data(rows.clone())])
        .asset_type(LinearAsset::new(1.0))
        .latency_model(ConstantLatency::new(LATENCY + 1, LATENCY))
        .exchange(ExchangeKind::NoPartialFillExchange)
        .queue_model(ProbQueueModel::new(PowerProbQueueFunc3::new(3.0)))
        .fee_model(TradingValueFeeModel::new(CommonFees::new(MAKER, TAKER)))
        .depth(depth)
        .build()?;
    let mut hbt = Backtest::builder().add_asset(asset).build()?;
    let start = Instant::now();
    let made = maker(&mut hbt, origin, end)?;
    let took = start.elapsed().as_secs_f64();
    hbt.close()?;
    Ok((made, took))
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [feed, origin, end, rounds, book] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let (span, rounds) = ((origin.parse()?, end.parse()?), rounds.parse::<usize>()?);
    let rows = read_npz_file::<Event>(feed, "data")?;
    let (mut made, mut loops) = (Run::default(), Vec::new());
    for _ in 0..rounds {
        let (run, took) = match book.as_str() {
            "hash" => run(&rows, span, || HashMapMarketDepth::new(TICK, LOT))?,
            "roi" => run(&rows, span, || ROIVectorMarketDepth::new(TICK, LOT, ROI.0, ROI.1))?,
            _ => return Err(USAGE.into()),
        };
        loops.push(took);
        made = run;
    }
    let (told, seconds) = made;
    let orders: Vec<_> = (told.iter().enumerate())
        .map(|(id, t)| (id, t.decided, sign(t.side), t.tick, t.fate, t.when))
        .map(|row| list(format!("{row:?}")))
        .collect();
    let seconds: Vec<_> = (seconds.iter())
        .map(|s| (s.at, s.position, s.balance, s.fee, s.doubled))
        .map(|row| list(format!("{row:?}")))
        .collect();
    let (orders, seconds) = (orders.join(", "), seconds.join(", "));
    println!(r#"{{"orders": [{orders}], "seconds": [{seconds}], "loops": {loops:?}}}"#);
    Ok(())
}

/// A tuple of numbers as JSON.
fn list(tuple: String) -> String {
    tuple.replace('(', "[").replace(')', "]")
}
