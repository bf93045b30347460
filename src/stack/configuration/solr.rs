//! The Solr that is installed unless the stack says otherwise.

/// The newest of Solr 9, which is the newest that `search_api_solr` supports.
pub const VERSION: &str = "9.10.0";
/// Where `<version>/solr-<version>.tgz` lies; the archive keeps every version, mirrors only the newest.
pub const MIRROR: &str = "https://archive.apache.org/dist/solr/solr";
/// The SHA-512 of the archive of that version, as the project publishes it.
pub const SHA512: &str = "f97153ce12a1b88134b54c4a5a74f6eedd67e06092b6caa3cc9ddaff7b65fa3d4816e7702fb07a54cc0e83724eb9ceab78af77100b688cd68323b5a988e031be";
