//! What the digests below a folder come to, by role and action: one JSON line each, the columns as
//! a query over the same files would give them.
//!
//! `sums FOLDER FIRST_DAY LAST_DAY`

#![expect(clippy::expect_used, reason = "a tool for people, not the product")]

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::json;
use trail::{Digest, Ledger};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, from, to] = args.as_slice() else {
        eprintln!("sums FOLDER FIRST_DAY LAST_DAY");
        std::process::exit(64);
    };
    let day = |text: &String| text.parse().expect("a day");
    let mut ledger = Ledger::new(day(from), day(to));
    add(&mut ledger, Path::new(folder));
    let mut sums: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for row in ledger.rows() {
        let key = (row.role, row.action, row.function.map(String::from));
        let (count, arns) = sums.entry(key).or_default();
        *count += row.count;
        *arns += row.arns.len() as u64;
    }
    for ((role, action, function), (count, arns)) in sums {
        println!("{}", json!([role, action, function, count, arns]));
    }
}

fn add(ledger: &mut Ledger, folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add(ledger, &path);
        } else {
            let file = fs::read(&path).expect("a file");
            ledger.add(&Digest::from_bytes(&file).expect("a digest"));
        }
    }
}
