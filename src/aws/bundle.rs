//! A machine's configuration as one archive, named by its content.
//!
//! The same files give the same bytes, wherever and whenever they are packed: no times, no owners, sorted paths,
//! and no compression, whose result would change with the version of a library. What is packed is small.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, EntryType, Header};

/// Files by their path in the archive.
pub type Files = BTreeMap<String, String>;

/// The files as a `tar.gz`. What begins with `#!` may be run.
///
/// # Errors
/// That a path is not one of an archive: absolute, empty or with `..` in it.
pub fn pack(files: &Files) -> io::Result<Vec<u8>> {
    let gzip: GzEncoder<Vec<u8>> = GzBuilder::new().mtime(0).write(Vec::new(), Compression::none());
    let mut tar = Builder::new(gzip);
    for (path, text) in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(if text.starts_with("#!") { 0o755 } else { 0o644 });
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, path, text.as_bytes())?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}

/// The files of an archive.
///
/// # Errors
/// That the bytes are no archive of text files.
pub fn unpack(bytes: &[u8]) -> io::Result<Files> {
    let mut archive = Archive::new(GzDecoder::new(bytes));
    let mut files = Files::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        files.insert(path, text);
    }
    Ok(files)
}

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _: std::fmt::Result = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_and_packs_the_same(
            files in prop::collection::btree_map("[a-z]{1,9}(/[a-z.]{1,60}[a-z]){0,3}", ".{0,200}", 0..8)
        ) {
            let bytes = pack(&files).expect("an archive");
            prop_assert_eq!(&bytes, &pack(&files).expect("an archive"));
            prop_assert_eq!(unpack(&bytes).expect("files"), files);
        }
    }

    #[test]
    fn the_bytes_are_those_of_last_year() {
        let files = Files::from([
            ("root/usr/local/sbin/run".to_owned(), "#!/bin/sh\n".to_owned()),
            ("values.json".to_owned(), "{}\n".to_owned()),
        ]);
        let digest = sha256(&pack(&files).expect("an archive"));
        assert_eq!(digest, "ad3ee9da8bd827690776c01cfe0f197627fc201ca7b80ca0290381b57f479872");
    }

    #[test]
    fn a_path_that_leads_out_is_refused() {
        for path in ["/etc/passwd", "../up", ""] {
            assert!(pack(&Files::from([(path.to_owned(), String::new())])).is_err(), "{path}");
        }
    }
}
