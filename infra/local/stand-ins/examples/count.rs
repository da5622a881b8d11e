//! Counts the calls to an endpoint. For the bench: `count http://127.0.0.1:4566`.
//!
//! The first line of output is the address to use instead. For each line of input it prints the calls since the last
//! one, as `{"lambda GetPolicy": 3}`; it ends with its input.

use std::collections::BTreeMap;
use std::error::Error;

use stand_ins::fault_proxy::FaultProxy;

fn main() -> Result<(), Box<dyn Error>> {
    let upstream =
        std::env::args().nth(1).ok_or("which endpoint? `count http://127.0.0.1:4566`")?;
    let proxy = FaultProxy::start(&upstream, Vec::new())?;
    println!("{}", proxy.url());
    for line in std::io::stdin().lines() {
        line?;
        let calls = proxy.calls().into_iter();
        let named: BTreeMap<String, usize> =
            calls.map(|((service, operation), n)| (format!("{service} {operation}"), n)).collect();
        println!("{}", serde_json::to_string(&named)?);
        proxy.restart(Vec::new());
    }
    Ok(())
}
