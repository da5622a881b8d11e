//! The use cases. They speak to AWS only through the ports below.
