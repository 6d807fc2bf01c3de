//! Patterns of one candle, some with a look at where the last one stood.

use super::*;

patterns! {
    /// A long candle that opens at its end: nothing went against it.
    cdlbelthold::Cdlbelthold, "Belt hold", 10;
    "100: long white without lower shadow; -100: long black without upper shadow",
    |c| when(
        c.long(0) && if c.white(0) { c.shaven_bottom(0) } else { c.shaven_top(0) },
        100.0 * c.color(0),
    );

    /// A long candle that closes at its end.
    cdlclosingmarubozu::Cdlclosingmarubozu, "Closing marubozu", 10;
    "100: long white without upper shadow; -100: long black without lower shadow",
    |c| when(
        c.long(0) && if c.white(0) { c.shaven_top(0) } else { c.shaven_bottom(0) },
        100.0 * c.color(0),
    );

    /// A candle that closes where it opened.
    cdldoji::Cdldoji, "Doji", 10;
    "100: next to no body",
    |c| when(c.doji(0), 100.0);

    /// A doji that opened and closed at its top.
    cdldragonflydoji::Cdldragonflydoji, "Dragonfly doji", 10;
    "100: doji without upper shadow, with a lower one",
    |c| when(
        c.doji(0)
            && c.shaven_top(0)
            && c.lower_shadow(0) > c.usual(SHADOW_VERY_SHORT, 0),
        100.0,
    );

    /// A doji that opened and closed at its bottom.
    cdlgravestonedoji::Cdlgravestonedoji, "Gravestone doji", 10;
    "100: doji without lower shadow, with an upper one",
    |c| when(
        c.doji(0)
            && c.shaven_bottom(0)
            && c.upper_shadow(0) > c.usual(SHADOW_VERY_SHORT, 0),
        100.0,
    );

    /// A small body on a long lower shadow, near the low of the candle before.
    cdlhammer::Cdlhammer, "Hammer", 11;
    "100: short body, long lower shadow, no upper one; bottom of the body near the low before",
    |c| when(
        c.short(0)
            && c.long_lower_shadow(0)
            && c.shaven_top(0)
            && c.bottom(0) <= c.low(1) + c.usual(NEAR, 1),
        100.0,
    );

    /// A small body on a long lower shadow, near the high of the candle before.
    cdlhangingman::Cdlhangingman, "Hanging man", 11;
    "-100: short body, long lower shadow, no upper one; bottom of the body near the high before",
    |c| when(
        c.short(0)
            && c.long_lower_shadow(0)
            && c.shaven_top(0)
            && c.bottom(0) >= c.high(1) - c.usual(NEAR, 1),
        -100.0,
    );

    /// A small body between two very long shadows.
    cdlhighwave::Cdlhighwave, "High wave", 10;
    "100 if white, -100 if black: short body, both shadows longer than two bodies",
    |c| when(
        c.short(0)
            && c.upper_shadow(0) > c.usual(SHADOW_VERY_LONG, 0)
            && c.lower_shadow(0) > c.usual(SHADOW_VERY_LONG, 0),
        100.0 * c.color(0),
    );

    /// A small body under a long upper shadow, below the body before.
    cdlinvertedhammer::Cdlinvertedhammer, "Inverted hammer", 11;
    "100: short body, long upper shadow, no lower one; body below the one before",
    |c| when(
        c.short(0) && c.long_upper_shadow(0) && c.shaven_bottom(0) && c.gaps_down(0, 1),
        100.0,
    );

    /// A doji with a long shadow.
    cdllongleggeddoji::Cdllongleggeddoji, "Long legged doji", 10;
    "100: doji with a shadow longer than its body",
    |c| when(c.doji(0) && (c.long_lower_shadow(0) || c.long_upper_shadow(0)), 100.0);

    /// A long body with short shadows.
    cdllongline::Cdllongline, "Long line", 10;
    "100 if white, -100 if black: long body, both shadows shorter than the mean",
    |c| when(
        c.long(0)
            && c.upper_shadow(0) < c.usual(SHADOW_SHORT, 0)
            && c.lower_shadow(0) < c.usual(SHADOW_SHORT, 0),
        100.0 * c.color(0),
    );

    /// A long body without shadows.
    cdlmarubozu::Cdlmarubozu, "Marubozu", 10;
    "100 if white, -100 if black: long body without shadows",
    |c| when(c.marubozu(0), 100.0 * c.color(0));

    /// A doji with long shadows, its body about the middle.
    cdlrickshawman::Cdlrickshawman, "Rickshaw man", 10;
    "100: doji, both shadows long, body near the middle of the range",
    |c| {
        let (middle, near) = (c.low(0) + c.range(0) / 2.0, c.usual(NEAR, 0));
        when(
            c.doji(0)
                && c.long_lower_shadow(0)
                && c.long_upper_shadow(0)
                && c.bottom(0) <= middle + near
                && c.top(0) >= middle - near,
            100.0,
        )
    };

    /// A small body under a long upper shadow, above the body before.
    cdlshootingstar::Cdlshootingstar, "Shooting star", 11;
    "-100: short body, long upper shadow, no lower one; body above the one before",
    |c| when(
        c.short(0) && c.long_upper_shadow(0) && c.shaven_bottom(0) && c.gaps_up(0, 1),
        -100.0,
    );

    /// A short body with short shadows.
    cdlshortline::Cdlshortline, "Short line", 10;
    "100 if white, -100 if black: short body, both shadows shorter than the mean",
    |c| when(
        c.short(0)
            && c.upper_shadow(0) < c.usual(SHADOW_SHORT, 0)
            && c.lower_shadow(0) < c.usual(SHADOW_SHORT, 0),
        100.0 * c.color(0),
    );

    /// A small body between two longer shadows.
    cdlspinningtop::Cdlspinningtop, "Spinning top", 10;
    "100 if white, -100 if black: short body, both shadows longer than it",
    |c| when(
        c.short(0) && c.upper_shadow(0) > c.body(0) && c.lower_shadow(0) > c.body(0),
        100.0 * c.color(0),
    );

    /// A dragonfly doji with a very long lower shadow.
    cdltakuri::Cdltakuri, "Takuri", 10;
    "100: doji without upper shadow, lower shadow longer than two bodies",
    |c| when(
        c.doji(0) && c.shaven_top(0) && c.lower_shadow(0) > c.usual(SHADOW_VERY_LONG, 0),
        100.0,
    );
}
