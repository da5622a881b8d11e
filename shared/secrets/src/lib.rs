//! Tells a secret from everything else a variable may hold. Pure.
