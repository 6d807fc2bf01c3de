//! Tardis's CSV files: trades, best bids and offers, changes of books (incremental_book_L2) and the
//! best levels of books (book_snapshot_5, book_snapshot_25). Times are in microseconds, and a row
//! takes effect when it was received.

use super::{Layout, Record, SideRule, TimeColumn, TimeUnit};

/// The layout of a kind of data.
pub(super) fn layout(data: &str) -> Option<Layout> {
    let (record, columns): (_, &[(&str, &str)]) = match data {
        "trades" => (Record::Trade, &[("price", "price"), ("quantity", "amount"), ("id", "id")]),
        "quotes" => (
            Record::Quote,
            &[
                ("bid", "bid_price"),
                ("bid_quantity", "bid_amount"),
                ("ask", "ask_price"),
                ("ask_quantity", "ask_amount"),
            ],
        ),
        "book" => (Record::Level, &[("price", "price"), ("quantity", "amount")]),
        "snapshots" => (
            Record::Book,
            &[
                ("bid", "bids[#].price"),
                ("bid_quantity", "bids[#].amount"),
                ("ask", "asks[#].price"),
                ("ask_quantity", "asks[#].amount"),
            ],
        ),
        _ => return None,
    };
    let side = |buy: &str, sell: &str| SideRule {
        column: "side".to_owned(),
        buy: vec![buy.to_owned()],
        sell: vec![sell.to_owned()],
    };
    let time = |column: &str| TimeColumn { column: column.to_owned(), unit: TimeUnit::Us };
    Some(Layout {
        record,
        names: Vec::new(),
        delimiter: ',',
        time: time("timestamp"),
        received: Some(time("local_timestamp")),
        symbol: Some("symbol".to_owned()),
        columns: columns.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect(),
        side: match record {
            Record::Trade => Some(side("buy", "sell")),
            Record::Level => Some(side("bid", "ask")),
            _ => None,
        },
        marks: None,
        snapshot: (record == Record::Level).then(|| "is_snapshot".to_owned()),
        ends: None,
        span: None,
    })
}
