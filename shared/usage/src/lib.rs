//! Granted against used: what Lambda needs, a verdict for every granted action, the proposal. Pure.
