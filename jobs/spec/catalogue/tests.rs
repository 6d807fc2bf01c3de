use super::*;
use operators::{execution::Wake, strategy::OrderStyle};

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

/// A job with one strategy that can be traded, and these lines in it and after it.
fn traded(order: &str, rest: &str) -> pipeline::plan::Plan {
    let text = format!(
        "[job]\nname = \"a\"\n[[source]]\nsynthetic = {{ venue = \"demo\", \
         instruments = 1, minutes = 1, seed = 1 }}\n[[account]]\nname = \"paper\"\n\
         cash = {{ USDT = 1000 }}\n[[strategy]]\nname = \"a\"\naccount = \"paper\"\n\
         on = \"trade\"\nfor = [\"demo:*\"]\nlong = \"price > 0\"\nsize = {{ quantity = 1 \
         }}\n{order}\n{rest}\n[execution.demo]\n\
         latency = {{ entry = \"1ms\", response = \"1ms\" }}\n\
         fees = {{ maker = 0, taker = 0 }}\n\
         fill = {{ model = \"displayed_depth\", partial = true }}\n",
    );
    let files = crate::spec::Files::MustExist;
    let plan = crate::spec::plan("job.toml".as_ref(), &text, &[], files);
    plan.unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

#[test]
fn every_kind_of_order_can_be_written_as_its_example_says() {
    let mut kinds = Vec::new();
    for entry in catalogue().iter().filter(|entry| entry.group == Group::Order) {
        let style = traded(&entry.example, "").accounts[0].strategies[0].order.clone();
        kinds.push(match &style {
            OrderStyle::Market => "market",
            OrderStyle::Limit { .. } => "limit",
            OrderStyle::Wait { wake: Wake::Stop, .. } => "stop",
            OrderStyle::Wait { wake: Wake::Touch, .. } => "touch",
            OrderStyle::Wait { wake: Wake::Trail, .. } => "trail",
            OrderStyle::Reduce(_) => "reduce_only",
        });
        assert_eq!(kinds.last(), Some(&&*entry.name));
        for parameter in &entry.parameters {
            let value = match &*parameter.name {
                "in_force" => "\"ioc\"",
                "timeout" => "\"9s\"",
                "then" => "\"market\", timeout = \"9s\"",
                "limit" => "\"mid\"",
                _ => "true",
            };
            let head = entry.example.split_once(" }").map_or(&*entry.example, |(head, _)| head);
            let first = head.split(", ").next().expect("the price is first");
            traded(&format!("{first}, {} = {value} }}", parameter.name), "");
        }
    }
    assert_eq!(kinds, ["market", "limit", "stop", "touch", "trail", "reduce_only"]);
}

#[test]
fn markouts_can_be_written_as_their_example_says_and_are_those_that_it_tells_without() {
    let entry = &find("markouts").unwrap()[0];
    let spec = traded("", &entry.example).accounts[0].markouts.clone();
    assert_eq!((spec.horizons.len(), spec.toxic.is_some()), (3, true));
    let horizons = traded("", "").accounts[0].markouts.horizons.clone();
    let told: Vec<String> = horizons.iter().map(|horizon| horizon.to_string()).collect();
    let told = format!("Left out: {};", told.join(", "));
    assert!(entry.parameters[0].doc.contains(&told), "{told}");
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
