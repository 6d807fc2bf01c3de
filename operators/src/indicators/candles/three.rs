//! Patterns of three candles.

use super::*;

patterns! {
    /// A long white candle, a black one above it, and another that closes into the first.
    cdl2crows::Cdl2crows, "Two crows", 12;
    "-100: long white; black, body above; black, opens in the second body, closes in the first",
    |c| when(
        c.white(2)
            && c.black(1)
            && c.black(0)
            && c.gaps_up(1, 2)
            && c.open(0) < c.open(1)
            && c.open(0) > c.close(1)
            && c.close(0) > c.open(2)
            && c.close(0) < c.close(2)
            && c.long(2),
        -100.0,
    );

    /// A harami that a third candle confirms.
    cdl3inside::Cdl3inside, "Three inside up or down", 12;
    "100 if the first is black, -100 if white: long; small within its body; other colour than the \
     first, closes beyond the first open",
    |c| when(
        c.opposite(0, 2)
            && if c.white(2) { c.close(0) < c.open(2) } else { c.close(0) > c.open(2) }
            && c.top(1) < c.top(2)
            && c.bottom(1) > c.bottom(2)
            && c.long(2)
            && c.small(1),
        -100.0 * c.color(2),
    );

    /// An engulfing that a third candle confirms.
    cdl3outside::Cdl3outside, "Three outside up or down", 3;
    "100 if the second is white, -100 if black: other colour, second body around the first; third \
     closes beyond the second",
    |c| when(
        c.opposite(1, 2)
            && c.top(1) > c.top(2)
            && c.bottom(1) < c.bottom(2)
            && if c.white(1) { c.close(0) > c.close(1) } else { c.close(0) < c.close(1) },
        100.0 * c.color(1),
    );

    /// Three black candles that fall less and less.
    cdl3starsinsouth::Cdl3starsinsouth, "Three stars in the south", 12;
    "100: long black, long lower shadow; smaller black with lower shadow, opens above the first \
     close, trades below it but not below the first low; short black without shadows within the \
     range of the second",
    |c| when(
        c.black(2)
            && c.black(1)
            && c.black(0)
            && c.body(1) < c.body(2)
            && c.open(1) > c.close(2)
            && c.open(1) <= c.high(2)
            && c.low(1) < c.close(2)
            && c.low(1) >= c.low(2)
            && c.low(0) > c.low(1)
            && c.high(0) < c.high(1)
            && c.long(2)
            && c.long_lower_shadow(2)
            && c.lower_shadow(1) > c.usual(SHADOW_VERY_SHORT, 1)
            && c.short(0)
            && c.shaven_bottom(0)
            && c.shaven_top(0),
        100.0,
    );

    /// Three white candles that rise on, each to its top.
    cdl3whitesoldiers::Cdl3whitesoldiers, "Three advancing white soldiers", 12;
    "100: three white without upper shadow, closes rise, each opens in the body before or near it \
     and is not far shorter than it; third not short",
    |c| when(
        advance(c)
            && c.shaven_top(2)
            && c.shaven_top(1)
            && c.shaven_top(0)
            && c.body(1) > c.body(2) - c.usual(FAR, 2)
            && c.body(0) > c.body(1) - c.usual(FAR, 1)
            && c.long(0),
        100.0,
    );

    /// A doji that stands alone, away from the candles before and after it.
    cdlabandonedbaby::Cdlabandonedbaby, "Abandoned baby", 12, penetration 30 "0.3";
    "100 if the third is white, -100 if black: long; doji with a gap of whole candles on both \
     sides; not short, other colour than the first, closes beyond close1 -+ penetration * body1",
    |c, share| when(
        c.opposite(0, 2)
            && if c.white(2) {
                c.leaps_up(1, 2)
                    && c.leaps_down(0, 1)
                    && c.close(0) < c.close(2) - c.body(2) * share
            } else {
                c.leaps_down(1, 2)
                    && c.leaps_up(0, 1)
                    && c.close(0) > c.close(2) + c.body(2) * share
            }
            && c.long(2)
            && c.doji(1)
            && c.long(0),
        100.0 * c.color(0),
    );

    /// Three white candles of which the later ones grow weak.
    cdladvanceblock::Cdladvanceblock, "Advance block", 12;
    "-100: three white, closes rise, each opens in the body before or near it; first long with \
     short upper shadow; then bodies far smaller, or smaller with upper shadows",
    |c| when(
        advance(c)
            && c.long(2)
            && c.upper_shadow(2) < c.usual(SHADOW_SHORT, 2)
            && (
                (c.body(1) < c.body(2) - c.usual(FAR, 2)
                    && c.body(0) < c.body(1) + c.usual(NEAR, 1))
                || c.body(0) < c.body(1) - c.usual(FAR, 1)
                || (c.body(0) < c.body(1)
                    && c.body(1) < c.body(2)
                    && (c.upper_shadow(0) > c.usual(SHADOW_SHORT, 0)
                        || c.upper_shadow(1) > c.usual(SHADOW_SHORT, 1)))
                || (c.body(0) < c.body(1) && c.long_upper_shadow(0))
            ),
        -100.0,
    );

    /// A long white candle, a doji above it, then a black one far down into the first.
    cdleveningdojistar::Cdleveningdojistar, "Evening doji star", 12, penetration 30 "0.3";
    "-100: long white; doji, body above; not short black, closes below close1 - penetration * \
     body1",
    |c, share| when(evening(c, share) && c.doji(1), -100.0);

    /// A long white candle, a small one above it, then a black one far down into the first.
    cdleveningstar::Cdleveningstar, "Evening star", 12, penetration 30 "0.3";
    "-100: long white; small, body above; not short black, closes below close1 - penetration * \
     body1",
    |c, share| when(evening(c, share) && c.small(1), -100.0);

    /// A gap, then two white candles side by side.
    cdlgapsidesidewhite::Cdlgapsidesidewhite, "Gap side-by-side white lines", 7;
    "100 above, -100 below: a gap to two white bodies about the same, equal opens",
    |c| {
        let up = c.gaps_up(1, 2) && c.gaps_up(0, 2);
        let down = c.gaps_down(1, 2) && c.gaps_down(0, 2);
        when(
            (up || down)
                && c.white(1)
                && c.white(0)
                && c.body(0) >= c.body(1) - c.usual(NEAR, 1)
                && c.body(0) <= c.body(1) + c.usual(NEAR, 1)
                && c.equals(c.open(0), c.open(1), 1),
            if up { 100.0 } else { -100.0 },
        )
    };

    /// Three black candles, each from the close of the one before.
    cdlidentical3crows::Cdlidentical3crows, "Identical three crows", 12;
    "-100: three black without lower shadow, closes fall, each opens at the close before",
    |c| when(
        c.black(2)
            && c.black(1)
            && c.black(0)
            && c.close(2) > c.close(1)
            && c.close(1) > c.close(0)
            && c.shaven_bottom(2)
            && c.shaven_bottom(1)
            && c.shaven_bottom(0)
            && c.equals(c.open(1), c.close(2), 2)
            && c.equals(c.open(0), c.close(1), 1),
        -100.0,
    );

    /// A long black candle, a doji below it, then a white one far up into the first.
    cdlmorningdojistar::Cdlmorningdojistar, "Morning doji star", 12, penetration 30 "0.3";
    "100: long black; doji, body below; not short white, closes above close1 + penetration * \
     body1",
    |c, share| when(morning(c, share) && c.doji(1), 100.0);

    /// A long black candle, a small one below it, then a white one far up into the first.
    cdlmorningstar::Cdlmorningstar, "Morning star", 12, penetration 30 "0.3";
    "100: long black; small, body below; not short white, closes above close1 + penetration * \
     body1",
    |c, share| when(morning(c, share) && c.small(1), 100.0);

    /// Three white candles, the last one small on the shoulder of the second.
    cdlstalledpattern::Cdlstalledpattern, "Stalled pattern", 12;
    "-100: three white, closes rise; first long; second long without upper shadow, opens in the \
     first body or near it; third short, opens near the second close or above",
    |c| when(
        c.white(2)
            && c.white(1)
            && c.white(0)
            && c.close(0) > c.close(1)
            && c.close(1) > c.close(2)
            && c.open(1) > c.open(2)
            && c.long(2)
            && c.long(1)
            && c.shaven_top(1)
            && c.open(1) <= c.close(2) + c.usual(NEAR, 2)
            && c.short(0)
            && c.open(0) >= c.close(1) - c.body(0) - c.usual(NEAR, 1),
        -100.0,
    );

    /// Two black candles with the same close around a white one.
    cdlsticksandwich::Cdlsticksandwich, "Stick sandwich", 7;
    "100: black; white, low above the first close; black, close equal to the first",
    |c| when(
        c.black(2)
            && c.white(1)
            && c.black(0)
            && c.low(1) > c.close(2)
            && c.equals(c.close(0), c.close(2), 2),
        100.0,
    );

    /// A gap that a candle goes into without closing it.
    cdltasukigap::Cdltasukigap, "Tasuki gap", 7;
    "100: white, body above the first; black of about its size, opens in it, closes in the gap; \
     -100: the mirror image",
    |c| when(
        c.opposite(0, 1)
            && if c.white(1) {
                c.gaps_up(1, 2)
                    && c.open(0) < c.close(1)
                    && c.open(0) > c.open(1)
                    && c.close(0) < c.open(1)
                    && c.close(0) > c.top(2)
            } else {
                c.gaps_down(1, 2)
                    && c.open(0) < c.open(1)
                    && c.open(0) > c.close(1)
                    && c.close(0) > c.open(1)
                    && c.close(0) < c.bottom(2)
            }
            && (c.body(1) - c.body(0)).abs() < c.usual(NEAR, 1),
        100.0 * c.color(1),
    );

    /// Three dojis, the middle one away from the others.
    cdltristar::Cdltristar, "Tristar", 12;
    "-100: three dojis by the measure of the first, second above it, third not higher than the \
     second; 100: the mirror image",
    |c| {
        let most = c.usual(DOJI, 2);
        let dojis = c.body(2) <= most && c.body(1) <= most && c.body(0) <= most;
        let above = c.gaps_up(1, 2) && c.top(0) < c.top(1);
        let below = c.gaps_down(1, 2) && c.bottom(0) > c.bottom(1);
        when(dojis && (above || below), if above { -100.0 } else { 100.0 })
    };

    /// A long black candle, a black one within it with a new low, and a short white one.
    cdlunique3river::Cdlunique3river, "Unique three river", 12;
    "100: long black; black within its body, lower low; short white, opens above that low",
    |c| when(
        c.black(2)
            && c.black(1)
            && c.white(0)
            && c.close(1) > c.close(2)
            && c.open(1) <= c.open(2)
            && c.low(1) < c.low(2)
            && c.open(0) > c.low(1)
            && c.long(2)
            && c.short(0),
        100.0,
    );

    /// A long white candle, a small black one above it, and a larger black one around that.
    cdlupsidegap2crows::Cdlupsidegap2crows, "Upside gap two crows", 12;
    "-100: long white; small black, body above; black, body around the second, closes above the \
     first close",
    |c| when(
        c.white(2)
            && c.black(1)
            && c.black(0)
            && c.gaps_up(1, 2)
            && c.open(0) > c.open(1)
            && c.close(0) < c.close(1)
            && c.close(0) > c.close(2)
            && c.long(2)
            && c.small(1),
        -100.0,
    );

    /// Two candles of one colour with a gap between, which the third closes.
    cdlxsidegap3methods::Cdlxsidegap3methods, "Gap three methods", 2;
    "100 if the first is white, -100 if black: same colour beyond a gap; other colour, opens in \
     the second body, closes in the first",
    |c| when(
        !c.opposite(2, 1)
            && c.opposite(1, 0)
            && c.open(0) < c.top(1)
            && c.open(0) > c.bottom(1)
            && c.close(0) < c.top(2)
            && c.close(0) > c.bottom(2)
            && if c.white(2) { c.gaps_up(1, 2) } else { c.gaps_down(1, 2) },
        100.0 * c.color(2),
    );
}

/// Three white candles that rise, each from within the body before it or near it.
#[inline(always)]
fn advance(c: &impl Look) -> bool {
    c.white(2)
        && c.white(1)
        && c.white(0)
        && c.close(0) > c.close(1)
        && c.close(1) > c.close(2)
        && c.open(1) > c.open(2)
        && c.open(0) > c.open(1)
        && c.open(1) <= c.close(2) + c.usual(NEAR, 2)
        && c.open(0) <= c.close(1) + c.usual(NEAR, 1)
}

/// An evening star, whatever the body in the middle.
#[inline(always)]
fn evening(c: &impl Look, share: f64) -> bool {
    c.white(2)
        && c.black(0)
        && c.gaps_up(1, 2)
        && c.close(0) < c.close(2) - c.body(2) * share
        && c.long(2)
        && c.long(0)
}

/// A morning star, whatever the body in the middle.
#[inline(always)]
fn morning(c: &impl Look, share: f64) -> bool {
    c.black(2)
        && c.white(0)
        && c.gaps_down(1, 2)
        && c.close(0) > c.close(2) + c.body(2) * share
        && c.long(2)
        && c.long(0)
}
