//! What went wrong with a call, said once as what to do about it.
//!
//! Every error of every service is classified in one place (`aws/error.rs`); all else looks only at the class.

use std::fmt;

use serde::Serialize;

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Too many calls: wait and repeat. Nothing was done.
    Throttled,
    /// Something that it refers to is not visible yet, or a permission has not spread: repeat for some minutes.
    NotYet,
    /// The resource is busy with something else: repeat until it is not.
    Busy,
    /// The answer was lost: it may have been done.
    Unclear,
    /// The endpoint was not reached: it was certainly not done.
    Unreachable,
    /// It is there already.
    Exists,
    /// Others still need it.
    InUse,
    /// It is not there (any more).
    Gone,
    /// Not allowed: credentials, permissions, an expired session.
    Denied,
    /// AWS says no, and would say it again.
    Fatal,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// What to do about it.
    pub class: Class,
    /// The operation, such as `ec2:CreateVpc`.
    pub operation: String,
    /// AWS's error code, such as `DependencyViolation`; empty when no service answered.
    pub code: String,
    /// AWS's own words.
    pub message: String,
}

impl Fault {
    /// A fault that repeating does not mend.
    pub fn fatal(operation: &str, message: impl Into<String>) -> Self {
        Self {
            class: Class::Fatal,
            operation: operation.to_owned(),
            code: String::new(),
            message: message.into(),
        }
    }

    /// The same, of another class.
    #[must_use]
    pub fn as_class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if !self.code.is_empty() {
            write!(f, "{}: ", self.code)?;
        }
        f.write_str(&self.message)
    }
}

/// A call's result in which "it is there already" or "it is gone" is success.
pub trait Forgive {
    /// `Exists` is success: for additions that repeat safely.
    fn or_exists(self) -> Result<(), Fault>;
    /// `Gone` is success: for removals that repeat safely.
    fn or_gone(self) -> Result<(), Fault>;
}

/// The answer to a question about what may not be there.
pub fn absent<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(fault) if fault.class == Class::Gone => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl<T> Forgive for Result<T, Fault> {
    fn or_exists(self) -> Result<(), Fault> {
        match self {
            Err(fault) if fault.class != Class::Exists => Err(fault),
            _ => Ok(()),
        }
    }

    fn or_gone(self) -> Result<(), Fault> {
        match self {
            Err(fault) if fault.class != Class::Gone => Err(fault),
            _ => Ok(()),
        }
    }
}
