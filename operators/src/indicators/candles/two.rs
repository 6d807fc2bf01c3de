//! Patterns of two candles.

use super::*;

patterns! {
    /// Two long candles against each other that close at the same price.
    cdlcounterattack::Cdlcounterattack, "Counterattack", 11;
    "100 if the second is white, -100 if black: long, long of the other colour, equal closes",
    |c| when(
        c.opposite(0, 1) && c.long(1) && c.long(0) && c.equals(c.close(0), c.close(1), 1),
        100.0 * c.color(0),
    );

    /// A long white candle, then a black one from above its high far down into its body.
    cdldarkcloudcover::Cdldarkcloudcover, "Dark cloud cover", 11, penetration 50 "0.5";
    "-100: long white; black, opens above the first high, closes in the first body and below \
     close1 - penetration * body1",
    |c, share| when(
        c.white(1)
            && c.black(0)
            && c.open(0) > c.high(1)
            && c.close(0) > c.open(1)
            && c.close(0) < c.close(1) - c.body(1) * share
            && c.long(1),
        -100.0,
    );

    /// A doji that stands away from the long body before it.
    cdldojistar::Cdldojistar, "Doji star", 11;
    "100: long black, doji below its body; -100: long white, doji above its body",
    |c| when(
        if c.white(1) { c.gaps_up(0, 1) } else { c.gaps_down(0, 1) } && c.long(1) && c.doji(0),
        -100.0 * c.color(1),
    );

    /// A body around the body before it, of the other colour.
    cdlengulfing::Cdlengulfing, "Engulfing", 2;
    "100 if the second is white, -100 if black: other colour, second body around the first; 80 and \
     -80 where one end is the same",
    |c| {
        let same = c.top(0) == c.top(1) || c.bottom(0) == c.bottom(1);
        let inside = c.top(0) >= c.top(1) && c.bottom(0) <= c.bottom(1);
        let both = c.top(0) == c.top(1) && c.bottom(0) == c.bottom(1);
        let strength = if same { 80.0 } else { 100.0 };
        when(c.opposite(0, 1) && inside && !both, strength * c.color(0))
    };

    /// A small body within the long body before it.
    cdlharami::Cdlharami, "Harami", 11;
    "100 if the first is black, -100 if white: long, then a small body within its body; 80 and -80 \
     where one end is the same",
    |c| harami(c, c.small(0));

    /// A doji within the long body before it.
    cdlharamicross::Cdlharamicross, "Harami cross", 11;
    "100 if the first is black, -100 if white: long, then a doji within its body; 80 and -80 where \
     one end is the same",
    |c| harami(c, c.doji(0));

    /// Two black candles, the second small and within the body of the first, which is long.
    cdlhomingpigeon::Cdlhomingpigeon, "Homing pigeon", 11;
    "100: long black; small black within its body",
    |c| when(
        c.black(1)
            && c.black(0)
            && c.open(0) < c.open(1)
            && c.close(0) > c.close(1)
            && c.long(1)
            && c.small(0),
        100.0,
    );

    /// A long black candle, then a white one from below its low that only comes back to its close.
    cdlinneck::Cdlinneck, "In-neck", 11;
    "-100: long black; white, opens below the first low, closes at the first close or just above",
    |c| when(
        c.black(1)
            && c.white(0)
            && c.open(0) < c.low(1)
            && c.close(0) <= c.close(1) + c.usual(EQUAL, 1)
            && c.close(0) >= c.close(1)
            && c.long(1),
        -100.0,
    );

    /// Two marubozus against each other with a gap between.
    cdlkicking::Cdlkicking, "Kicking", 11;
    "100 if the second is white, -100 if black: marubozu, marubozu of the other colour with a gap",
    |c| when(kicking(c), 100.0 * c.color(0));

    /// Two marubozus against each other with a gap between; the longer one tells.
    cdlkickingbylength::Cdlkickingbylength, "Kicking by length", 11;
    "100 if the longer is white, -100 if black: marubozu, marubozu of the other colour with a gap",
    |c| when(kicking(c), 100.0 * c.color(if c.body(0) > c.body(1) { 0 } else { 1 }));

    /// Two black candles that close at the same price.
    cdlmatchinglow::Cdlmatchinglow, "Matching low", 6;
    "100: black, black, equal closes",
    |c| when(c.black(1) && c.black(0) && c.equals(c.close(0), c.close(1), 1), 100.0);

    /// A long black candle, then a white one from below its low that only comes back to its low.
    cdlonneck::Cdlonneck, "On-neck", 11;
    "-100: long black; white, opens below the first low, closes at it",
    |c| when(
        c.black(1)
            && c.white(0)
            && c.open(0) < c.low(1)
            && c.equals(c.close(0), c.low(1), 1)
            && c.long(1),
        -100.0,
    );

    /// A long black candle, then a long white one from below its low far up into its body.
    cdlpiercing::Cdlpiercing, "Piercing", 11;
    "100: long black; long white, opens below the first low, closes in the upper half of its body",
    |c| when(
        c.black(1)
            && c.white(0)
            && c.open(0) < c.low(1)
            && c.close(0) < c.open(1)
            && c.close(0) > c.close(1) + c.body(1) * 0.5
            && c.long(1)
            && c.long(0),
        100.0,
    );

    /// Two candles that open at the same price and part.
    cdlseparatinglines::Cdlseparatinglines, "Separating lines", 11;
    "100 if the second is white, -100 if black: other colour, equal opens, second a belt hold",
    |c| when(
        c.opposite(0, 1)
            && c.equals(c.open(0), c.open(1), 1)
            && c.long(0)
            && if c.white(0) { c.shaven_bottom(0) } else { c.shaven_top(0) },
        100.0 * c.color(0),
    );

    /// A long black candle, then a white one from below its low up to under the middle of its body.
    cdlthrusting::Cdlthrusting, "Thrusting", 11;
    "-100: long black; white, opens below the first low, closes in the lower half of its body",
    |c| when(
        c.black(1)
            && c.white(0)
            && c.open(0) < c.low(1)
            && c.close(0) > c.close(1) + c.usual(EQUAL, 1)
            && c.close(0) <= c.close(1) + c.body(1) * 0.5
            && c.long(1),
        -100.0,
    );
}

/// A long body around one that is as asked.
#[inline(always)]
fn harami(c: &impl Look, second: bool) -> f64 {
    let within = c.top(0) <= c.top(1) && c.bottom(0) >= c.bottom(1);
    let same = c.top(0) == c.top(1) || c.bottom(0) == c.bottom(1);
    when(within && second && c.long(1), if same { -80.0 } else { -100.0 } * c.color(1))
}

#[inline(always)]
fn kicking(c: &impl Look) -> bool {
    c.opposite(0, 1)
        && if c.white(1) { c.leaps_down(0, 1) } else { c.leaps_up(0, 1) }
        && c.marubozu(1)
        && c.marubozu(0)
}
