//! Patterns of four or five candles, and those that wait for a confirmation.

use super::*;

patterns! {
    /// Three black candles that fall on after a white one, each to its bottom.
    cdl3blackcrows::Cdl3blackcrows, "Three black crows", 13;
    "-100: white; three black without lower shadow, closes fall from below the first high, each of \
     the last two opens in the body before",
    |c| when(
        c.white(3)
            && c.black(2)
            && c.black(1)
            && c.black(0)
            && c.open(1) < c.open(2)
            && c.open(1) > c.close(2)
            && c.open(0) < c.open(1)
            && c.open(0) > c.close(1)
            && c.high(3) > c.close(2)
            && c.close(2) > c.close(1)
            && c.close(1) > c.close(0)
            && c.shaven_bottom(2)
            && c.shaven_bottom(1)
            && c.shaven_bottom(0),
        -100.0,
    );

    /// Three candles one way, and one that takes all of it back.
    cdl3linestrike::Cdl3linestrike, "Three-line strike", 8;
    "100 if three white rise, -100 if three black fall, each from the body before or near it: then \
     the other colour, opens beyond the third close, closes beyond the first open",
    |c| when(
        !c.opposite(3, 2)
            && !c.opposite(2, 1)
            && c.opposite(1, 0)
            && if c.white(1) {
                c.close(1) > c.close(2)
                    && c.close(2) > c.close(3)
                    && c.open(0) > c.close(1)
                    && c.close(0) < c.open(3)
            } else {
                c.close(1) < c.close(2)
                    && c.close(2) < c.close(3)
                    && c.open(0) < c.close(1)
                    && c.close(0) > c.open(3)
            }
            && from_body(c, 2)
            && from_body(c, 1),
        100.0 * c.color(1),
    );

    /// A gap away, two more candles that way, and one back into the gap.
    cdlbreakaway::Cdlbreakaway, "Breakaway", 14;
    "100: long black; black, body below; lower; black, lower; white, closes in the gap; -100: the \
     mirror image",
    |c| when(
        !c.opposite(4, 3)
            && !c.opposite(3, 1)
            && c.opposite(1, 0)
            && if c.black(4) {
                c.gaps_down(3, 4)
                    && c.high(2) < c.high(3)
                    && c.low(2) < c.low(3)
                    && c.high(1) < c.high(2)
                    && c.low(1) < c.low(2)
                    && c.close(0) > c.open(3)
                    && c.close(0) < c.close(4)
            } else {
                c.gaps_up(3, 4)
                    && c.high(2) > c.high(3)
                    && c.low(2) > c.low(3)
                    && c.high(1) > c.high(2)
                    && c.low(1) > c.low(2)
                    && c.close(0) < c.open(3)
                    && c.close(0) > c.close(4)
            }
            && c.long(4),
        100.0 * c.color(0),
    );

    /// Two black candles without shadows, one below with an upper shadow, and one around that.
    cdlconcealbabyswall::Cdlconcealbabyswall, "Concealing baby swallow", 13;
    "100: four black; first two without shadows; third body below, upper shadow into the second \
     body; fourth around the range of the third",
    |c| when(
        c.black(3)
            && c.black(2)
            && c.black(1)
            && c.black(0)
            && c.gaps_down(1, 2)
            && c.high(1) > c.close(2)
            && c.high(0) > c.high(1)
            && c.low(0) < c.low(1)
            && c.shaven_bottom(3)
            && c.shaven_top(3)
            && c.shaven_bottom(2)
            && c.shaven_top(2)
            && c.upper_shadow(1) > c.usual(SHADOW_VERY_SHORT, 1),
        100.0,
    );

    /// An inside bar that is left to the wrong side: a trap, until prices turn.
    cdlhikkake::Cdlhikkake, "Hikkake", 5;
    "100: bar inside the one before, then lower high and low; -100: then higher high and low; 200 \
     and -200: in the next three rows a close beyond the other end of the inside bar",
    |c| trap(c, |c, age| {
        let inside = c.high(age + 1) < c.high(age + 2) && c.low(age + 1) > c.low(age + 2);
        if inside { left(c, age) } else { 0.0 }
    });

    /// A hikkake after a close near the end where the trap will be.
    cdlhikkakemod::Cdlhikkakemod, "Modified hikkake", 10;
    "100: two bars, each inside the one before, the first closing near its low, then lower high \
     and low; -100: closing near its high, then higher high and low; 200 and -200: in the next \
     three rows a close beyond the other end of the last inside bar",
    |c| trap(c, |c, age| {
        let inside = |age| c.high(age) < c.high(age + 1) && c.low(age) > c.low(age + 1);
        if !(inside(age + 1) && inside(age + 2)) {
            return 0.0;
        }
        let (near, way) = (c.usual(NEAR, age + 2), left(c, age));
        let close = c.close(age + 2);
        let before = match way > 0.0 {
            true => close <= c.low(age + 2) + near,
            false => close >= c.high(age + 2) - near,
        };
        when(before, way)
    });

    /// Four black candles that fall, the last with an upper shadow, and a white one above it.
    cdlladderbottom::Cdlladderbottom, "Ladder bottom", 14;
    "100: three black, opens and closes fall; black with upper shadow; white, opens above its \
     open, closes above its high",
    |c| when(
        c.black(4)
            && c.black(3)
            && c.black(2)
            && c.black(1)
            && c.white(0)
            && c.open(4) > c.open(3)
            && c.open(3) > c.open(2)
            && c.close(4) > c.close(3)
            && c.close(3) > c.close(2)
            && c.open(0) > c.open(1)
            && c.close(0) > c.high(1)
            && c.upper_shadow(1) > c.usual(SHADOW_VERY_SHORT, 1),
        100.0,
    );

    /// A long white candle, three small ones that fall back a little, and a new high.
    cdlmathold::Cdlmathold, "Mat hold", 14, penetration 50 "0.5";
    "100: long white; short black, body above; two short, falling, that reach into the first body, \
     at most penetration of it; white, opens above the close before, closes above the highs of the \
     three",
    |c, share| {
        let floor = c.close(4) - c.body(4) * share;
        let holds = |age| c.bottom(age) < c.close(4) && c.bottom(age) > floor;
        when(
            c.white(4)
                && c.black(3)
                && c.white(0)
                && c.gaps_up(3, 4)
                && holds(2)
                && holds(1)
                && c.top(2) < c.open(3)
                && c.top(1) < c.top(2)
                && c.open(0) > c.close(1)
                && c.close(0) > c.high(3)
                && c.close(0) > c.high(2)
                && c.close(0) > c.high(1)
                && c.long(4)
                && c.short(3)
                && c.short(2)
                && c.short(1),
            100.0,
        )
    };

    /// A long candle, three small ones back within its range, and a long one on.
    cdlrisefall3methods::Cdlrisefall3methods, "Rising or falling three methods", 14;
    "100: long white; three short black, closes falling, bodies in its range; long white, opens \
     above the close before, closes above the first; -100: the mirror image",
    |c| {
        let way = c.color(4);
        let holds = |age| c.bottom(age) < c.high(4) && c.top(age) > c.low(4);
        when(
            c.opposite(4, 3)
                && !c.opposite(3, 2)
                && !c.opposite(2, 1)
                && c.opposite(1, 0)
                && holds(3)
                && holds(2)
                && holds(1)
                && c.close(2) * way < c.close(3) * way
                && c.close(1) * way < c.close(2) * way
                && c.open(0) * way > c.close(1) * way
                && c.close(0) * way > c.close(4) * way
                && c.long(4)
                && c.short(3)
                && c.short(2)
                && c.short(1)
                && c.long(0),
            100.0 * way,
        )
    };
}

/// The candle opens in the body of the one before it, or near.
#[inline(always)]
fn from_body(c: &impl Look, age: usize) -> bool {
    let (open, near) = (c.open(age), c.usual(NEAR, age + 1));
    open >= c.bottom(age + 1) - near && open <= c.top(age + 1) + near
}

/// How an inside bar is left: 100 downwards, for prices should turn, -100 upwards.
#[inline(always)]
fn left(c: &impl Look, age: usize) -> f64 {
    if c.high(age) < c.high(age + 1) && c.low(age) < c.low(age + 1) {
        100.0
    } else if c.high(age) > c.high(age + 1) && c.low(age) > c.low(age + 1) {
        -100.0
    } else {
        0.0
    }
}

/// A trap at this row, or the confirmation of one: the first close beyond the bar inside it, if
/// that comes within three rows and before another trap.
#[inline(always)]
fn trap<L: Look>(c: &L, set: impl Fn(&L, usize) -> f64) -> f64 {
    let now = set(c, 0);
    if now != 0.0 {
        return now;
    }
    for age in 1..=3 {
        let way = set(c, age);
        if way == 0.0 {
            continue;
        }
        let beyond = |row: usize| match way > 0.0 {
            true => c.close(row) > c.high(age + 1),
            false => c.close(row) < c.low(age + 1),
        };
        let first = beyond(0) && !(1..age).any(beyond);
        return when(first, 2.0 * way);
    }
    0.0
}
