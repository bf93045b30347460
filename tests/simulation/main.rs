//! Every stack of `stacks/`, every environment, on the simulated cloud: with the real kinds' rules, times and
//! orders, on virtual time. docs/reliability.md has the counts, and a test here holds them true.

mod law;
mod matrix;
mod speed;
mod stacks;
