//! A page of chapters that has to fit: what matters least is shortened first, then left out, piece by piece.
//!
//! A piece is shown in full, in short or not at all, so that nothing is ever cut inside of a fence or a table.

use std::collections::BTreeMap;

/// A piece of a chapter.
#[derive(Clone, Debug)]
pub struct Piece {
    /// How much it matters: the smaller, the more.
    pub weight: u8,
    /// What it is, in the plural: `findings`.
    pub what: &'static str,
    /// All of it.
    pub full: String,
    /// What is left of it when there is little room.
    pub short: String,
}

/// A heading and what stands below it.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// The heading with all that comes before the first piece.
    pub head: String,
    /// Its pieces, in the order in which they are read.
    pub pieces: Vec<Piece>,
    /// What comes after the last piece.
    pub foot: String,
}

/// How much of a piece is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Not,
    Short,
    Full,
}

/// What was not shown for want of room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Pieces that are only shown in short.
    pub shortened: usize,
    /// Pieces that are not shown, by what they are.
    pub missing: BTreeMap<&'static str, usize>,
}

/// The chapters in at most `room` characters, and what is missing of them.
pub fn fit(chapters: &[Chapter], room: usize) -> (String, Left) {
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (chapter, one) in chapters.iter().enumerate() {
        order.extend((0..one.pieces.len()).map(|piece| (chapter, piece)));
    }
    order.sort_by_key(|&(chapter, piece)| chapters[chapter].pieces[piece].weight);
    let mut shown: Vec<Vec<Shown>> =
        chapters.iter().map(|chapter| vec![Shown::Not; chapter.pieces.len()]).collect();
    let mut open = vec![false; chapters.len()];
    let mut room = room;
    for &(chapter, piece) in &order {
        let one = &chapters[chapter];
        let frame = if open[chapter] { 0 } else { length(&one.head) + length(&one.foot) };
        if let Some(rest) = room.checked_sub(frame + length(&one.pieces[piece].short)) {
            (room, open[chapter], shown[chapter][piece]) = (rest, true, Shown::Short);
        }
    }
    for &(chapter, piece) in &order {
        let one = &chapters[chapter].pieces[piece];
        let more = length(&one.full).saturating_sub(length(&one.short));
        if shown[chapter][piece] == Shown::Short
            && let Some(rest) = room.checked_sub(more)
        {
            (room, shown[chapter][piece]) = (rest, Shown::Full);
        }
    }
    write(chapters, &shown)
}

fn write(chapters: &[Chapter], shown: &[Vec<Shown>]) -> (String, Left) {
    let mut page = String::new();
    let mut left = Left::default();
    for (chapter, shown) in chapters.iter().zip(shown) {
        let open = shown.iter().any(|shown| *shown != Shown::Not);
        if open {
            page.push_str(&chapter.head);
        }
        for (piece, shown) in chapter.pieces.iter().zip(shown) {
            match shown {
                Shown::Full => page.push_str(&piece.full),
                Shown::Short => {
                    page.push_str(&piece.short);
                    left.shortened += 1;
                }
                Shown::Not => *left.missing.entry(piece.what).or_default() += 1,
            }
        }
        if open {
            page.push_str(&chapter.foot);
        }
    }
    (page, left)
}

/// Characters, as those count them who limit a comment.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(weight: u8, full: &str, short: &str) -> Piece {
        Piece { weight, what: "things", full: full.into(), short: short.into() }
    }

    fn chapters() -> Vec<Chapter> {
        let first = vec![piece(1, "AAAA", "A"), piece(9, "BBBB", "B")];
        let second = vec![piece(2, "CCCC", "C")];
        vec![
            Chapter { head: "1:".into(), pieces: first, foot: ";".into() },
            Chapter { head: "2:".into(), pieces: second, foot: ";".into() },
        ]
    }

    #[test]
    fn the_least_important_is_shortened_first_and_then_left_out() {
        let table =
            [(18, "1:AAAABBBB;2:CCCC;"), (17, "1:AAAAB;2:CCCC;"), (14, "1:AAAAB;2:C;"), (9, "1:AB;2:C;")];
        for (room, expected) in table {
            assert_eq!(fit(&chapters(), room).0, expected, "{room}");
        }
        let (page, left) = fit(&chapters(), 8);
        assert_eq!((page.as_str(), left.shortened), ("1:A;2:C;", 2));
        assert_eq!(left.missing, [("things", 1)].into());
        assert_eq!(fit(&chapters(), 0).0, "");
    }
}
