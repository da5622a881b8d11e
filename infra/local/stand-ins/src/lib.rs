//! Stand-ins for the AWS services that no emulator serves faithfully. Never shipped.
//!
//! * [`access_analyzer`]: IAM Access Analyzer's checks of policies, from their documentation.
//! * [`security_hub`]: AWS Security Hub CSPM, from its documentation.
//! * [`runtime_api`]: the Lambda Runtime API, to run a compiled bootstrap and read its answers.
//! * [`fault_proxy`]: stands before any endpoint, counts the calls and breaks chosen ones.
//! * [`lambda_extras`]: the few Lambda routes that the local emulator lacks.
//! * [`emulator`]: the local emulator with Security Hub behind it, for every other service.
//!
//! Every server binds 127.0.0.1 on a free port, runs on a thread of its own, and ends when its
//! handle is dropped. So a handle works the same in a blocking test and in an async one.

pub mod access_analyzer;
mod api_error;
mod caller;
mod clock;
pub mod emulator;
pub mod fault_proxy;
pub mod lambda_extras;
pub mod runtime_api;
pub mod security_hub;
mod server;

pub use caller::Caller;
pub use clock::Clock;
pub use server::serve;
