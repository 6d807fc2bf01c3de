//! Results as records, byte for byte, and that what the docs promise stands in them.

use super::*;
use crate::records::{Liquidity, OrderStage, Quality, QualityKind, Reject};
use crate::{Price, Quantity, Side};
use serde_json::Value;

const LINEAGE: Lineage<'static> =
    Lineage { run: "demo", origin: Origin::Topic("ticks"), job_digest: Digest(0xabc) };

fn key() -> OrderKey {
    let cause = OrderKey::source(EventTime(1_723_161_253_123_456_789), 2, 3, 3_712_345_678, 0);
    cause.derived(7, 1, 4)
}

fn signal() -> Signal {
    Signal {
        key: key(),
        instrument: Some("binance:BTCUSDT".into()),
        strategy: "cross".into(),
        side: Some(Side::Sell),
        target: Quantity::new(-140_000, 8),
        strength: -0.5,
        price: Some(Price::new(6_165_001_000_000, 8)),
        reason: "ema \"12\" < ema 26".into(),
        model_digest: None,
    }
}

fn fill() -> Fill {
    Fill {
        key: key(),
        instrument: Some("binance:BTCUSDT".into()),
        account: "main".into(),
        strategy: "cross".into(),
        order_id: "o".into(),
        fill_id: "f".into(),
        side: Side::Buy,
        price: Price::new(100, 0),
        quantity: Quantity::new(5, 1),
        fee: Money::parse("-0.0125").unwrap(),
        fee_currency: "USDT".into(),
        liquidity: Liquidity::Maker,
        fill_model: "queue".into(),
        queue_ahead: None,
        exchange_ts: Some(EventTime(-1)),
        decision_mid: f64::NAN,
        decision_spread: 0.1,
        arrival_mid: 1e300,
        arrival_spread: 0.0,
        fill_mid: 100.0,
        fill_spread: f64::INFINITY,
    }
}

fn portfolio() -> Portfolio {
    let huge = Money(i128::from(i64::MAX) * 1_000_000_000_000);
    Portfolio {
        key: key(),
        instrument: None,
        account: "main".into(),
        currency: "USDT".into(),
        cash: huge,
        equity: Money::ZERO,
        realised: Money(1),
        unrealised: Money(-1),
        fees: Money::ZERO,
        funding: Money::ZERO,
        drawdown: 0.25,
        gross_exposure: Money::ZERO,
        net_exposure: Money::ZERO,
        margin: Money::ZERO,
    }
}

fn order(event: OrderStage) -> OrderEvent {
    OrderEvent {
        key: key(),
        instrument: Some("binance:BTCUSDT".into()),
        account: "main".into(),
        strategy: "cross".into(),
        order_id: "o".into(),
        parent_id: Some("p".into()),
        event,
        side: Side::Buy,
        kind: crate::records::OrderKind::Limit,
        time_in_force: crate::records::TimeInForce::Gtc,
        quantity: Quantity::new(5, 1),
        limit_price: Some(Price::new(1, 18)),
        trigger_price: None,
        status: "done".into(),
        filled_quantity: Quantity::new(0, 1),
        average_price: f64::NAN,
        decided_ts: EventTime(1),
        arrived_ts: None,
        acknowledged_ts: None,
        reason: Some("too large".into()),
    }
}

fn position() -> Position {
    Position {
        key: key(),
        instrument: Some("binance:BTCUSDT".into()),
        account: "main".into(),
        quantity: Quantity::new(-5, 0),
        average_price: 1.5,
        realised_pnl: Money::ZERO,
        unrealised_pnl: Money::ZERO,
        fees: Money::ZERO,
        mark: None,
        mark_source: None,
        currency: "USDT".into(),
    }
}

fn line<R: ResultRecord>(row: &R) -> String {
    let mut out = String::new();
    ResultEncoder::<R>::default().encode(row, &LINEAGE, &mut out);
    out
}

#[test]
fn a_record_has_these_bytes() {
    let expected = concat!(
        r#"{"type":"signal","version":1,"venue":"binance","symbol":"BTCUSDT","#,
        r#""ts":"1723161253123456789","run":"demo","#,
        r#""id":"1723161253123456789.1.2.3.3712345678.7.1.4","#,
        r#""strategy":"cross","side":"sell","target":"-0.0014","strength":-0.5,"#,
        r#""price":"61650.01","reason":"ema \"12\" < ema 26","#,
        r#""cause":{"topic":"ticks","partition":3,"offset":"3712345678"},"#,
        r#""job_digest":"00000000000000000000000000000abc"}"#,
    );
    assert_eq!(line(&signal()), expected);
    // Nothing of a record is left in the next.
    let (encoder, mut out) = (ResultEncoder::default(), String::new());
    encoder.encode(&signal(), &LINEAGE, &mut out);
    encoder.encode(&signal(), &LINEAGE, &mut out);
    assert_eq!(out, expected.repeat(2));
    let mut mark = String::new();
    encode_complete(EventTime(-5), &mut mark);
    assert_eq!(mark, r#"{"type":"complete","version":1,"through":"-5"}"#);
}

#[test]
fn numbers_are_exact_and_what_is_null_is_left_out() {
    let fill: Value = serde_json::from_str(&line(&fill())).unwrap();
    let text = |name: &str| fill[name].as_str().unwrap();
    assert_eq!((text("price"), text("quantity"), text("fee")), ("100", "0.5", "-0.0125"));
    assert_eq!((text("exchange_ts"), text("liquidity")), ("-1", "maker"));
    assert_eq!((&fill["decision_spread"], &fill["arrival_mid"]), (&0.1.into(), &1e300.into()));
    for absent in ["decision_mid", "fill_spread", "queue_ahead", "price_raw", "source_rank"] {
        assert!(fill.get(absent).is_none(), "{absent}");
    }
    let portfolio: Value = serde_json::from_str(&line(&portfolio())).unwrap();
    assert_eq!(portfolio["cash"], "9223372036854775807");
    assert_eq!(
        (&portfolio["realised"], &portfolio["margin"]),
        (&"0.000000000001".into(), &"0".into())
    );
    assert!(portfolio.get("venue").is_none() && portfolio.get("symbol").is_none());
}

#[test]
fn the_cause_is_a_topic_or_a_source() {
    let mut out = String::new();
    let lineage = Lineage { origin: Origin::Source("files"), ..LINEAGE };
    ResultEncoder::default().encode(&signal(), &lineage, &mut out);
    let record: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(record["cause"]["source"], "files");
    assert!(record["cause"].get("topic").is_none());
}

#[test]
fn keys_are_instruments_and_accounts() {
    assert_eq!(signal().record_key(), "binance:BTCUSDT");
    assert_eq!((position().record_key(), portfolio().record_key()), ("main", "main"));
}

#[test]
fn alerts_come_from_several_tables() {
    let quality = Quality {
        key: key(),
        instrument: Some("binance:BTCUSDT".into()),
        kind: QualityKind::Gap,
        from_ts: EventTime(1),
        to_ts: EventTime(2),
        count: 3,
    };
    let gap: Value = serde_json::from_str(&line(&Alert::of_quality(&quality))).unwrap();
    assert_eq!(
        (&gap["kind"], &gap["count"], &gap["to_ts"]),
        (&"gap".into(), &3.into(), &"2".into())
    );
    let reject = Reject {
        key: key(),
        instrument: None,
        stage: "decode".into(),
        source: "ticks".into(),
        origin: "ticks-3@5".into(),
        reason: "no JSON".into(),
        raw: "{".into(),
    };
    let reject: Value = serde_json::from_str(&line(&Alert::of_reject(&reject))).unwrap();
    assert_eq!((&reject["kind"], &reject["origin"]), (&"reject".into(), &"ticks-3@5".into()));
    assert!(reject.get("raw").is_none() && reject.get("account").is_none());
    let refused = Alert::of_order(&order(OrderStage::Refused)).unwrap();
    let refused: Value = serde_json::from_str(&line(&refused)).unwrap();
    assert_eq!((&refused["quantity"], &refused["reason"]), (&"0.5".into(), &"too large".into()));
    assert_eq!(Alert::of_order(&order(OrderStage::Filled)), None);
}

/// Every field of a record is documented, in its order, and the required ones are there.
fn assert_documented<R: ResultRecord>(row: &R) {
    let line = line(row);
    let record: serde_json::Map<String, Value> = serde_json::from_str(&line).unwrap();
    let fields = R::TYPE.fields();
    let mut at = 0;
    for field in &fields {
        let Some(value) = record.get(&field.name) else {
            assert!(!field.required, "{} lacks {}", R::TYPE, field.name);
            continue;
        };
        let form = match value {
            Value::String(text) if text.parse::<f64>().is_ok() => "decimal text",
            Value::String(_) => "text",
            Value::Number(_) => "number",
            Value::Bool(_) => "true or false",
            _ => "object",
        };
        assert!(form.ends_with(field.form), "{} is {form}, not {}", field.name, field.form);
        let found = line[at..].find(&format!("\"{}\":", field.name));
        at += found.unwrap_or_else(|| panic!("{} is out of order", field.name));
    }
    let documented = fields.iter().filter(|field| record.contains_key(&field.name)).count();
    assert_eq!(documented, record.len(), "{line}");
}

#[test]
fn every_field_is_documented() {
    assert_documented(&signal());
    assert_documented(&fill());
    assert_documented(&portfolio());
    assert_documented(&order(OrderStage::Arrived));
    assert_documented(&position());
    assert_documented(&Alert::of_order(&order(OrderStage::Refused)).unwrap());
    assert_eq!(ResultType::Complete.fields().len(), 3);
    assert!(ResultType::ALL.iter().all(|kind| !kind.doc().is_empty()));
}
