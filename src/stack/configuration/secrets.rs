//! The names of the secrets that machines read themselves: no secret is in a bundle, a plan or a log.

use serde_json::{Value, json};

use crate::aws::kinds::secret::NAME;
use crate::aws::names;
use crate::stack::Environment;

/// Where the secret stands that hashes are salted with: of sessions, of links that log in once.
pub const HASH_SALT: &str = "site.hash-salt";
/// Where the password of Drupal's own user of the database stands.
pub const DATABASE: &str = "site.database-password";

/// The values.
pub fn values(environment: &Environment) -> Value {
    json!({
        "hash_salt": name(environment, HASH_SALT),
        "database": environment.database.as_ref().map(|_| name(environment, DATABASE)),
        "deploy_key": deploy_key(environment),
    })
}

/// The name of the secret at an address.
pub fn name(environment: &Environment, address: &str) -> String {
    names::fit(&[environment.stack.as_str(), environment.name.as_str(), address], None, NAME)
}

/// The name of the secret that holds the private key to the site's repository: the user's own.
pub fn deploy_key(environment: &Environment) -> Option<&str> {
    let key = environment.site.source.as_ref()?.deploy_key.as_ref()?.as_str();
    Some(key.strip_prefix("secret:").unwrap_or(key))
}
