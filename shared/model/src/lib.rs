//! The plain facts that rules judge. Nothing here names an AWS SDK, tokio or the clock.
