//! Values worked out by hand.

use super::{Binary, Clock, Context, Cross, Expr, Part, Rule, Unary, Variadic};

const NULL: f64 = f64::NAN;

fn part(text: &str, expr: Expr) -> Part {
    Part { text: text.to_owned(), expr }
}

fn rule(expr: Expr) -> Rule {
    Rule::new(vec![part("", expr)])
}

fn constant(x: f64) -> Box<Expr> {
    Box::new(Expr::Constant(x))
}

fn column(slot: u32) -> Box<Expr> {
    Box::new(Expr::Column(slot))
}

#[track_caller]
fn check(expr: Expr, expected: f64) {
    let rule = rule(expr);
    let found = rule.number(&Context { row: &[], ts: 0 }, &mut rule.start());
    assert!(found == expected || found.is_nan() && expected.is_nan(), "{found} for {expected}");
}

#[track_caller]
fn unary(op: Unary, x: f64, expected: f64) {
    check(Expr::Unary(op, constant(x)), expected);
}

#[track_caller]
fn binary(op: Binary, a: f64, b: f64, expected: f64) {
    check(Expr::Binary(op, constant(a), constant(b)), expected);
}

#[test]
fn truth_tables_are_kleenes() {
    let values = [1.0, 0.0, NULL];
    let and = [[1.0, 0.0, NULL], [0.0, 0.0, 0.0], [NULL, 0.0, NULL]];
    let or = [[1.0, 1.0, 1.0], [1.0, 0.0, NULL], [1.0, NULL, NULL]];
    let not = [0.0, 1.0, NULL];
    for i in 0..3 {
        unary(Unary::Not, values[i], not[i]);
        for j in 0..3 {
            binary(Binary::And, values[i], values[j], and[i][j]);
            binary(Binary::Or, values[i], values[j], or[i][j]);
        }
    }
}

#[test]
fn comparisons_with_null_are_null() {
    // For 1 and 2: less, equal, greater.
    let table = [
        (Binary::Eq, [0.0, 1.0, 0.0]),
        (Binary::Ne, [1.0, 0.0, 1.0]),
        (Binary::Lt, [1.0, 0.0, 0.0]),
        (Binary::Le, [1.0, 1.0, 0.0]),
        (Binary::Gt, [0.0, 0.0, 1.0]),
        (Binary::Ge, [0.0, 1.0, 1.0]),
    ];
    for (op, [less, equal, greater]) in table {
        binary(op, 1.0, 2.0, less);
        binary(op, 2.0, 2.0, equal);
        binary(op, 2.0, 1.0, greater);
        binary(op, NULL, 1.0, NULL);
        binary(op, 1.0, f64::INFINITY, NULL);
        binary(op, NULL, NULL, NULL);
    }
}

#[test]
fn arithmetic_has_no_infinity() {
    binary(Binary::Div, 1.0, 2.0, 0.5);
    binary(Binary::Div, 1.0, 0.0, NULL);
    binary(Binary::Div, 0.0, 0.0, NULL);
    binary(Binary::Rem, 7.0, 4.0, 3.0);
    binary(Binary::Rem, -7.0, 4.0, -3.0);
    binary(Binary::Rem, 7.0, 0.0, NULL);
    binary(Binary::Mul, 1e200, 1e200, NULL);
    binary(Binary::Add, NULL, 1.0, NULL);
    binary(Binary::Sub, 3.0, 5.0, -2.0);
    binary(Binary::Pow, 2.0, 10.0, 1024.0);
    binary(Binary::Pow, NULL, 0.0, NULL);
    binary(Binary::Pow, 1.0, NULL, NULL);
    binary(Binary::Pow, -8.0, 0.5, NULL);
    binary(Binary::NullIf, 2.0, 2.0, NULL);
    binary(Binary::NullIf, 2.0, 3.0, 2.0);
    binary(Binary::NullIf, 2.0, NULL, 2.0);
    binary(Binary::RoundTo, 2.345, 1.0, 2.3);
    binary(Binary::RoundTo, -1250.0, -2.0, -1300.0);
    binary(Binary::RoundTo, 1e300, 15.0, 1e300);
    binary(Binary::RoundTo, 1.0, 0.5, NULL);
}

#[test]
fn functions_of_one_number() {
    unary(Unary::Signum, 0.0, 0.0);
    unary(Unary::Signum, -7.5, -1.0);
    unary(Unary::Signum, 7.5, 1.0);
    unary(Unary::Signum, NULL, NULL);
    unary(Unary::Abs, -2.0, 2.0);
    unary(Unary::Neg, 2.0, -2.0);
    unary(Unary::Sqrt, 9.0, 3.0);
    unary(Unary::Sqrt, -1.0, NULL);
    unary(Unary::Ln, 1.0, 0.0);
    unary(Unary::Ln, 0.0, NULL);
    unary(Unary::Log10, 1000.0, 3.0);
    unary(Unary::Exp, 0.0, 1.0);
    unary(Unary::Exp, 1000.0, NULL);
    unary(Unary::Round, 2.5, 3.0);
    unary(Unary::Round, -2.5, -3.0);
    unary(Unary::Floor, -2.5, -3.0);
    unary(Unary::Ceil, -2.5, -2.0);
    unary(Unary::IsNull, NULL, 1.0);
    unary(Unary::IsNull, 0.0, 0.0);
    unary(Unary::IsNotNull, NULL, 0.0);
    unary(Unary::IsNotNull, 0.0, 1.0);
}

#[test]
fn functions_of_many_numbers() {
    let of = |values: &[f64]| values.iter().map(|x| Expr::Constant(*x)).collect::<Vec<_>>();
    check(Expr::Variadic(Variadic::Least, of(&[3.0, NULL, 2.0])), 2.0);
    check(Expr::Variadic(Variadic::Greatest, of(&[NULL, 3.0, 2.0])), 3.0);
    check(Expr::Variadic(Variadic::Greatest, of(&[NULL, NULL])), NULL);
    check(Expr::Variadic(Variadic::Coalesce, of(&[NULL, 3.0, 2.0])), 3.0);
    check(Expr::Variadic(Variadic::Coalesce, of(&[])), NULL);
}

#[test]
fn case_takes_the_first_true_condition() {
    let case = |a: f64, b: f64| Expr::Case {
        whens: vec![
            (Expr::Constant(a), Expr::Constant(10.0)),
            (Expr::Constant(b), Expr::Constant(20.0)),
        ],
        otherwise: constant(30.0),
    };
    check(case(1.0, 1.0), 10.0);
    check(case(NULL, 1.0), 20.0);
    check(case(0.0, NULL), 30.0);
}

#[test]
fn clock_is_utc() {
    // 2024-08-08 was a Thursday; the second before 1970 a Wednesday.
    let table = [
        (1_723_075_199_999_999_999, 23.0, 59.0, 3.0),
        (1_723_075_200_000_000_000, 0.0, 0.0, 4.0),
        (1_723_129_620_000_000_000, 15.0, 7.0, 4.0),
        (-1, 23.0, 59.0, 3.0),
        (0, 0.0, 0.0, 4.0),
        (1_723_334_400_000_000_000, 0.0, 0.0, 7.0),
    ];
    for (ts, hour, minute, weekday) in table {
        let at = |part| {
            let rule = rule(Expr::Clock(part));
            rule.number(&Context { row: &[], ts }, &mut rule.start())
        };
        assert_eq!(
            (at(Clock::Hour), at(Clock::Minute), at(Clock::Weekday)),
            (hour, minute, weekday),
            "{ts}"
        );
    }
}

fn run(rule: &Rule, rows: &[[f64; 2]]) -> Vec<Option<bool>> {
    let mut state = rule.start();
    rows.iter().map(|row| rule.truth(&Context { row, ts: 0 }, &mut state)).collect()
}

#[test]
fn prev_remembers_where_the_other_side_decides() {
    // column 0 = 1 AND prev(column 1) = 7: the left side is false in the row that holds the 7.
    let gate = Expr::Binary(Binary::Eq, column(0), constant(1.0));
    let memory = Expr::binary(Binary::Eq, Expr::prev(Expr::Column(1)), Expr::Constant(7.0));
    let rows = [[1.0, 5.0], [0.0, 7.0], [1.0, 8.0], [1.0, 9.0]];
    let expected = [None, Some(false), Some(true), Some(false)];
    assert_eq!(
        run(&rule(Expr::binary(Binary::And, gate.clone(), memory.clone())), &rows),
        expected
    );
    assert_eq!(run(&Rule::new(vec![part("", gate), part("", memory)]), &rows), expected);
}

#[test]
fn prev_of_prev_reaches_two_back() {
    let two = Expr::prev(Expr::prev(Expr::Column(0)));
    let rule = rule(Expr::binary(Binary::Eq, two, Expr::Constant(1.0)));
    assert_eq!(rule.slots(), 2);
    let rows = [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]];
    assert_eq!(run(&rule, &rows), [None, None, Some(true), Some(false)]);
}

#[test]
fn crossings_are_true_once() {
    let rows =
        [[1.0, 2.0], [3.0, 2.0], [4.0, 2.0], [2.0, 2.0], [1.0, 2.0], [NULL, 2.0], [3.0, 2.0]];
    let cross = |cross| rule(Expr::crosses(cross, Expr::Column(0), Expr::Column(1)));
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(run(&cross(Cross::Above), &rows), [no, yes, no, no, no, None, None]);
    assert_eq!(run(&cross(Cross::Below), &rows), [None, no, no, no, yes, no, no]);
    // From equal to above is a crossing too.
    assert_eq!(run(&cross(Cross::Above), &[[2.0, 2.0], [3.0, 2.0]]), [no, yes]);
}

#[test]
fn each_prev_has_its_own_memory() {
    let text = |slot| Expr::binary(Binary::Gt, Expr::Column(slot), Expr::prev(Expr::Column(slot)));
    let crosses = Expr::crosses(Cross::Above, Expr::Column(0), Expr::Column(1));
    let rule = Rule::new(vec![part("", text(0)), part("", crosses), part("", text(1))]);
    assert_eq!((rule.slots(), rule.start().len()), (4, 4));
    assert_eq!(run(&rule, &[[1.0, 2.0], [3.0, 2.5]]), [Some(false), Some(true)]);
}

#[test]
fn counts_name_the_part_that_never_held() {
    let above = |slot, x| Expr::Binary(Binary::Gt, column(slot), constant(x));
    let rule = Rule::new(vec![part("a > 0", above(0, 0.0)), part("b > 0.2", above(1, 0.2))]);
    let (mut state, mut counts) = (rule.start(), rule.counts());
    for row in [[1.0, 0.1], [1.0, NULL], [NULL, NULL], [0.0, 0.2]] {
        rule.truth_counted(&Context { row: &row, ts: 0 }, &mut state, &mut counts);
    }
    let lines: Vec<_> =
        rule.parts().iter().zip(&counts).map(|(p, c)| format!("`{}` was {c}", p.text)).collect();
    assert_eq!(lines[0], "`a > 0` was true 2 of 4 times (null 1)");
    assert_eq!(lines[1], "`b > 0.2` was true 0 of 4 times (null 2)");
}

#[test]
fn simplify_folds_and_keeps_what_it_must() {
    let and = |a, b| Expr::binary(Binary::And, a, b);
    let add = |a, b| Expr::Binary(Binary::Add, constant(a), constant(b));
    let above = Expr::Binary(Binary::Gt, column(0), Box::new(add(1.0, 2.0)));
    let folded = Expr::Binary(Binary::Gt, column(0), constant(3.0));
    assert_eq!(above.clone().simplify(), folded);
    assert_eq!(and(Expr::Constant(1.0), above.clone()).simplify(), folded);
    assert_eq!(and(above, Expr::Constant(0.0)).simplify(), Expr::Constant(0.0));
    // Null AND false is false, so null AND x is not null.
    let unknown = and(Expr::Null, folded.clone());
    assert_eq!(unknown.clone().simplify(), unknown);
    // Null when the column is null, so not zero.
    let product = Expr::Binary(Binary::Mul, column(0), constant(0.0));
    assert_eq!(product.clone().simplify(), product);
    let product = Expr::Binary(Binary::Mul, constant(0.0), column(0));
    assert_eq!(product.clone().simplify(), product);
    assert_eq!(Expr::prev(Expr::Constant(1.0)).simplify(), Expr::prev(Expr::Constant(1.0)));
    assert_eq!(Expr::Binary(Binary::Div, constant(1.0), constant(0.0)).simplify(), Expr::Null);
}

#[test]
fn columns_are_listed_once_in_order() {
    let sum = Expr::Binary(Binary::Add, column(7), column(2));
    let rule = Rule::new(vec![part("", Expr::prev(sum)), part("", Expr::Column(7))]);
    assert_eq!(rule.columns().into_iter().collect::<Vec<_>>(), [2, 7]);
}

#[test]
#[should_panic(expected = "the state is this rule's")]
fn a_foreign_state_is_refused() {
    let with = rule(Expr::prev(Expr::Column(0)));
    let without = rule(Expr::Column(0));
    with.number(&Context { row: &[1.0], ts: 0 }, &mut without.start());
}
