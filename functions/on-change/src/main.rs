//! Lambda on-change
fn main() {}
