//! The database engines that RDS runs and Drupal speaks.
//!
//! Parameters, default logs and the state of support differ by engine and version; all else does not ask.

use std::fmt;
use std::str::FromStr;

use super::node::excerpt;
use super::suggest;
use super::text::{Text, Wrong};

/// A database engine with its major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// MySQL 5.7, past its standard support on RDS.
    MySql57,
    /// MySQL 8.0, past its standard support on RDS.
    MySql80,
    /// MySQL 8.4, the default.
    MySql84,
    /// MariaDB 10.6
    MariaDb106,
    /// MariaDB 10.11
    MariaDb1011,
    /// MariaDB 11.4
    MariaDb114,
    /// MariaDB 11.8
    MariaDb118,
}

use Engine::{MariaDb106, MariaDb114, MariaDb118, MariaDb1011, MySql57, MySql80, MySql84};

/// All engines, the recommended first of its product.
pub const ENGINES: [Engine; 7] = [MySql84, MySql80, MySql57, MariaDb118, MariaDb114, MariaDb1011, MariaDb106];

impl Engine {
    /// RDS's name of the product: `mysql` or `mariadb`.
    pub const fn product(self) -> &'static str {
        match self {
            MySql57 | MySql80 | MySql84 => "mysql",
            MariaDb106 | MariaDb1011 | MariaDb114 | MariaDb118 => "mariadb",
        }
    }

    /// The major version, for which RDS picks the current minor one.
    pub const fn version(self) -> &'static str {
        match self {
            MySql57 => "5.7",
            MySql80 => "8.0",
            MySql84 => "8.4",
            MariaDb106 => "10.6",
            MariaDb1011 => "10.11",
            MariaDb114 => "11.4",
            MariaDb118 => "11.8",
        }
    }

    /// The family of its parameter groups, such as `mysql8.4`.
    pub fn family(self) -> String {
        format!("{}{}", self.product(), self.version())
    }

    /// Whether it is MariaDB.
    pub const fn is_mariadb(self) -> bool {
        matches!(self, MariaDb106 | MariaDb1011 | MariaDb114 | MariaDb118)
    }

    /// Whether RDS charges for extended support: 5.7 since 2024-02-29, 8.0 since 2026-07-31 ("Supported MySQL
    /// major versions on Amazon RDS").
    pub const fn is_extended_support(self) -> bool {
        matches!(self, MySql57 | MySql80)
    }

    /// The name of the parameter for the transaction isolation: MariaDB took MySQL's newer name with 11.1.
    pub const fn isolation_parameter(self) -> &'static str {
        match self {
            MySql57 | MariaDb106 | MariaDb1011 => "tx_isolation",
            MySql80 | MySql84 | MariaDb114 | MariaDb118 => "transaction_isolation",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            MySql57 => "mysql-5.7",
            MySql80 => "mysql-8.0",
            MySql84 => "mysql-8.4",
            MariaDb106 => "mariadb-10.6",
            MariaDb1011 => "mariadb-10.11",
            MariaDb114 => "mariadb-11.4",
            MariaDb118 => "mariadb-11.8",
        }
    }
}

impl FromStr for Engine {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let names = ENGINES.map(Engine::name);
        if let Some(engine) = ENGINES.into_iter().find(|engine| engine.name() == text) {
            return Ok(engine);
        }
        let known = format!("write {}", suggest::either(names));
        let lower = text.to_ascii_lowercase();
        if ["postgres", "oracle", "sqlserver", "aurora"].iter().any(|other| lower.contains(other)) {
            let message = format!("`{}` is not an engine that the platform runs Drupal on", excerpt(text));
            return Err(Wrong::new(message, known));
        }
        let by_version = ENGINES.into_iter().find(|engine| engine.version() == text).map(Engine::name);
        let guess = by_version.or_else(|| suggest::nearest(text, names));
        let guess = guess.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Err(Wrong::new(format!("no engine is named `{}`{guess}", excerpt(text)), known))
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Text for Engine {
    const FORMAT: &'static str = "engine";
    const WHAT: &'static str = "a database engine";
    const EXAMPLES: &'static [&'static str] = &[
        "mysql-8.4",
        "mysql-8.0",
        "mysql-5.7",
        "mariadb-11.8",
        "mariadb-11.4",
        "mariadb-10.11",
        "mariadb-10.6",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_a_product_and_a_version() {
        for engine in ENGINES {
            assert_eq!(engine.name().parse(), Ok(engine));
            assert_eq!(engine.name(), format!("{}-{}", engine.product(), engine.version()));
        }
        assert_eq!(MySql84.family(), "mysql8.4");
        for (text, message) in [
            ("mysql8.4", "no engine is named `mysql8.4`; did you mean `mysql-8.4`?"),
            ("mysql", "no engine is named `mysql`; did you mean `mysql-8.4`?"),
            ("8.4", "no engine is named `8.4`; did you mean `mysql-8.4`?"),
            ("mariadb", "no engine is named `mariadb`; did you mean `mariadb-11.8`?"),
            ("postgres-16", "`postgres-16` is not an engine that the platform runs Drupal on"),
            ("foo", "no engine is named `foo`"),
        ] {
            assert_eq!(text.parse::<Engine>().unwrap_err().message, message);
        }
    }
}
