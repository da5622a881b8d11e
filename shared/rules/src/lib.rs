//! The rules, the one list of them, and the baseline that tunes them.
