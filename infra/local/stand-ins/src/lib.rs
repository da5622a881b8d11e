//! Stand-ins for the AWS services that no emulator serves faithfully. Never shipped.
