//! The laws that every kind obeys, held against the AWS emulator that `make test` starts.
//!
//! One file a kind; [`world`] makes resources as the executor would, [`law`] goes the whole way of one kind.

mod db_instance;
mod db_parameter_group;
mod db_subnet_group;
mod ground;
mod law;
mod subnet;
mod vpc;
mod world;
