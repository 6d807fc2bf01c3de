//! The JSON of topics: one object a record, `type` and `version` first, prices, quantities and
//! nanosecond times as decimal strings because they exceed 2^53.
