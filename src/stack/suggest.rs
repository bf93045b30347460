//! "Did you mean": the known word nearest to a misspelt one.
//!
//! One place decides what counts as near, so that keys, values, parameters and names are suggested alike.

/// The candidate that `word` most likely stands for, if any is near enough: the same but for case and
/// separators, an extension or a beginning of it, or a few letters away (one third of its length at most).
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A word far longer than any candidate is near to none, and the distance is quadratic.
    if word.is_empty() || word.len() > 128 {
        return None;
    }
    let given = plain(word);
    candidates
        .into_iter()
        .filter_map(|candidate| distance(&given, &plain(candidate)).map(|distance| (distance, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean ...?` or nothing.
pub fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// `a`, `b` or `c`, each in backquotes.
pub fn either<'c>(words: impl IntoIterator<Item = &'c str>) -> String {
    joined(words, "or")
}

/// `a`, `b` and `c`, each in backquotes.
pub fn all_of<'c>(words: impl IntoIterator<Item = &'c str>) -> String {
    joined(words, "and")
}

fn joined<'c>(words: impl IntoIterator<Item = &'c str>, last: &str) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    listed(&quoted, last)
}

/// Words as a sentence lists them, with `last` before the last one.
pub fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., tail] => format!("{} {last} {tail}", head.join(", ")),
    }
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).flat_map(char::to_lowercase).collect()
}

fn distance(given: &str, candidate: &str) -> Option<usize> {
    if given == candidate {
        return Some(0);
    }
    let shorter = given.chars().count().min(candidate.chars().count());
    if shorter >= 3 && (candidate.starts_with(given) || given.starts_with(candidate)) {
        return Some(1);
    }
    let longer = given.chars().count().max(candidate.chars().count());
    let distance = strsim::damerau_levenshtein(given, candidate);
    (distance <= (longer / 3).max(1) && distance < shorter).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        let keys = ["instance", "scale", "volume", "multi_az", "zones"];
        for (given, meant) in [
            ("instnace", Some("instance")),
            ("instance_type", Some("instance")),
            ("inst", Some("instance")),
            ("multi-az", Some("multi_az")),
            ("multiAZ", Some("multi_az")),
            ("zone", Some("zones")),
            ("sclae", Some("scale")),
            ("database", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, keys), meant, "{given}");
        }
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(either(["a"]), "`a`");
        assert_eq!(either(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(all_of(["a", "b"]), "`a` and `b`");
    }
}
