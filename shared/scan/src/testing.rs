//! A snapshot of which nothing is known, for the tests of this crate.

use model::{Exposure, Fact, FunctionArn, Settings, Snapshot};

/// Every fact unknown.
pub(crate) fn snapshot() -> Snapshot {
    fn unread<T>() -> Fact<T> {
        Fact::unknown("not read")
    }
    let arn: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:pay".parse().unwrap();
    Snapshot {
        arn,
        read_at: "2026-06-01T00:00:00Z".parse().unwrap(),
        settings: Settings::default(),
        runtime: unread(),
        runtime_update: unread(),
        environment: unread(),
        key: unread(),
        tags: unread(),
        exposure: Exposure { policy: unread(), url: unread() },
        qualifiers: unread(),
        layers: unread(),
        destinations: unread(),
        role: unread(),
        role_users: unread(),
        network: unread(),
        usage: unread(),
    }
}
