//! Where a resting order stands among those at its price.
//!
//! Feeds by price level tell what stands at a price, not who: of a level that shrinks by more than
//! was traded at it, nobody knows whether those before the order left or those behind. Each model
//! has its own answer. Formulas: `hftbacktest` 2.4, `backtest/models/queue.rs`, which like these
//! takes a trade to arrive before the change of the level that it made.

use serde::{Deserialize, Serialize};

/// Who left a level that shrank by more than was traded at it. `b` and `f` are the quantities
/// behind the order and in front of it, and all but the first two take the share `p` of what is
/// missing from behind and the rest from the front.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueModel {
    /// Nothing is assumed: the feed is by order, and those at a price are served as they came.
    Fifo,
    /// A trade is shared among all at its price in proportion to their quantities, in whole lots
    /// rounded down; the rest is served as they came. Those who leave stood before and behind
    /// alike.
    ProRata,
    /// Those behind, as far as there are any: what is in front is never more than what is there.
    RiskAverse,
    /// Those behind, whatever is displayed: only trades advance the order.
    TradesOnly,
    /// `p = b / (b + f)`: all alike.
    Proportional,
    /// `p = ln(1 + b) / (ln(1 + b) + ln(1 + f))`.
    LogProb,
    /// `p = ln(1 + b) / ln(1 + b + f)`.
    LogProb2,
    /// `p = b^n / (b^n + f^n)`.
    PowerProb(f64),
    /// `p = b^n / (b + f)^n`.
    PowerProb2(f64),
    /// `p = 1 - (f / (f + b))^n`.
    PowerProb3(f64),
}

impl QueueModel {
    /// Those without a parameter, then those with one, here 3.
    pub const ALL: [QueueModel; 10] = [
        QueueModel::RiskAverse,
        QueueModel::TradesOnly,
        QueueModel::Fifo,
        QueueModel::ProRata,
        QueueModel::Proportional,
        QueueModel::LogProb,
        QueueModel::LogProb2,
        QueueModel::PowerProb(3.0),
        QueueModel::PowerProb2(3.0),
        QueueModel::PowerProb3(3.0),
    ];

    /// Its name in a job file.
    pub fn name(self) -> &'static str {
        match self {
            QueueModel::RiskAverse => "risk_averse",
            QueueModel::TradesOnly => "trades_only",
            QueueModel::Fifo => "fifo",
            QueueModel::ProRata => "pro_rata",
            QueueModel::Proportional => "proportional",
            QueueModel::LogProb => "log_prob",
            QueueModel::LogProb2 => "log_prob2",
            QueueModel::PowerProb(_) => "power_prob",
            QueueModel::PowerProb2(_) => "power_prob2",
            QueueModel::PowerProb3(_) => "power_prob3",
        }
    }

    /// Its `n`, if it has one.
    pub fn power(self) -> Option<f64> {
        match self {
            QueueModel::PowerProb(n) | QueueModel::PowerProb2(n) | QueueModel::PowerProb3(n) => {
                Some(n)
            }
            _ => None,
        }
    }

    /// The share of what is missing that stood behind, of quantities in units of the base; null
    /// where it cannot be told.
    fn share_behind(self, front: f64, back: f64) -> f64 {
        let log = |x: f64| (1.0 + x).ln();
        match self {
            QueueModel::RiskAverse | QueueModel::TradesOnly | QueueModel::Fifo => 1.0,
            QueueModel::Proportional | QueueModel::ProRata => back / (back + front),
            QueueModel::LogProb => log(back) / (log(back) + log(front)),
            QueueModel::LogProb2 => log(back) / log(back + front),
            QueueModel::PowerProb(n) => back.powf(n) / (back.powf(n) + front.powf(n)),
            QueueModel::PowerProb2(n) => back.powf(n) / (back + front).powf(n),
            QueueModel::PowerProb3(n) => 1.0 - (front / (front + back)).powf(n),
        }
    }
}

impl std::fmt::Display for QueueModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.power() {
            Some(n) => write!(f, "{}({n})", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

/// The place of one order. Quantities are at the instrument's scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Queue {
    /// In front of it; a fraction where a model has split what left.
    ahead: f64,
    /// Displayed when it was last looked at.
    level: i64,
    /// Traded at its price since.
    traded: i64,
}

impl Queue {
    /// Behind all that is displayed.
    pub fn behind(level: i64) -> Queue {
        Queue { ahead: level as f64, level, traded: 0 }
    }

    /// What stands in front.
    pub fn ahead(&self) -> i64 {
        self.ahead.max(0.0).round() as i64
    }

    /// A trade at its price: how much of it goes past those in front, in whole lots.
    pub fn trade(&mut self, quantity: i64, lot: i64) -> i64 {
        self.traded = self.traded.saturating_add(quantity);
        self.ahead -= quantity as f64;
        let beyond = (-self.ahead / lot as f64).round();
        if beyond < 1.0 {
            return 0;
        }
        self.ahead = 0.0;
        (beyond * lot as f64) as i64
    }

    /// A trade at its price of which every order there gets its share, `own` being the account's
    /// orders there and `remaining` what is left of this one: how much of it this one gets, in
    /// whole lots. Those in front are taken for one order, and so are those behind.
    pub fn share(&mut self, quantity: i64, remaining: i64, own: i64, lot: i64) -> i64 {
        let there = (self.level - self.traded).max(0);
        self.traded = self.traded.saturating_add(quantity);
        let ahead = (self.ahead.max(0.0).round() as i64).min(there);
        let all = i128::from(there) + i128::from(own.max(remaining));
        let part = |of: i64| match i128::from(quantity) * i128::from(of) / all.max(1) {
            part if all <= i128::from(quantity) => part.min(i128::from(of)) as i64,
            part => part as i64 / lot * lot,
        };
        let (front, mine, behind) = (part(ahead), part(remaining), part(there - ahead));
        let others = own.max(remaining) - remaining;
        let rest = (quantity - front - mine - behind - part(others)).max(0);
        let first = rest.min(ahead - front);
        self.ahead = (ahead - front - first) as f64;
        (mine + (rest - first)).min(remaining).min(quantity) / lot * lot
    }

    /// The level has changed to what is displayed now; `unit` is the integer that stands for 1,
    /// since logarithms are of quantities as the venue writes them.
    pub fn change(&mut self, model: QueueModel, now: i64, unit: f64) {
        if now == self.level {
            return;
        }
        let before = self.level as f64;
        let missing = before - now as f64 - self.traded as f64;
        (self.level, self.traded) = (now, 0);
        let front = self.ahead.max(0.0);
        self.ahead = match model {
            QueueModel::TradesOnly => return,
            QueueModel::RiskAverse | QueueModel::Fifo => self.ahead,
            _ if missing < 0.0 => self.ahead,
            _ => {
                let back = before - front;
                let share = model.share_behind(front / unit, back / unit);
                let behind = if share.is_finite() { share } else { 1.0 };
                self.ahead - (1.0 - behind) * missing + (back - behind * missing).min(0.0)
            }
        };
        // Their formula goes below zero where more left than stood in front.
        self.ahead = self.ahead.clamp(0.0, now as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is left in front of 40 of 100 once 30 of them have left without a trade.
    fn left(model: QueueModel) -> f64 {
        let mut queue = Queue { ahead: 40.0, level: 100, traded: 0 };
        queue.change(model, 70, 1.0);
        queue.ahead
    }

    #[test]
    fn each_model_splits_what_left_as_its_formula_says() {
        let split = |behind: f64| 40.0 - (1.0 - behind) * 30.0;
        let near = |model, expected: f64| {
            let found = left(model);
            assert!((found - expected).abs() < 1e-12, "{model}: {found}, expected {expected}");
        };
        near(QueueModel::RiskAverse, 40.0);
        near(QueueModel::TradesOnly, 40.0);
        near(QueueModel::Proportional, split(0.6));
        near(QueueModel::LogProb, split(61_f64.ln() / (61_f64.ln() + 41_f64.ln())));
        near(QueueModel::LogProb2, split(61_f64.ln() / 101_f64.ln()));
        near(QueueModel::PowerProb(2.0), split(3600.0 / (3600.0 + 1600.0)));
        near(QueueModel::PowerProb2(2.0), split(0.36));
        near(QueueModel::PowerProb3(3.0), split(1.0 - 0.064));
    }

    #[test]
    fn logarithms_are_of_quantities_as_the_venue_writes_them() {
        let mut queue = Queue { ahead: 40.0, level: 100, traded: 0 };
        queue.change(QueueModel::LogProb, 70, 10.0);
        let behind = 7_f64.ln() / (7_f64.ln() + 5_f64.ln());
        assert!((queue.ahead - (40.0 - (1.0 - behind) * 30.0)).abs() < 1e-12);
    }

    #[test]
    fn what_was_traded_is_not_missing_again() {
        for model in QueueModel::ALL {
            let mut queue = Queue::behind(100);
            assert_eq!(queue.trade(30, 1), 0);
            queue.change(model, 70, 1.0);
            assert_eq!(queue.ahead(), 70, "{model}");
            // New ones come behind it.
            queue.change(model, 500, 1.0);
            assert_eq!(queue.ahead(), 70, "{model}");
        }
    }

    #[test]
    fn a_level_that_is_gone_leaves_nobody_in_front() {
        for model in QueueModel::ALL {
            let mut queue = Queue::behind(100);
            queue.change(model, 0, 1.0);
            let stays = if model == QueueModel::TradesOnly { 100 } else { 0 };
            assert_eq!(queue.ahead(), stays, "{model}");
        }
    }

    #[test]
    fn what_goes_past_the_queue_is_in_whole_lots() {
        let mut queue = Queue::behind(95);
        queue.change(QueueModel::Proportional, 95, 1.0);
        assert_eq!(queue.trade(100, 10), 10, "5 of a lot of 10 round up, as theirs do");
        assert_eq!(queue.trade(20, 10), 20);
    }

    #[test]
    fn a_trade_is_shared_by_quantity_and_the_rest_goes_to_who_came_first() {
        let mut queue = Queue::behind(90);
        assert_eq!(queue.share(50, 10, 10, 1), 5, "50 * 10 / 100");
        assert_eq!(queue.ahead(), 45);
        // 40 are left there, and 5 of its own: 3 * 40 / 45 is 2, 3 * 5 / 45 nothing, and the rest
        // goes to those before it.
        assert_eq!((queue.share(3, 5, 5, 1), queue.ahead()), (0, 37));
        // Of lots of 10, 40 of 100 round down to 10 for 30 of them, and 20 for 60 behind.
        let mut queue = Queue { ahead: 0.0, level: 60, traded: 0 };
        assert_eq!(queue.share(40, 30, 30, 10), 20, "10, and the rest of 10 since it came first");
        // What the account has there besides counts as well: 50 * 10 / 120.
        let mut queue = Queue::behind(90);
        assert_eq!(queue.share(50, 10, 30, 1), 4);
        // Whatever takes all takes it whole.
        let mut queue = Queue::behind(90);
        assert_eq!(queue.share(500, 10, 10, 1), 10);
    }

    proptest! {
        /// No share is more than was traded, or than is left of the order, and all are whole lots;
        /// those before it get theirs, and what two orders of the account get together is not more
        /// than was traded either.
        #[test]
        fn shares_are_never_too_much(
            lot in prop::sample::select(vec![1, 10]),
            level in 0..100_i64,
            behind in 0..100_i64,
            own in prop::collection::vec(1..50_i64, 1..4),
            trades in prop::collection::vec(1..80_i64, 1..20),
        ) {
            let mut queue = Queue { ahead: (level * lot) as f64, level: (level + behind) * lot,
                traded: 0 };
            let mut remaining = own[0] * lot;
            let others: i64 = own[1..].iter().sum::<i64>() * lot;
            for quantity in trades {
                let there = (queue.level - queue.traded).max(0);
                let (quantity, before) = (quantity * lot, queue.ahead().min(there));
                let got = queue.share(quantity, remaining, remaining + others, lot);
                prop_assert!(0 <= got && got <= quantity && got <= remaining);
                prop_assert!(got % lot == 0);
                prop_assert!(queue.ahead() <= before && before - queue.ahead() + got <= quantity);
                let all = there + remaining + others;
                let floor = (quantity * remaining / all / lot * lot).min(remaining);
                prop_assert!(got >= floor.min(quantity), "{got} of {floor}");
                remaining -= got;
                if remaining == 0 {
                    break;
                }
            }
        }

        /// Whatever happens at a level, in front of an order stand neither fewer than nobody nor
        /// more than all that are displayed, and never more than before.
        #[test]
        fn an_order_only_advances(
            model in 0..QueueModel::ALL.len(),
            level in 1..1000_i64,
            steps in prop::collection::vec((prop::bool::ANY, 0..1000_i64), 1..40),
        ) {
            let model = QueueModel::ALL[model];
            let mut queue = Queue::behind(level);
            for (is_trade, quantity) in steps {
                let before = queue;
                let past = match is_trade {
                    true => queue.trade(quantity, 1),
                    false => {
                        queue.change(model, quantity, 1.0);
                        0
                    }
                };
                prop_assert!(queue.ahead.is_finite() && queue.ahead() <= before.ahead());
                prop_assert!((0..=quantity).contains(&past) && (past == 0 || is_trade));
                if !is_trade && model != QueueModel::TradesOnly {
                    prop_assert!(queue.ahead() <= quantity);
                }
            }
        }
    }
}
