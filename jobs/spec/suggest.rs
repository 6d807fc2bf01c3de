//! "Did you mean": the nearest of the known names.

/// How many names are listed.
const LISTED: usize = 30;

/// The known name that a misspelt one is nearest to, if any is near.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if let Some(same) = known.iter().find(|k| k.eq_ignore_ascii_case(name)) {
        return Some(same);
    }
    let distance = |k: &&'a str| (strsim::damerau_levenshtein(name, k), *k);
    let (far, near) = known.iter().map(distance).min()?;
    let length = name.chars().count().max(near.chars().count());
    (far <= (length / 3).max(1) && far < length).then_some(near)
}

/// Help for a name that is none of `known`; `what` is what they are, in the plural.
pub(super) fn help(name: &str, known: &[&str], what: &str) -> Option<String> {
    let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
    let mut sorted = known.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let list = (!sorted.is_empty() && sorted.len() <= LISTED)
        .then(|| format!("{what}: {}", sorted.join(", ")));
    match (near, list) {
        (Some(near), Some(list)) => Some(format!("{near}\n{list}")),
        (near, list) => near.or(list),
    }
}

#[cfg(test)]
mod tests {
    use super::{help, nearest};

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["ema", "bbands", "rolling_vwap"];
        assert_eq!(nearest("emaa", &known), Some("ema"));
        assert_eq!(nearest("EMA", &known), Some("ema"));
        assert_eq!(nearest("bbnads", &known), Some("bbands"));
        assert_eq!(nearest("supertrend", &known), None);
        assert_eq!(help("x", &["b", "a"], "keys").unwrap(), "keys: a, b");
        assert_eq!(help("x", &[], "keys"), None);
    }
}
