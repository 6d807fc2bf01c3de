use super::*;

#[test]
fn every_indicator_can_be_written_as_its_example_says() {
    let mut all = catalogue();
    all.retain(|e| e.group == Group::Indicator);
    for entry in &all {
        let text = format!(
            "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", \
             instruments = 1, minutes = 1, seed = 1 }}\n[bars]\nbar_1m = {{ time = {{ \
             every = \"1m\", clock = \"receive\" }} }}\n[indicators]\n{}\n",
            entry.example
        );
        let files = crate::spec::Files::MustExist;
        let plan = crate::spec::plan("job.toml".as_ref(), &text, &[], files);
        let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", entry.example));
        assert_eq!(plan.market.indicators.len(), 1, "{}", entry.name);
    }
}

#[test]
fn every_bar_can_be_written_as_its_example_says() {
    for entry in catalogue().iter().filter(|entry| entry.group == Group::Bar) {
        let text = format!(
            "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", \
             instruments = 1, minutes = 1, seed = 1 }}\n[bars]\n{}\n",
            entry.example
        );
        let files = crate::spec::Files::MustExist;
        let plan = crate::spec::plan("job.toml".as_ref(), &text, &[], files);
        let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", entry.example));
        assert_eq!(plan.market.bars[0].kind.name(), entry.name);
    }
}

#[test]
fn every_feature_can_be_written_as_its_example_says() {
    for entry in catalogue().iter().filter(|entry| entry.group == Group::Feature) {
        let text = format!(
            "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", \
             instruments = 1, minutes = 1, seed = 1 }}\n[features]\n{0}\nagain_{0}\n",
            entry.example
        );
        let files = crate::spec::Files::MustExist;
        let plan = crate::spec::plan("job.toml".as_ref(), &text, &[], files);
        let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", entry.example));
        // The same again is computed once.
        assert_eq!(plan.market.features.len(), 1, "{}", entry.name);
    }
}

#[test]
fn every_latency_can_be_written_as_its_example_says() {
    for entry in catalogue().iter().filter(|entry| entry.group == Group::Latency) {
        let text = format!(
            "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", \
             instruments = 1, minutes = 1, seed = 1 }}\n[execution.demo]\n{}\n\
             fees = {{ maker = 0, taker = 0 }}\n\
             fill = {{ model = \"displayed_depth\", partial = true }}\n",
            entry.example
        );
        let files = crate::spec::Files::MustExist;
        match crate::spec::plan("job.toml".as_ref(), &text, &[], files) {
            Ok(_) => assert_ne!(entry.name, "file"),
            // The file of the example is not there.
            Err(error) => assert!(error.to_string().contains("latency.csv"), "{error}"),
        }
    }
}

#[test]
fn every_term_of_a_venue_can_be_written_as_its_example_says() {
    let groups = [Group::Term, Group::Impact];
    for entry in catalogue().iter().filter(|entry| groups.contains(&entry.group)) {
        let text = format!(
            "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", \
             instruments = 1, minutes = 1, seed = 1 }}\n[execution.demo]\n{}\n\
             latency = {{ entry = \"1ms\", response = \"1ms\" }}\n\
             fees = {{ maker = 0, taker = 0 }}\n\
             fill = {{ model = \"displayed_depth\", partial = true }}\n",
            entry.example
        );
        let files = crate::spec::Files::MustExist;
        let plan = crate::spec::plan("job.toml".as_ref(), &text, &[], files);
        plan.unwrap_or_else(|error| panic!("{}: {error}", entry.example));
    }
}

#[test]
fn names_are_found_and_slips_recognised() {
    assert_eq!(find("ema").unwrap()[0].title, "Exponential moving average");
    assert_eq!(find("close").unwrap()[0].group, Group::BarColumn);
    let error = find("macdd").unwrap_err();
    assert_eq!(error, "the catalogue holds no `macdd`: did you mean `macd`?");
    assert_eq!(find("zzzzzz").unwrap_err(), "the catalogue holds no `zzzzzz`");
}

#[test]
fn every_group_has_entries_and_every_entry_says_what_it_is() {
    let all = catalogue();
    for group in Group::ALL {
        assert!(all.iter().any(|e| e.group == group), "{group} is empty");
    }
    for entry in &all {
        assert!(!entry.doc.is_empty() && !entry.example.is_empty(), "{}", entry.name);
    }
    let computed = [Group::Bar, Group::Indicator];
    for entry in all.iter().filter(|entry| computed.contains(&entry.group)) {
        let texts = [&entry.formula, &entry.warm_up, &entry.cost, &entry.source];
        assert!(texts.iter().all(|text| text.is_some()), "{}", entry.name);
        assert_eq!(entry.state.is_some(), entry.group == Group::Indicator, "{}", entry.name);
    }
}
