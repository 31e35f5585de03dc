//! How much memory can be had: the least of what is free, what the control group leaves, and what the limits of the process
//! leave. Linux says; elsewhere nothing is known, and nothing refused.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Bytes of address space that a thread reserves: its stack, and an arena of the allocator (glibc: 64 MiB), of which it uses little.
const RESERVED: f64 = 80.0 * 1_048_576.0;

/// Bytes that can be had, where the system says so.
pub fn available() -> Option<f64> {
    // Those of the pool, the one that computes, and the one that reports.
    let reserved = RESERVED * (rayon::current_num_threads() + 2) as f64;
    let address_space = limit("Max address space", "VmSize:").map(|bytes| bytes - reserved);
    [free(), control_group(), address_space, limit("Max data size", "VmData:")]
        .into_iter()
        .flatten()
        .reduce(f64::min)
        .map(|bytes| bytes.max(0.0))
}

/// Of the machine.
fn free() -> Option<f64> {
    kibibytes(Path::new("/proc/meminfo"), "MemAvailable:")
}

/// Of a limit of this process, less what it has.
fn limit(name: &str, used: &str) -> Option<f64> {
    let limits = read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    let most: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(most - kibibytes(Path::new("/proc/self/status"), used)?)
}

/// Of the control group and those above it (version 2), or of the group of the memory (version 1).
fn control_group() -> Option<f64> {
    let groups = read_to_string("/proc/self/cgroup").ok()?;
    let entry = |line: &str| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let (root, files) = match controllers {
            "" => ("/sys/fs/cgroup", ["memory.max", "memory.current"]),
            names if names.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", ["memory.limit_in_bytes", "memory.usage_in_bytes"])
            }
            _ => return None,
        };
        let folder = PathBuf::from(root).join(path.trim_start_matches('/'));
        let left = |folder: &Path| {
            let [most, used] = files.map(|file| number(&folder.join(file)));
            // What is cached is given up first.
            Some(most? - used? + cached(folder).unwrap_or(0.0))
        };
        folder.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(left).reduce(f64::min)
    };
    groups.lines().filter_map(entry).reduce(f64::min)
}

fn cached(folder: &Path) -> Option<f64> {
    let facts = read_to_string(folder.join("memory.stat")).ok()?;
    facts.lines().find_map(|line| line.strip_prefix("inactive_file "))?.trim().parse().ok()
}

fn number(path: &Path) -> Option<f64> {
    read_to_string(path).ok()?.trim().parse().ok()
}

fn kibibytes(path: &Path, name: &str) -> Option<f64> {
    let facts = read_to_string(path).ok()?;
    let line = facts.lines().find_map(|line| line.strip_prefix(name))?;
    let number: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(1024.0 * number)
}
