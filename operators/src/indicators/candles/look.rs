//! The words in which patterns speak of candles.

/// The side of a candle that a mean is of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Body,
    Range,
    Shadows,
}

/// What a candle is compared with: a factor on the mean of some candles before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    side: Side,
    /// Candles in the mean; 0 for the candle itself.
    rows: usize,
    factor: f64,
}

const fn setting(side: Side, rows: usize, factor: f64) -> Setting {
    Setting { side, rows, factor }
}

pub(super) const BODY: Setting = setting(Side::Body, 10, 1.0);
pub(super) const DOJI: Setting = setting(Side::Range, 10, 0.1);
pub(super) const SHADOW_LONG: Setting = setting(Side::Body, 0, 1.0);
pub(super) const SHADOW_VERY_LONG: Setting = setting(Side::Body, 0, 2.0);
pub(super) const SHADOW_SHORT: Setting = setting(Side::Shadows, 10, 1.0);
pub(super) const SHADOW_VERY_SHORT: Setting = setting(Side::Range, 10, 0.1);
pub(super) const NEAR: Setting = setting(Side::Range, 5, 0.2);
pub(super) const FAR: Setting = setting(Side::Range, 5, 0.6);
pub(super) const EQUAL: Setting = setting(Side::Range, 5, 0.05);

/// What the patterns say of the candle that is `age` bars old, 0 the newest.
pub(super) trait Look {
    fn open(&self, age: usize) -> f64;

    fn high(&self, age: usize) -> f64;

    fn low(&self, age: usize) -> f64;

    fn close(&self, age: usize) -> f64;

    #[inline(always)]
    fn white(&self, age: usize) -> bool {
        self.close(age) >= self.open(age)
    }

    #[inline(always)]
    fn black(&self, age: usize) -> bool {
        !self.white(age)
    }

    /// 1 if white, -1 if black.
    #[inline(always)]
    fn color(&self, age: usize) -> f64 {
        if self.white(age) { 1.0 } else { -1.0 }
    }

    /// One white, the other black.
    #[inline(always)]
    fn opposite(&self, age: usize, other: usize) -> bool {
        self.white(age) != self.white(other)
    }

    #[inline(always)]
    fn body(&self, age: usize) -> f64 {
        (self.close(age) - self.open(age)).abs()
    }

    #[inline(always)]
    fn range(&self, age: usize) -> f64 {
        self.high(age) - self.low(age)
    }

    /// The upper end of the body.
    #[inline(always)]
    fn top(&self, age: usize) -> f64 {
        if self.white(age) { self.close(age) } else { self.open(age) }
    }

    /// The lower end of the body.
    #[inline(always)]
    fn bottom(&self, age: usize) -> f64 {
        if self.white(age) { self.open(age) } else { self.close(age) }
    }

    #[inline(always)]
    fn upper_shadow(&self, age: usize) -> f64 {
        self.high(age) - self.top(age)
    }

    #[inline(always)]
    fn lower_shadow(&self, age: usize) -> f64 {
        self.bottom(age) - self.low(age)
    }

    /// The body stands above the other's.
    #[inline(always)]
    fn gaps_up(&self, age: usize, other: usize) -> bool {
        self.bottom(age) > self.top(other)
    }

    /// The body stands below the other's.
    #[inline(always)]
    fn gaps_down(&self, age: usize, other: usize) -> bool {
        self.top(age) < self.bottom(other)
    }

    /// The whole candle stands above the other.
    #[inline(always)]
    fn leaps_up(&self, age: usize, other: usize) -> bool {
        self.low(age) > self.high(other)
    }

    /// The whole candle stands below the other.
    #[inline(always)]
    fn leaps_down(&self, age: usize, other: usize) -> bool {
        self.high(age) < self.low(other)
    }

    #[inline(always)]
    fn measure(&self, side: Side, age: usize) -> f64 {
        match side {
            Side::Body => self.body(age),
            Side::Range => self.range(age),
            Side::Shadows => self.upper_shadow(age) + self.lower_shadow(age),
        }
    }

    /// What a setting means for a candle.
    #[inline(always)]
    fn usual(&self, setting: Setting, age: usize) -> f64 {
        let Setting { side, rows, factor } = setting;
        let mean = match rows {
            0 => self.measure(side, age),
            _ => {
                let mut sum = 0.0;
                for row in 0..rows {
                    sum += self.measure(side, age + rows - row);
                }
                sum / rows as f64
            }
        };
        // There are two shadows.
        factor * mean / if matches!(side, Side::Shadows) { 2.0 } else { 1.0 }
    }

    #[inline(always)]
    fn long(&self, age: usize) -> bool {
        self.body(age) > self.usual(BODY, age)
    }

    /// Not long: bodies of just the mean are.
    #[inline(always)]
    fn small(&self, age: usize) -> bool {
        self.body(age) <= self.usual(BODY, age)
    }

    #[inline(always)]
    fn short(&self, age: usize) -> bool {
        self.body(age) < self.usual(BODY, age)
    }

    /// Next to no body.
    #[inline(always)]
    fn doji(&self, age: usize) -> bool {
        self.body(age) <= self.usual(DOJI, age)
    }

    /// Next to no upper shadow.
    #[inline(always)]
    fn shaven_top(&self, age: usize) -> bool {
        self.upper_shadow(age) < self.usual(SHADOW_VERY_SHORT, age)
    }

    /// Next to no lower shadow.
    #[inline(always)]
    fn shaven_bottom(&self, age: usize) -> bool {
        self.lower_shadow(age) < self.usual(SHADOW_VERY_SHORT, age)
    }

    #[inline(always)]
    fn long_upper_shadow(&self, age: usize) -> bool {
        self.upper_shadow(age) > self.usual(SHADOW_LONG, age)
    }

    #[inline(always)]
    fn long_lower_shadow(&self, age: usize) -> bool {
        self.lower_shadow(age) > self.usual(SHADOW_LONG, age)
    }

    /// A long body with next to no shadows.
    #[inline(always)]
    fn marubozu(&self, age: usize) -> bool {
        self.long(age) && self.shaven_top(age) && self.shaven_bottom(age)
    }

    /// `price` is `level` but for what is next to nothing beside the candle of this age.
    #[inline(always)]
    fn equals(&self, price: f64, level: f64, age: usize) -> bool {
        let margin = self.usual(EQUAL, age);
        price <= level + margin && price >= level - margin
    }
}
