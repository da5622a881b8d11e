//! What every main shares: configuration, tracing, metrics, error to Diagnostic.
