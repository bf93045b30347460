//! Arguments, runtime, exit code; nothing else.

fn main() {}
