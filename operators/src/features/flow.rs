//! Trade-flow imbalance: who was the aggressor lately?

use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, num::NonZeroU16};

/// (bought - sold) / (bought + sold) over the last trades with a known aggressor, from integers;
/// null until that many were seen. O(1) a trade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeFlow {
    /// Trades that count.
    pub trades: NonZeroU16,
}

/// Running state of a [`TradeFlow`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TradeFlowState {
    signed: VecDeque<i64>,
    bought: i128,
    sold: i128,
}

impl TradeFlowState {
    /// Adds a trade: its quantity, negative when the aggressor sold.
    pub fn add(&mut self, parameters: &TradeFlow, signed_quantity: i64) {
        let mut count = |quantity: i64, direction: i128| {
            let part = if quantity > 0 { &mut self.bought } else { &mut self.sold };
            *part += direction * i128::from(quantity).abs();
        };
        count(signed_quantity, 1);
        self.signed.push_back(signed_quantity);
        if self.signed.len() > usize::from(parameters.trades.get())
            && let Some(old) = self.signed.pop_front()
        {
            count(old, -1);
        }
    }

    /// The imbalance, between -1 and +1; NaN is null.
    pub fn value(&self, parameters: &TradeFlow) -> f64 {
        let total = self.bought + self.sold;
        if self.signed.len() < usize::from(parameters.trades.get()) || total == 0 {
            return f64::NAN;
        }
        (self.bought - self.sold) as f64 / total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_trades_leave_the_window() {
        let parameters = TradeFlow { trades: NonZeroU16::new(2).unwrap() };
        let mut state = TradeFlowState::default();
        let values: Vec<f64> = [3, -1, -1, 1]
            .map(|signed| {
                state.add(&parameters, signed);
                state.value(&parameters)
            })
            .to_vec();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [0.5, -1.0, 0.0]);
    }
}
