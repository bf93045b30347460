//! The mark of what takes no tags: `drucloud <stack>/<env> <address> <born> <applied>` in its description.
//!
//! Origin access controls and cache policies of CloudFront have a description and nothing else to tell whose
//! they are; the user's own tags have no room there.

use crate::aws::Aws;
use crate::aws::tags::{self, Tags};
use crate::model::verdict::APPLIED_TAG;
use crate::run::fault::Fault;

/// The description that stands for these tags, at most `max` characters. What was applied is left out where
/// there is no room for it: a difference is then shown without its cause.
///
/// # Errors
/// If not even the address has room.
pub fn write(tags: &Tags, max: usize) -> Result<String, Fault> {
    let part = |key: &str| tags.get(key).map_or("-", String::as_str);
    let mut text = format!("drucloud {}/{} {}", part(tags::STACK), part(tags::ENV), part(tags::ADDRESS));
    if text.len() > max {
        let why =
            format!("`{text}` has more than {max} characters: shorten the stack's or environment's name");
        return Err(Fault::fatal("cloudfront:Description", why));
    }
    for key in [tags::BORN, APPLIED_TAG] {
        let more = part(key);
        if !more.is_empty() && text.len() + 1 + more.len() <= max {
            text = format!("{text} {more}");
        }
    }
    Ok(text)
}

/// The tags that a description stands for; none if it is somebody else's.
pub fn read(text: &str) -> Tags {
    let mut words = text.split(' ');
    let (Some("drucloud"), Some((stack, env)), Some(address)) =
        (words.next(), words.next().and_then(|scope| scope.split_once('/')), words.next())
    else {
        return Tags::new();
    };
    let rest = [(tags::BORN, words.next()), (APPLIED_TAG, words.next())];
    let known = [(tags::STACK, Some(stack)), (tags::ENV, Some(env)), (tags::ADDRESS, Some(address))];
    known
        .into_iter()
        .chain(rest)
        .filter_map(|(key, value)| Some((key.to_owned(), value.filter(|value| *value != "-")?.to_owned())))
        .collect()
}

/// The comment of what has tags too, but tells them only one by one: whose it is and where it stands.
///
/// # Errors
/// If it has more than `max` characters.
pub fn comment(aws: &Aws, address: &str, max: usize) -> Result<String, Fault> {
    let text = format!("drucloud {}/{} {address}", aws.scope.stack, aws.scope.env);
    if text.len() <= max {
        return Ok(text);
    }
    let why = format!("`{text}` has more than {max} characters: shorten the stack's or environment's name");
    Err(Fault::fatal("cloudfront:Comment", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(applied: &str) -> Tags {
        let pairs = [
            (tags::STACK, "shop"),
            (tags::ENV, "prod"),
            (tags::ADDRESS, "media.access"),
            (tags::BORN, "1763769142000"),
            (APPLIED_TAG, applied),
        ];
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn tags_read_back_from_the_description() {
        let text = write(&tags("AbcDefg"), 128).expect("it has room");
        assert_eq!(text, "drucloud shop/prod media.access 1763769142000 AbcDefg");
        assert_eq!(read(&text), tags("AbcDefg"));
        assert_eq!(read("my own access control"), Tags::new());
        assert_eq!(read("drucloud"), Tags::new());
    }

    #[test]
    fn what_was_applied_gives_way_and_the_address_does_not() {
        let text = write(&tags(&"x".repeat(100)), 128).expect("it has room");
        assert!(read(&text).contains_key(tags::BORN) && !read(&text).contains_key(APPLIED_TAG));
        assert!(write(&tags("x"), 20).is_err());
    }
}
