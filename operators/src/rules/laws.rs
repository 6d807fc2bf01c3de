//! Laws over arbitrary expressions, well typed or not, and arbitrary rows.

use proptest::prelude::*;

use super::{Binary, Clock, Context, Cross, Expr, Part, PartCounts, Rule, Unary, Variadic};

const COLUMNS: u32 = 4;
const UNARY: [Unary; 13] = [
    Unary::Neg,
    Unary::Not,
    Unary::IsNull,
    Unary::IsNotNull,
    Unary::Abs,
    Unary::Signum,
    Unary::Sqrt,
    Unary::Ln,
    Unary::Log10,
    Unary::Exp,
    Unary::Round,
    Unary::Floor,
    Unary::Ceil,
];
const BINARY: [Binary; 16] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Rem,
    Binary::Eq,
    Binary::Ne,
    Binary::Lt,
    Binary::Le,
    Binary::Gt,
    Binary::Ge,
    Binary::And,
    Binary::Or,
    Binary::Pow,
    Binary::NullIf,
    Binary::RoundTo,
];
const VARIADIC: [Variadic; 3] = [Variadic::Least, Variadic::Greatest, Variadic::Coalesce];

/// Numbers that break things, and plain ones.
fn number() -> impl Strategy<Value = f64> {
    let odd = vec![0.0, -0.0, 1.0, -1.0, 2.0, 0.5, f64::MAX, f64::MIN_POSITIVE, 1e300];
    let none = vec![f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    prop_oneof![4 => prop::sample::select(odd), 1 => prop::sample::select(none), 2 => -3.0..3.0]
}

fn expr() -> impl Strategy<Value = Expr> {
    let clocks = vec![Clock::Hour, Clock::Minute, Clock::Weekday];
    let leaf = prop_oneof![
        1 => Just(Expr::Null),
        3 => number().prop_map(Expr::Constant),
        5 => (0..COLUMNS).prop_map(Expr::Column),
        1 => prop::sample::select(clocks).prop_map(Expr::Clock),
    ];
    leaf.prop_recursive(5, 40, 4, |x| {
        let cross = prop::sample::select(vec![Cross::Above, Cross::Below]);
        let pairs = prop::collection::vec((x.clone(), x.clone()), 0..3);
        prop_oneof![
            3 => (prop::sample::select(&UNARY[..]), x.clone())
                .prop_map(|(op, x)| Expr::unary(op, x)),
            6 => (prop::sample::select(&BINARY[..]), x.clone(), x.clone())
                .prop_map(|(op, a, b)| Expr::binary(op, a, b)),
            2 => (prop::sample::select(&VARIADIC[..]), prop::collection::vec(x.clone(), 0..4))
                .prop_map(|(op, of)| Expr::Variadic(op, of)),
            2 => (pairs, x.clone()).prop_map(|(whens, otherwise)| {
                Expr::Case { whens, otherwise: Box::new(otherwise) }
            }),
            2 => x.clone().prop_map(Expr::prev),
            1 => (cross, x.clone(), x).prop_map(|(cross, a, b)| Expr::crosses(cross, a, b)),
        ]
    })
}

type Tape = Vec<(Vec<f64>, i64)>;

fn tape() -> impl Strategy<Value = Tape> {
    prop::collection::vec((prop::collection::vec(number(), COLUMNS as usize), any::<i64>()), 1..6)
}

fn rule(exprs: impl IntoIterator<Item = Expr>) -> Rule {
    Rule::new(exprs.into_iter().map(|expr| Part { text: String::new(), expr }).collect())
}

fn run(rule: &Rule, tape: &Tape) -> Vec<f64> {
    let mut state = rule.start();
    tape.iter().map(|(row, ts)| rule.number(&Context { row, ts: *ts }, &mut state)).collect()
}

/// Bit for bit, so that 0 and -0 differ and null is one pattern.
fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// Nothing is written next to the sources.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn simplify_preserves_every_value(expr in expr(), tape in tape()) {
        let simple = expr.clone().simplify();
        prop_assert!(simple.size() <= expr.size());
        prop_assert_eq!(bits(&run(&rule([simple]), &tape)), bits(&run(&rule([expr]), &tape)));
    }

    #[test]
    fn values_are_finite_or_the_one_null(expr in expr(), tape in tape()) {
        let truth = expr.is_truth();
        for value in run(&rule([expr]), &tape) {
            prop_assert!(value.is_finite() || value.to_bits() == f64::NAN.to_bits());
            prop_assert!(!truth || value.is_nan() || value == 0.0 || value == 1.0);
        }
    }

    #[test]
    fn prev_is_the_value_one_evaluation_ago(expr in expr(), tape in tape()) {
        let now = run(&rule([expr.clone()]), &tape);
        // Behind a branch that is never taken, and one that is taken now and then.
        let gated = Expr::Case {
            whens: vec![(Expr::Column(0), Expr::Null)],
            otherwise: Box::new(Expr::prev(expr)),
        };
        let before = run(&rule([gated]), &tape);
        for i in 0..tape.len() {
            let taken = tape[i].0[0] == 0.0 || !tape[i].0[0].is_finite();
            let expected = if taken && i > 0 { now[i - 1] } else { f64::NAN };
            prop_assert_eq!(before[i].to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn a_rule_resumed_from_bytes_goes_on_the_same(
        exprs in prop::collection::vec(expr(), 1..3),
        tape in tape(),
    ) {
        let rule = rule(exprs);
        let mut state = rule.start();
        let mut values = Vec::new();
        for (row, ts) in &tape {
            let bytes = postcard::to_stdvec(&(&rule, &state)).unwrap();
            let (stored, mut resumed): (Rule, _) = postcard::from_bytes(&bytes).unwrap();
            values.push(stored.number(&Context { row, ts: *ts }, &mut resumed));
            state = resumed;
        }
        prop_assert_eq!(bits(&values), bits(&run(&rule, &tape)));
    }

    #[test]
    fn counting_changes_nothing(exprs in prop::collection::vec(expr(), 1..4), tape in tape()) {
        let rule = rule(exprs);
        let (mut plain, mut counted) = (rule.start(), rule.start());
        let mut counts = rule.counts();
        for (row, ts) in &tape {
            let cx = Context { row, ts: *ts };
            let truth = rule.truth(&cx, &mut plain);
            prop_assert_eq!(rule.truth_counted(&cx, &mut counted, &mut counts), truth);
        }
        for (part, count) in rule.parts().iter().zip(counts) {
            let values = run(&self::rule([part.expr.clone()]), &tape);
            let expected = PartCounts {
                evaluated: tape.len() as u64,
                true_: values.iter().filter(|x| **x != 0.0 && !x.is_nan()).count() as u64,
                null: values.iter().filter(|x| x.is_nan()).count() as u64,
            };
            prop_assert_eq!(count, expected);
        }
    }
}
