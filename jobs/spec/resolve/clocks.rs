//! The clock by which orders meet the market of a venue.

use super::sources::{Supply, SupplyKind};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{Execution, MatchOn, Offset},
};
use operators::execution::VenueClock;
use schemas::Span;

/// The longest that a record travels, unless the job says otherwise.
const MAX_LATENCY: Span = Span::SECOND;

/// Half a day: clocks that are further apart are of other time zones, or not in these units.
const OFFSET_MAX: i64 = 12 * 3_600 * 1_000_000_000;

/// The clock of a venue that matches by its own; none if orders meet what was received.
pub(super) fn resolve(
    written: &Execution,
    venue: &str,
    supplies: &[Supply],
    at: &Cursor<'_, '_>,
) -> Result<Option<VenueClock>, JobError> {
    if written.match_on != Some(MatchOn::Exchange) {
        let stated = [
            ("clock_offset", written.clock_offset.is_some()),
            ("max_latency", written.max_latency.is_some()),
        ];
        if let Some((key, _)) = stated.iter().find(|(_, stated)| *stated) {
            let message = format!("`{key}` is of a venue that matches by its own clock");
            let error = at.get(key).key_error(message).label("without a clock of its own");
            return Err(error.help("write match_on = \"exchange\", or leave this out"));
        }
        return Ok(None);
    }
    let at_clock = at.get("match_on");
    let of_venue = |s: &&Supply| s.instruments.iter().any(|(id, _)| id.venue() == venue);
    for supply in supplies.iter().filter(of_venue) {
        if matches!(supply.kind, SupplyKind::Kafka(_)) {
            return Err(at_clock
                .error(
                    "what happens at an exchange is known when it is received: live, orders \
                     cannot meet it before",
                )
                .label("not with a topic")
                .help(
                    "write match_on = \"receive\", or leave it out; a recording of the topic can \
                     be replayed from the lake by the exchange's clock",
                ));
        }
        if supply.one_clock {
            let message = format!("{} does not say when records were received", supply.name);
            return Err(at_clock.error(message).label("by which of two clocks?").help(
                "write match_on = \"receive\", or leave it out: both clocks are the same here",
            ));
        }
    }
    let model = written.fill.model;
    if model.needs_candles() {
        let message = format!("`{model}` looks at candles, which are received when they are over");
        let error = at_clock.error(message).label("not with this model");
        return Err(error.help("write match_on = \"receive\", or leave it out"));
    }
    let Offset(offset) = written.clock_offset.unwrap_or(Offset(0));
    if offset.saturating_abs() > OFFSET_MAX {
        let error = at.get("clock_offset").error("no clock is wrong by more than half a day");
        return Err(error.label("too far").help("as in clock_offset = \"1270ms\""));
    }
    let max_latency = written.max_latency.unwrap_or(MAX_LATENCY);
    if max_latency.0 <= 0 {
        let error = at.get("max_latency").error("the longest that a record travels is above 0s");
        return Err(error.label("zero").help("as in max_latency = \"500ms\""));
    }
    Ok(Some(VenueClock { offset, max_latency }))
}
