//! What someone should look at, from several tables.

use crate::record;
use crate::records::{OrderEvent, OrderStage, Quality, Reject};
use crate::table::Record;
use crate::{EventTime, Quantity, Side, Text};

record! {
    /// Doubtful data, a record that could not be used, or an order that was refused.
    Alert {
        /// gap, crossed, stale, skew, late, duplicate, outlier; reject; refused
        kind: Text,
        /// refused: account
        account: Option<Text>,
        /// refused: strategy
        strategy: Option<Text>,
        /// refused: order
        order_id: Option<Text>,
        /// refused: side
        side: Option<Side>,
        /// refused: quantity wanted
        quantity: Option<Quantity>,
        /// doubtful data: from when
        from_ts: Option<EventTime>,
        /// doubtful data: until when
        to_ts: Option<EventTime>,
        /// doubtful data: how often
        count: Option<u64>,
        /// reject: where it failed: decode, order
        stage: Option<Text>,
        /// reject: source
        source: Option<Text>,
        /// reject: file:line or topic-partition@offset
        origin: Option<Text>,
        /// why, in words
        reason: Option<Text>,
    }
}

impl Alert {
    fn about<R: Record>(row: &R, instrument: &Option<Text>, kind: &str) -> Alert {
        Alert {
            key: *row.key(),
            instrument: instrument.clone(),
            kind: kind.into(),
            account: None,
            strategy: None,
            order_id: None,
            side: None,
            quantity: None,
            from_ts: None,
            to_ts: None,
            count: None,
            stage: None,
            source: None,
            origin: None,
            reason: None,
        }
    }

    /// Doubtful data.
    pub fn of_quality(row: &Quality) -> Alert {
        Alert {
            from_ts: Some(row.from_ts),
            to_ts: Some(row.to_ts),
            count: Some(row.count),
            ..Alert::about(row, &row.instrument, row.kind.as_str())
        }
    }

    /// A record that could not be used; what it was stays in the lake and among dead letters.
    pub fn of_reject(row: &Reject) -> Alert {
        Alert {
            stage: Some(row.stage.clone()),
            source: Some(row.source.clone()),
            origin: Some(row.origin.clone()),
            reason: Some(row.reason.clone()),
            ..Alert::about(row, &row.instrument, "reject")
        }
    }

    /// An order that risk or the venue refused; none for what else happens to orders.
    pub fn of_order(row: &OrderEvent) -> Option<Alert> {
        let refused = matches!(row.event, OrderStage::Refused | OrderStage::Rejected);
        refused.then(|| Alert {
            account: Some(row.account.clone()),
            strategy: Some(row.strategy.clone()),
            order_id: Some(row.order_id.clone()),
            side: Some(row.side),
            quantity: Some(row.quantity),
            reason: row.reason.clone(),
            ..Alert::about(row, &row.instrument, "refused")
        })
    }
}
