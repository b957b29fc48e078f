//! How many instructions does one repetition take? valgrind counts a run of many and a run of twice as many; the difference has neither
//! start nor set-up in it. Only what stays in one process on one thread says something that way.

use std::process::Command;

use crate::row::Work;
use crate::rows;

const REPETITIONS: u64 = 2_000;
const IN_PROCESS: [&str; 6] = [
    "dispatch/",
    "latency/middleware",
    "latency/tower",
    "latency/hyper-memory",
    "scaling/exact",
    "scaling/mixed",
];

/// Prints a table of the in-process rows whose name contains `filter`.
pub fn report(filter: &str) -> Result<(), String> {
    println!("| contestant | instructions |\n|---|---:|");
    for row in rows::all() {
        if !row.name.contains(filter) || !IN_PROCESS.iter().any(|start| row.name.starts_with(start))
        {
            continue;
        }
        for contestant in row.contestants {
            if let Ok(Work::Repeat(_)) = (contestant.start)() {
                let name = format!("{}/{}", row.name, contestant.name);
                let (few, many) = (
                    collected(&name, REPETITIONS)?,
                    collected(&name, 2 * REPETITIONS)?,
                );
                println!("| {name} | {} |", many.saturating_sub(few) / REPETITIONS);
            }
        }
    }
    Ok(())
}

fn collected(name: &str, repetitions: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--once", name, &repetitions.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .ok_or_else(|| format!("valgrind counted nothing for {name}:\n{text}"))
}
