//! Numbers, times, spans and names as people write them: what is read is what was written, and
//! what is refused could not be read.

#![no_main]

use fuzz::exact::exact;
use libfuzzer_sys::fuzz_target;
use pipeline::kafka::TopicPlan;
use schemas::decimal::parse_scaled;
use schemas::{Digest, EventTime, InstrumentId, Money, Span};

fuzz_target!(|data: &[u8]| {
    let Some((mode, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match mode % 7 {
        0 => decimal(text, 8),
        1 => decimal(text, mode / 7 % 19),
        2 => {
            if let Ok(time) = text.parse::<EventTime>() {
                assert_eq!(time.to_string().parse(), Ok(time), "{text:?}");
                assert_eq!(time.date().len(), 10, "{text:?}");
            }
        }
        3 => {
            if let Ok(span) = text.parse::<Span>() {
                assert_eq!(span.to_string().parse(), Ok(span), "{text:?}");
            }
        }
        4 => {
            if let Ok(id) = text.parse::<InstrumentId>() {
                assert_eq!(&**id.text(), text);
                assert!(id.symbol().split('/').all(|part| !matches!(part, "." | "..")), "{text:?}");
            }
            if let Ok(digest) = text.parse::<Digest>() {
                assert_eq!(digest.to_string().parse::<Digest>().ok(), Some(digest), "{text:?}");
            }
        }
        5 => {
            if let Ok(plan) = text.parse::<TopicPlan>()
                && let Some(kept) = plan.retention
            {
                assert_eq!(kept.to_string().parse().ok(), Some(kept), "{text:?}");
            }
        }
        _ => {
            if let Ok(money) = Money::parse(text) {
                assert_eq!(Money::parse(&money.to_string()), Ok(money), "{text:?}");
                let read = exact(text);
                assert_eq!(read, exact(&money.to_string()), "{text:?}");
            }
        }
    }
});

fn decimal(text: &str, scale: u8) {
    let plain = !text.contains(['e', 'E']);
    let written = exact(text).filter(|_| plain).and_then(|number| number.at(scale));
    assert_eq!(parse_scaled(text, scale).ok(), written, "{text:?} at {scale}");
}
