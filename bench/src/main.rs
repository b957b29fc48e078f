//! How fast and how small is standin, beside its peers, on this machine, today? Runs what `rows` lists and prints tables of ratios.
//! See README.md.

mod allocations;
mod client;
mod command;
mod crates;
mod floors;
mod instructions;
mod measure;
mod ours;
mod peers;
mod row;
mod rows;
mod table;

use std::process::{ExitCode, Stdio};

use command::Command;

fn main() -> ExitCode {
    let done = match Command::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", command::USAGE);
            Ok(())
        }
        Ok(Command::List) => {
            list();
            Ok(())
        }
        Ok(Command::Rows {
            filter,
            save,
            check,
            spread,
        }) => {
            if !spread {
                stay_on_one_core();
            }
            run(&filter, save, check)
        }
        Ok(Command::Once { name, repetitions }) => once(&name, repetitions),
        Ok(Command::Instructions { filter }) => instructions::report(&filter),
        Ok(Command::Crates { filter, save }) => crates::report(&filter, save),
        Err(mistake) => Err(format!("{mistake}\n\n{}", command::USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// One request at a time keeps one thread busy at a time. Where the system puts client and server on two cores, waking the other one
/// costs more than all the rest (60 µs against 21), and whom that befalls is chance. Threads inherit this from the one that starts them.
fn stay_on_one_core() {
    let pinned = core_affinity::get_core_ids()
        .and_then(|cores| cores.last().copied())
        .is_some_and(core_affinity::set_for_current);
    if !pinned {
        eprintln!("the threads cannot be kept on one core: loopback rows may differ by chance");
    }
}

fn list() {
    for row in rows::all() {
        let names: Vec<&str> = row
            .contestants
            .iter()
            .map(|contestant| contestant.name.as_str())
            .collect();
        println!("{}: {}", row.name, names.join(", "));
    }
}

fn run(filter: &str, save: bool, check: bool) -> Result<(), String> {
    let (mut measured, mut apart, mut broken) = (Vec::new(), String::new(), Vec::new());
    for row in rows::all() {
        if !row.name.contains(filter) || row.contestants.is_empty() {
            continue;
        }
        if row.is_apart() && row.name != filter {
            let (text, promise) = in_process_of_its_own(&row.name, check)?;
            apart.push_str(&text);
            broken.extend(promise);
        } else {
            eprintln!("{}", row.name);
            measured.push(measure::row(row));
        }
    }
    if measured.is_empty() && apart.is_empty() {
        return Err(format!(
            "no row's name contains `{filter}`; `list` shows them"
        ));
    }
    let text = table::all(&measured) + &apart;
    print!("{text}");
    if save {
        command::save("latest.md", &text)?;
    }
    broken.extend(table::broken(&measured));
    if check && !broken.is_empty() {
        return Err(format!("promises that do not hold:\n{}", broken.join("\n")));
    }
    Ok(())
}

/// The table of a row, and the promise that does not hold.
fn in_process_of_its_own(row: &str, check: bool) -> Result<(String, Option<String>), String> {
    let output = std::env::current_exe()
        .and_then(|program| {
            let mut again = std::process::Command::new(program);
            again.arg(row).args(check.then_some("--check"));
            // Which core it stays on it has from this one.
            again.arg("--spread").stderr(Stdio::piped()).output()
        })
        .map_err(|error| format!("{row}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    eprint!("{said}");
    let broken = said
        .lines()
        .find(|line| line.starts_with(&format!("{row}: ")));
    if !output.status.success() && broken.is_none() {
        return Err(format!("{row} ended early"));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((text, broken.map(str::to_owned)))
}

fn once(name: &str, repetitions: u64) -> Result<(), String> {
    let contestant = rows::all()
        .into_iter()
        .flat_map(|row| row.contestants.into_iter().map(move |contestant| (format!("{}/{}", row.name, contestant.name), contestant)))
        .find_map(|(full, contestant)| (full == name).then_some(contestant))
        .ok_or_else(|| format!("nothing is called `{name}`; `list` shows rows and contestants, written row/contestant"))?;
    measure::only(contestant, repetitions)
}
