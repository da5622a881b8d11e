//! Writes the log files of an organisation's trail for one day: invented events in the shapes and
//! proportions of real ones, the same for the same seed, under the keys that CloudTrail uses.
//!
//! `generate FOLDER [EVENTS [SEED]]`

#![expect(clippy::expect_used, reason = "a tool for people, not the product")]

mod calls;
mod dice;
mod people;
mod what;

use std::{fs, path::PathBuf};

use libdeflater::{CompressionLvl, Compressor};

use crate::{dice::Dice, people::Estate};

/// Files of one trail hold some hundred events each on a busy day.
const EVENTS_PER_FILE: usize = 580;
const ACCOUNTS: [&str; 3] = ["111122223333", "222233334444", "333344445555"];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const DAY: &str = "2026-05-21";

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("generate FOLDER [EVENTS [SEED]]"));
    let events = args.next().map_or(1_000_000, |text| text.parse().expect("a number of events"));
    let seed = args.next().map_or(1, |text| text.parse().expect("a seed"));
    let mut dice = Dice::new(seed);
    let mut compressor = Compressor::new(CompressionLvl::default());
    let files = usize::div_ceil(events, EVENTS_PER_FILE);
    let estates: Vec<Estate> = ACCOUNTS
        .iter()
        .flat_map(|account| REGIONS.map(|region| Estate::new(account, region, &mut dice)))
        .collect();
    let (mut plain, mut packed) = (0, 0);
    for number in 0..files {
        let estate = dice.pick(&estates);
        let minute = number * 1_435 / files / 5 * 5;
        let mut text = String::from("{\"Records\":[");
        let first = number * EVENTS_PER_FILE;
        for event in first..(first + EVENTS_PER_FILE).min(events) {
            if event > first {
                text.push(',');
            }
            calls::write(&mut text, estate, minute, &mut dice);
        }
        text.push_str("]}");
        let (account, region) = (&estate.account, &estate.region);
        let time = format!("{}T{:02}{:02}Z", DAY.replace('-', ""), minute / 60, minute % 60);
        let unique = dice.letters(16);
        let key = format!(
            "AWSLogs/o-exampleorgid/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_\
             {time}_{unique}.json.gz",
            DAY.replace('-', "/")
        );
        let path = folder.join(key);
        fs::create_dir_all(path.parent().expect("keys have folders")).expect("the folder is mine");
        let mut file = vec![0; compressor.gzip_compress_bound(text.len())];
        let length = compressor.gzip_compress(text.as_bytes(), &mut file).expect("it fits");
        file.truncate(length);
        fs::write(path, &file).expect("the folder is mine");
        plain += text.len();
        packed += file.len();
    }
    println!(
        "{events} events, {files} files, {:.0} MB, {:.0} MB compressed",
        plain as f64 / 1e6,
        packed as f64 / 1e6
    );
}
