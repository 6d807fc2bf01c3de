//! The catalogue says what the documentation of the code says, and draws it.

use std::{fs, path::Path};
use tapeflow::spec::{
    catalogue::{Group, catalogue},
    plot,
};

/// What stands at the top of a file, in one line, without marks.
fn header(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    Some(plain(&lines.collect::<Vec<_>>().join(" ")))
}

fn plain(text: &str) -> String {
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_catalogue_and_the_documentation_are_one_text() {
    let operators = Path::new(env!("CARGO_MANIFEST_DIR")).join("operators/src");
    let mut compared = 0;
    for entry in catalogue() {
        let folder = match entry.group {
            Group::Indicator => "indicators",
            Group::Feature => "features",
            _ => continue,
        };
        // Those of a macro have their documentation from it.
        let Some(found) = header(&operators.join(folder).join(format!("{}.rs", entry.name))) else {
            continue;
        };
        for (name, text) in [
            ("Formula", &entry.formula),
            ("Convention", &entry.convention),
            ("Warm-up", &entry.warm_up),
            ("Source", &entry.source),
        ] {
            let text = plain(text.as_deref().unwrap_or_default());
            let expected = format!("{name}: {text}");
            let at = found.find(&expected);
            assert!(at.is_some(), "{}: `{expected}` is not in `{found}`", entry.name);
        }
        compared += 1;
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn indicators_features_and_bars_are_drawn_and_nothing_else() {
    let all = catalogue();
    let entry = |group: Group, name: &str| {
        all.iter().find(|entry| entry.group == group && entry.name == name).expect("an entry")
    };
    let drawn = plot(entry(Group::Indicator, "ema")).unwrap();
    assert!(drawn.contains("* ema_1   + close_of_bar"), "{drawn}");
    assert!(drawn.matches('*').count() > 50, "{drawn}");
    let drawn = plot(entry(Group::Indicator, "macd")).unwrap();
    assert!(drawn.contains("macd_1_signal") && !drawn.contains("close_of_bar"), "{drawn}");
    let drawn = plot(entry(Group::Feature, "window_mean")).unwrap();
    assert!(drawn.contains("* window_mean_1"), "{drawn}");
    let drawn = plot(entry(Group::Bar, "tick")).unwrap();
    assert!(drawn.contains("* close_of_bar"), "{drawn}");
    for entry in &all {
        if [Group::Bar, Group::Indicator, Group::Feature].contains(&entry.group) {
            plot(entry).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        }
    }
    let refused = plot(entry(Group::Function, "hour")).unwrap_err().to_string();
    assert_eq!(refused, "hour is a function of rules: there is nothing to draw");
}
