//! Two long texts line by line: what was added and removed, with a little of what stays around it.
//!
//! For user data, policies and configuration files, where "from -> to" would say nothing.

/// Above this many comparisons the middle is shown as replaced as a whole.
const MOST_COMPARISONS: usize = 4_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It stays.
    Same,
    /// It is new.
    Added,
    /// It goes.
    Removed,
}

/// One row of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// A line.
    Line(Mark, &'a str),
    /// So many lines that stay are left out here.
    Skipped(usize),
}

/// The difference with at most `context` unchanged lines on each side of a change.
pub fn hunks<'a>(from: &'a str, to: &'a str, context: usize) -> Vec<Row<'a>> {
    let lines = diff(from, to);
    let near = |at: usize| {
        let around = at.saturating_sub(context)..(at + context + 1).min(lines.len());
        lines[around].iter().any(|(mark, _)| *mark != Mark::Same)
    };
    let mut rows = Vec::new();
    for (at, &(mark, line)) in lines.iter().enumerate() {
        match rows.last_mut() {
            _ if near(at) => rows.push(Row::Line(mark, line)),
            Some(Row::Skipped(count)) => *count += 1,
            _ => rows.push(Row::Skipped(1)),
        }
    }
    rows
}

/// Every line of both texts, in order; a longest common subsequence stays.
fn diff<'a>(from: &'a str, to: &'a str) -> Vec<(Mark, &'a str)> {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    let head = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let tail = from[head..].iter().rev().zip(to[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&from[head..from.len() - tail], &to[head..to.len() - tail]);
    let mut lines: Vec<(Mark, &str)> = from[..head].iter().map(|line| (Mark::Same, *line)).collect();
    middle(old, new, &mut lines);
    lines.extend(from[from.len() - tail..].iter().map(|line| (Mark::Same, *line)));
    lines
}

fn middle<'a>(old: &[&'a str], new: &[&'a str], lines: &mut Vec<(Mark, &'a str)>) {
    let (mut i, mut j) = (0, 0);
    if old.len().saturating_mul(new.len()) <= MOST_COMPARISONS {
        let common = common(old, new);
        while i < old.len() && j < new.len() {
            if old[i] == new[j] {
                lines.push((Mark::Same, old[i]));
                (i, j) = (i + 1, j + 1);
            } else if common[i + 1][j] >= common[i][j + 1] {
                lines.push((Mark::Removed, old[i]));
                i += 1;
            } else {
                lines.push((Mark::Added, new[j]));
                j += 1;
            }
        }
    }
    lines.extend(old[i..].iter().map(|line| (Mark::Removed, *line)));
    lines.extend(new[j..].iter().map(|line| (Mark::Added, *line)));
}

/// For every pair of places the length of the longest common subsequence from there on.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: &str, to: &str, context: usize) -> String {
        let row = |row: &Row<'_>| match row {
            Row::Line(Mark::Same, line) => format!(" {line}"),
            Row::Line(Mark::Added, line) => format!("+{line}"),
            Row::Line(Mark::Removed, line) => format!("-{line}"),
            Row::Skipped(count) => format!("@{count}"),
        };
        hunks(from, to, context).iter().map(row).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn shows_what_changed_and_a_little_around_it() {
        assert_eq!(text("a\nb\nc\nd\ne\nf", "a\nb\nc\nD\ne\nf", 1), "@2| c|-d|+D| e|@1");
        assert_eq!(text("a\nb", "a\nb", 3), "@2");
        assert_eq!(text("", "x\ny", 3), "+x|+y");
        assert_eq!(text("x\ny", "", 3), "-x|-y");
    }

    #[test]
    fn keeps_the_longest_common_part() {
        assert_eq!(text("a\nb\nc\nd", "b\nx\nd\ny", 9), "-a| b|-c|+x| d|+y");
    }

    proptest::proptest! {
        #[test]
        fn both_texts_can_be_read_off(from in "([ab]\n){0,9}", to in "([ab]\n){0,9}") {
            let lines = diff(&from, &to);
            let side = |gone: Mark| {
                let kept = lines.iter().filter(|(mark, _)| *mark != gone);
                kept.flat_map(|(_, line)| [*line, "\n"]).collect::<String>()
            };
            proptest::prop_assert_eq!(side(Mark::Added), from.clone());
            proptest::prop_assert_eq!(side(Mark::Removed), to.clone());
        }
    }
}
