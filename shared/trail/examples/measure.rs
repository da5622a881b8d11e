//! What digesting costs beside decompression alone, on one set of log files. The caller takes the
//! time and the memory: `infra/local/bench` does.
//!
//! `measure floor|digest THREADS FOLDER [OUT]`

#![expect(clippy::expect_used, reason = "a tool for people, not the product")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use libdeflater::Decompressor;
use trail::Digester;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, threads, folder, out @ ..] = args.as_slice() else {
        eprintln!("measure floor|digest THREADS FOLDER [OUT]");
        std::process::exit(64);
    };
    let threads = threads.parse().expect("a number of threads");
    let items = items(Path::new(folder));
    match what.as_str() {
        "floor" => floor(items.into_values().flatten().collect(), threads),
        _ => digest(items, threads, out.first().map(Path::new)),
    }
}

/// The files of each account, Region and day, by the keys CloudTrail gives them.
fn items(folder: &Path) -> BTreeMap<[String; 3], Vec<PathBuf>> {
    let mut items: BTreeMap<_, Vec<PathBuf>> = BTreeMap::new();
    for path in files(folder) {
        let key = path.display().to_string();
        let parts: Vec<&str> = key.rsplit('/').collect();
        if let [_, day, month, year, region, "CloudTrail", account, ..] = parts.as_slice() {
            let item = [*account, region, &format!("{year}-{month}-{day}")].map(str::to_owned);
            items.entry(item).or_default().push(path);
        }
    }
    items
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    // As a bucket lists them, and so in the order of time.
    files.sort();
    files
}

/// Hands the files out to threads, each with a state of its own, and gives back the states.
fn spread<S: Send>(
    paths: &[PathBuf],
    states: Vec<S>,
    work: impl Fn(&mut S, &Path, &[u8]) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let run = |mut state: S| {
        let mut file = Vec::new();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            file.clear();
            let mut source = fs::File::open(path).expect("the file is there");
            std::io::Read::read_to_end(&mut source, &mut file).expect("the file can be read");
            work(&mut state, path, &file);
        }
        state
    };
    thread::scope(|scope| {
        let threads: Vec<_> = states.into_iter().map(|state| scope.spawn(|| run(state))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

fn floor(paths: Vec<PathBuf>, threads: usize) {
    let states = (0..threads).map(|_| (Decompressor::new(), vec![0; 64 << 20], 0)).collect();
    let states = spread(&paths, states, |(decompressor, text, bytes), _, file| {
        *bytes += decompressor.gzip_decompress(file, text).expect("a sound file");
    });
    let bytes: usize = states.iter().map(|(_, _, bytes)| bytes).sum();
    println!("{{\"files\":{},\"bytes\":{bytes}}}", paths.len());
}

fn digest(items: BTreeMap<[String; 3], Vec<PathBuf>>, threads: usize, out: Option<&Path>) {
    let (mut records, mut rows, mut bytes) = (0, 0, 0);
    for ([account, region, day], paths) in items {
        let mut digester = Digester::new(&account, &region, day.parse().expect("a day"));
        let forks = (0..threads).map(|_| digester.fork()).collect();
        let add = |fork: &mut Digester, path: &Path, file: &[u8]| {
            fork.add(&path.display().to_string(), file);
        };
        for fork in spread(&paths, forks, add) {
            digester.absorb(fork);
        }
        let digest = digester.finish();
        let file = digest.to_bytes().expect("a digest has bytes");
        records += digest.coverage().records;
        rows += digest.rows().len();
        bytes += file.len();
        if let Some(out) = out {
            let path = out.join(digest.key());
            fs::create_dir_all(path.parent().expect("keys have folders")).expect("a folder");
            fs::write(path, file).expect("the folder can be written");
        }
    }
    println!("{{\"records\":{records},\"rows\":{rows},\"bytes\":{bytes}}}");
}
