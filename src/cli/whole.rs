//! Files that are written whole or not at all: beside their place first, then moved into it.
//!
//! What is no plain file is written to as it stands: a pipe (`--json >(jq .)`), a terminal, `/dev/stdout`. Moving a
//! file there would put it in the place of the device.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Who may read a file that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the system lets.
    All,
    /// Its owner alone.
    Owner,
}

/// Writes a text. A file that is linked to keeps its link.
pub fn write(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let place = match fs::metadata(path) {
        Ok(there) if there.is_file() => fs::canonicalize(path)?,
        // A folder says itself that it is one.
        Ok(_) => return OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_path_buf(),
        Err(error) => return Err(error),
    };
    let beside = beside(&place);
    let written = make(&beside, readers)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        // What was begun is of no use; why it failed says more than why it stays.
        let _: io::Result<()> = fs::remove_file(&beside);
    }
    written
}

fn beside(place: &Path) -> PathBuf {
    let mut name: OsString = place.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

fn make(path: &Path, readers: Readers) -> io::Result<File> {
    // A file that is left over keeps its mode; it must be one that is made here.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("plan.json"), folder.path().join("link.json"));
        write(&file, "one", Readers::Owner).expect("written");
        assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
        symlink(&file, &link).expect("a link");
        write(&link, "two", Readers::All).expect("written");
        assert_eq!(fs::read_to_string(&file).expect("the file"), "two");
        assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
        assert_eq!(names(folder.path()), ["link.json", "plan.json"]);
    }

    #[test]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let reader = Command::new("cat").arg(&pipe).stdout(std::process::Stdio::piped()).spawn();
        write(&pipe, "through", Readers::All).expect("written");
        let read = reader.expect("cat runs").wait_with_output().expect("its end");
        assert_eq!(read.stdout, b"through");
        assert!(fs::metadata(&pipe).expect("the pipe").file_type().is_fifo());
        write(folder.path(), "x", Readers::All).expect_err("a folder is no file");
        write(&folder.path().join("no/file"), "x", Readers::All).expect_err("there is no such folder");
        assert_eq!(names(folder.path()), ["pipe"]);
    }
}
