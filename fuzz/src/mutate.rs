//! Fuzzing without coverage, on the stable toolchain: mutates the seeds at random, and reports executions, the slowest one,
//! and how the memory grew.
//!
//!     cargo run --release --no-default-features --bin mutate -- TARGET EXECUTIONS [SEED]

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;
use std::path::Path;
use std::time::{Duration, Instant};

/// Words that text is made of.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "^",
    "-",
    "+",
    "*",
    "/",
    "1e400",
    "1e-320",
    "x",
    "x1",
    "t",
    "pi",
    "exp",
    "log(",
    "sqrt(",
    "abs(",
    "<",
    "[[",
    "]]",
    "\n",
    "= ",
    "\"",
    "[flow]\n",
    "[grid]\n",
    "[[study]]\n",
    "kind = \"weak-order\"\n",
    "horizon = ",
    "nan",
    "inf",
    "-1",
    "0",
    "99999999999",
    "1e300",
    "{",
    "}",
    ",",
    ":",
    "null",
    "\u{3c1}",
];

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Pcg64Dxsm) {
    let mut below = |n: usize| (random.next_u64() % n.max(1) as u64) as usize;
    for _ in 0..1 + below(4) {
        let place = below(bytes.len() + 1);
        match below(7) {
            0 if place < bytes.len() => bytes[place] ^= 1 << below(8),
            1 if place < bytes.len() => bytes[place] = below(256) as u8,
            2 => drop(bytes.drain(place..(place + below(20)).min(bytes.len()))),
            3 => drop(bytes.splice(place..place, TOKENS[below(TOKENS.len())].bytes())),
            4 => {
                let end = (place + below(40)).min(bytes.len());
                let copy = bytes[place..end].repeat(1 + below(8));
                drop(bytes.splice(place..place, copy));
            }
            5 => {
                let start = below(other.len());
                let part = other[start..(start + below(60)).min(other.len())].to_vec();
                let end = (place + below(60)).min(bytes.len());
                drop(bytes.splice(place..end, part));
            }
            _ => bytes.truncate(place),
        }
    }
}

/// Resident memory in kilobytes, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.get(1).map_or("", String::as_str);
    let executions: u64 = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(10_000_000);
    let seed = arguments.get(3).and_then(|text| text.parse().ok()).unwrap_or(1);
    let Some((_, target)) = wfr_fuzz::TARGETS.iter().find(|(target, _)| *target == name) else {
        eprintln!("expected formula, scenario, table, npz, checkpoint or result");
        std::process::exit(2);
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the seeds").flatten().map(|file| file.path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a seed")).collect();
    let mut random = Pcg64Dxsm::seed_from_u64(seed);
    let (start, mut slowest, mut early) = (Instant::now(), Duration::ZERO, 0);
    let mut bytes = Vec::new();
    for execution in 0..executions {
        let mut pick = || &seeds[(random.next_u64() % seeds.len() as u64) as usize];
        // Half of the time on from where it was, so that mutations add up.
        let other = pick().clone();
        if execution % 8 == 0 || bytes.len() > 8192 {
            bytes.clone_from(pick());
        }
        mutate(&mut bytes, &other, &mut random);
        let begin = Instant::now();
        if std::panic::catch_unwind(|| target(&bytes)).is_err() {
            std::fs::write(format!("crash-{name}"), &bytes).expect("the input is kept");
            panic!("execution {execution}: see crash-{name}");
        }
        let took = begin.elapsed();
        if took > slowest {
            slowest = took;
            if took > Duration::from_secs(1) {
                std::fs::write(format!("slow-{name}"), &bytes).expect("the input is kept");
                println!("execution {execution} took {took:?}: see slow-{name}");
            }
        }
        if execution == executions / 10 {
            early = resident();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{name}: {executions} executions in {seconds:.0} s ({:.0}/s), slowest {slowest:?}, memory {early} kB after a tenth, {} kB at the end",
        executions as f64 / seconds,
        resident()
    );
}
