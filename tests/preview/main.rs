//! Previews of the stacks that are shipped, as programs and browsers read them.

mod browser;
mod json;
mod picture;
mod plans;
mod speed;
