//! "Did you mean": the nearest of the known names.

/// How many names are listed when none is near.
const LISTED: usize = 12;

/// Help for a name that is not in `known`.
pub(super) fn suggest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<_> = known.collect();
    known.sort_unstable();
    known.dedup();
    if let Some(same) = known.iter().find(|k| k.eq_ignore_ascii_case(name)) {
        return Some(format!("did you mean `{same}`? names are case-sensitive"));
    }
    // `close` where the name is `bar_1m.close`.
    let is_tail = |k: &str| k.rsplit_once('.').is_some_and(|(_, tail)| tail == name);
    if let Some(full) = known.iter().find(|k| is_tail(k)) {
        return Some(format!("did you mean `{full}`?"));
    }
    let near = known.iter().map(|k| (distance(name, k), k)).min();
    if let Some((far, near)) = near
        && far <= (name.chars().count() / 3).max(1)
    {
        return Some(format!("did you mean `{near}`?"));
    }
    let listed = !known.is_empty() && known.len() <= LISTED;
    listed.then(|| format!("known names: {}", known.join(", ")))
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<_> = a.chars().collect();
    let b: Vec<_> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, suggest};

    #[test]
    fn distance_counts_edits() {
        let table = [("", "", 0), ("abc", "", 3), ("fast", "fats", 1), ("slow", "slwo", 1)];
        for (a, b, edits) in table {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn nothing_is_suggested_when_nothing_is_near() {
        let many: Vec<_> = (0..20).map(|i| format!("column_{i}")).collect();
        assert_eq!(suggest("zzz", many.iter().map(String::as_str)), None);
        assert_eq!(suggest("zzz", ["b", "a"].into_iter()).unwrap(), "known names: a, b");
    }
}
