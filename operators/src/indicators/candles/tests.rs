//! Each pattern once for each of its values, on the fewest bars.

use std::collections::BTreeSet;

use crate::indicators::{
    IndicatorSpec,
    testing::{bars, series_of_bars},
};

/// Bars before a pattern: body 2, range 8, white.
const USUAL: [f64; 5] = [100.0, 104.0, 96.0, 102.0, 0.0];

/// Kind and value, then open, high, low and close of the bars after 14 usual ones. Found by trying
/// bars at random until TA-Lib gave the value.
const EXAMPLES: &str = "
    cdl2crows -100  99 109 99 109  112 113 110 110  111 111 101 101
    cdl3blackcrows -100  99 108 92 92  95 95 91 91  94 103 84 84
    cdl3inside -100  97 107 97 107  98 98 89 98  99 99 83 92
    cdl3inside 100  99 100 91 92  94 96 94 96  94 107 93 104
    cdl3linestrike -100  99 100 98 98  98 107 96 97  97 98 95 96  95 102 95 102
    cdl3linestrike 100  102 112 102 103  103 107 103 104  107 107 97 97
    cdl3outside -100  109 110 96 99  98 99 88 97
    cdl3outside 100  89 89 86 86  84 103 81 94  94 99 93 96
    cdl3starsinsouth 100  112 112 99 108  111 112 99 108  110 110 108 108
    cdl3whitesoldiers 100  103 107 100 107  106 110 106 110  107 111 98 111
    cdlabandonedbaby -100  106 113 106 113  115 115 115 115  112 112 99 108
    cdlabandonedbaby 100  99 99 95 95  89 89 86 89  90 97 90 97
    cdladvanceblock -100  104 111 101 111  111 124 111 121  121 131 121 122
    cdlbelthold -100  92 92 88 88
    cdlbelthold 100  96 115 96 106
    cdlbreakaway -100  99 106 99 103  109 110 106 110  110 111 110 111  111 118 111 115
         112 115 105 105
    cdlbreakaway 100  100 103 93 93  87 87 83 83  83 85 80 84  84 84 73 82  82 95 81 92
    cdlclosingmarubozu -100  92 92 88 88
    cdlclosingmarubozu 100  92 102 89 102
    cdlconcealbabyswall 100  100 100 98 98  98 98 97 97  96 99 92 92  92 101 82 85
    cdlcounterattack -100  111 122 111 121  126 135 121 121
    cdlcounterattack 100  94 94 87 87  83 96 80 87
    cdldarkcloudcover -100  105 112 105 112  113 116 106 106
    cdldoji 100  90 90 81 90
    cdldojistar -100  95 103 92 102  107 116 106 107
    cdldojistar 100  109 118 89 98  96 98 93 97
    cdldragonflydoji 100  90 90 81 90
    cdlengulfing -100  103 103 90 93
    cdlengulfing -80  103 103 97 100
    cdlengulfing 80  103 112 101 101  101 111 92 108
    cdlengulfing 100  94 95 93 93  92 102 89 102
    cdleveningdojistar -100  100 107 99 104  106 115 106 106  107 107 97 97
    cdleveningstar -100  104 116 104 107  109 111 100 111  111 111 101 101
    cdlgapsidesidewhite -100  96 97 87 96  96 97 96 97
    cdlgapsidesidewhite 100  108 108 108 108  108 108 99 108
    cdlgravestonedoji 100  110 113 110 110
    cdlhammer 100  90 90 81 90
    cdlhangingman -100  110 110 100 109
    cdlharami -100  107 114 107 114  112 112 111 111
    cdlharami -80  96 104 96 103  103 103 94 103
    cdlharami 80  97 97 90 90  90 90 81 90
    cdlharami 100  108 108 98 98  107 116 102 105
    cdlharamicross -100  114 121 111 121  118 121 118 118
    cdlharamicross -80  96 104 96 103  103 103 94 103
    cdlharamicross 80  97 97 90 90  90 90 81 90
    cdlharamicross 100  94 94 84 84  91 91 91 91
    cdlhighwave -100  101 104 97 100
    cdlhighwave 100  108 118 99 109
    cdlhikkake -200  103 103 103 103  104 105 104 104  103 106 92 101
    cdlhikkake -100  99 99 98 99  99 106 99 106
    cdlhikkake 100  97 99 97 99  96 97 86 95
    cdlhikkake 200  102 103 101 102  102 102 93 102  105 106 105 106
    cdlhikkakemod -200  100 103 100 102  101 102 101 102  102 107 102 104  101 101 100 100
    cdlhikkakemod -100  99 103 99 103  101 102 100 102  102 103 102 103
    cdlhikkakemod 100  97 100 97 97  99 99 98 98  95 98 94 98
    cdlhikkakemod 200  102 103 100 101  101 102 101 101  98 100 97 99  99 106 96 103
    cdlhomingpigeon 100  108 108 98 98  107 116 102 105
    cdlidentical3crows -100  105 105 98 98  98 98 94 94  94 103 90 90
    cdlinneck -100  94 94 87 87  83 96 80 87
    cdlinvertedhammer 100  97 106 96 96
    cdlkicking -100  84 87 84 87  79 79 75 75
    cdlkicking 100  113 113 109 109  114 124 114 124
    cdlkickingbylength -100  84 87 84 87  79 79 75 75
    cdlkickingbylength 100  113 113 109 109  114 124 114 124
    cdlladderbottom 100  103 106 99 102  94 95 90 90  90 91 89 89  89 90 87 87  94 94 94 94
    cdllongleggeddoji 100  90 90 81 90
    cdllongline -100  92 92 88 88
    cdllongline 100  101 108 101 108
    cdlmarubozu -100  92 92 88 88
    cdlmarubozu 100  101 108 101 108
    cdlmatchinglow 100  110 119 100 103  104 107 103 103
    cdlmathold 100  101 111 92 111  113 113 111 112  112 121 110 110  111 111 110 110
         112 123 109 122
    cdlmorningdojistar 100  100 100 93 93  90 93 90 90  92 102 92 102
    cdlmorningstar 100  101 104 88 91  88 97 86 87  87 98 87 97
    cdlonneck -100  94 94 87 87  83 96 80 87
    cdlpiercing 100  73 73 62 63  60 70 60 70
    cdlrickshawman 100  92 95 89 92
    cdlrisefall3methods -100  106 109 93 96  96 97 87 96  96 101 96 98  100 100 97 100
         99 108 92 92
    cdlrisefall3methods 100  103 111 103 110  112 121 110 110  110 110 109 109  109 109 108 108
         109 117 109 116
    cdlseparatinglines -100  100 100 96 96
    cdlseparatinglines 100  101 101 99 99  101 108 101 108
    cdlshootingstar -100  104 107 104 104
    cdlshortline -100  112 112 111 111
    cdlshortline 100  105 107 105 106
    cdlspinningtop -100  101 104 97 100
    cdlspinningtop 100  108 118 99 109
    cdlstalledpattern -100  103 107 103 107  108 118 99 118  118 119 118 119
    cdlsticksandwich 100  101 101 94 97  100 108 100 107  104 113 96 97
    cdltakuri 100  90 90 81 90
    cdltasukigap -100  87 88 76 85  86 89 86 88
    cdltasukigap 100  113 118 112 115  114 114 109 112
    cdlthrusting -100  103 104 96 96  95 100 95 97
    cdltristar -100  97 106 94 97  98 98 97 98  97 97 88 97
    cdltristar 100  109 109 100 109  107 107 106 107  112 112 112 112
    cdlunique3river 100  107 107 99 99  106 115 96 105  105 106 96 106
    cdlupsidegap2crows -100  105 116 102 115  122 122 121 121  124 133 117 117
    cdlxsidegap3methods -100  101 101 91 94  93 93 85 86  88 95 87 95
    cdlxsidegap3methods 100  110 112 110 112  111 112 101 101
";

/// A pattern, its value, its bars.
fn examples() -> Vec<(String, f64, Vec<[f64; 5]>)> {
    let mut examples: Vec<(String, Vec<f64>)> = Vec::new();
    for word in EXAMPLES.split_whitespace() {
        match (word.parse::<f64>(), examples.last_mut()) {
            (Ok(number), Some((_, numbers))) => numbers.push(number),
            _ => examples.push((word.to_owned(), Vec::new())),
        }
    }
    let split = |(kind, numbers): (String, Vec<f64>)| {
        let (prices, rest) = numbers[1..].as_chunks::<4>();
        assert!(rest.is_empty(), "{kind}: a bar is cut off");
        let tail = prices.iter().map(|&[open, high, low, close]| [open, high, low, close, 0.0]);
        (kind, numbers[0], [USUAL; 14].into_iter().chain(tail).collect())
    };
    examples.into_iter().map(split).collect()
}

#[test]
fn every_pattern_is_found_where_it_is() {
    let all = IndicatorSpec::examples();
    let mut seen = BTreeSet::new();
    for (kind, expected, rows) in examples() {
        let spec = all.iter().find(|spec| spec.kind() == kind).expect("it exists");
        let found = series_of_bars(spec.indicator(), &bars(&rows));
        assert_eq!(found[rows.len() - 1], Some(expected), "{kind}");
        seen.insert(kind);
    }
    let kinds = IndicatorSpec::kinds().iter().map(|entry| entry.kind.to_owned());
    let patterns: BTreeSet<String> = kinds.filter(|kind| kind.starts_with("cdl")).collect();
    assert_eq!(seen, patterns);
}

#[test]
fn usual_bars_are_no_pattern() {
    let rows = bars(&[USUAL; 40]);
    let patterns = IndicatorSpec::examples();
    for spec in patterns.iter().filter(|spec| spec.kind().starts_with("cdl")) {
        let found = series_of_bars(spec.indicator(), &rows);
        assert_eq!(found[39], Some(0.0), "{}", spec.kind());
    }
}
