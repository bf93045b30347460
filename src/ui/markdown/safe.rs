//! Foreign text inside Markdown: nothing in it can end a fence, a cell, a tag or a list, or call somebody's name.
//!
//! Outside of fences every mark is written as a character reference, which can never be structure (`CommonMark` 0.31,
//! 2.5) and reads the same inside of HTML. Inside of a fence nothing is special but a longer fence.

use super::super::patch::Line;
use super::super::text::{clean, cut};

/// Foreign text on one line, of at most that many columns before it is escaped.
pub fn text(text: &str, width: usize) -> String {
    let mut safe = String::new();
    for c in cut(&clean(text), width).chars() {
        match c {
            // GitHub looks for names and numbers of issues after everything is rendered: only a gap stops it.
            '@' | '#' => safe.push_str(&format!("&#{};&#8203;", u32::from(c))),
            ' ' | ',' | '.' | '(' | ')' | '/' | '%' | '-' | '+' | '=' | ';' | '?' => safe.push(c),
            _ if c.is_ascii_punctuation() => safe.push_str(&format!("&#{};", u32::from(c))),
            _ => safe.push(c),
        }
    }
    // An address of the web becomes a link by its beginning alone.
    safe.replace("www.", "www&#46;")
}

/// A sentence about something foreign: what stands between backticks in it is code, the rest is text.
pub fn prose(sentence: &str, width: usize) -> String {
    let sentence = cut(&clean(sentence), width);
    let parts: Vec<&str> = sentence.split('`').collect();
    let paired = parts.len() - usize::from(parts.len().is_multiple_of(2));
    let mut safe = String::new();
    for (index, part) in parts.iter().enumerate() {
        match index {
            _ if index >= paired => safe.push_str(&text(&format!("`{part}"), width + 1)),
            _ if index.is_multiple_of(2) => safe.push_str(&text(part, width)),
            _ => safe.push_str(&code(part, width)),
        }
    }
    safe
}

/// Foreign text in the type of code.
pub fn code(code: &str, width: usize) -> String {
    format!("<code>{}</code>", text(code, width))
}

/// The lines of a difference in a fence that none of them can end.
pub fn fence(lines: &[Line]) -> String {
    let longest = lines.iter().map(|line| run_of_backticks(&line.text)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut block = format!("{fence}diff\n");
    for line in lines {
        block.push(line.sign());
        if !line.text.is_empty() {
            block.push(' ');
            block.push_str(&line.text);
        }
        block.push('\n');
    }
    block.push_str(&fence);
    block.push('\n');
    block
}

fn run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::super::patch::Kind;
    use super::*;

    #[test]
    fn marks_are_references() {
        assert_eq!(text("a|b <b>*x*</b> `c`", 80), "a&#124;b &#60;b&#62;&#42;x&#42;&#60;/b&#62; &#96;c&#96;");
        assert_eq!(text("@team #12", 80), "&#64;&#8203;team &#35;&#8203;12");
        assert_eq!(text("one\ntwo\u{202e}", 80), "one&#92;ntwo&#92;u&#123;202e&#125;");
        assert_eq!(text("abcdef", 4), "abc…");
    }

    #[test]
    fn what_is_between_backticks_is_code() {
        assert_eq!(prose("a `b|c` d", 80), "a <code>b&#124;c</code> d");
        assert_eq!(prose("a `b` `c", 80), "a <code>b</code> &#96;c");
        assert_eq!(prose("a ``", 80), "a <code></code>");
    }

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        let line = |text: &str| Line { kind: Kind::Same, text: text.into() };
        let block = fence(&[line("```"), line("a ```` b"), line("")]);
        assert_eq!(block, "`````diff\n  ```\n  a ```` b\n \n`````\n");
    }
}
