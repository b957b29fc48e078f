//! What do the numbers say? Markdown tables: one for each row, and one for each series with a column for each of its points.

use std::fmt::Write as _;

use crate::measure::{Measured, Numbers};
use crate::row::{Bound, Role, Unit};

/// All tables, in the order of the rows.
pub fn all(rows: &[Measured]) -> String {
    let mut text = String::new();
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let length = rest
            .iter()
            .take_while(|row| row.series == first.series)
            .count();
        let (now, later) = rest.split_at(length);
        if first.point.is_some() {
            series(&mut text, now)
        } else {
            single(&mut text, first)
        }
        rest = later;
    }
    text
}

/// The promises that did not hold, a line for each.
pub fn broken(rows: &[Measured]) -> Vec<String> {
    rows.iter()
        .filter_map(|row| {
            let (value, most) = against_bound(rows, row)?;
            (value > most).then(|| format!("{}: {value:.2}, promised at most {most:.2}", row.name))
        })
        .collect()
}

fn single(text: &mut String, row: &Measured) {
    _ = writeln!(text, "\n### {}\n\n{}\n", row.name, row.what);
    text.push_str("| contestant | median | minimum | median / floor | minimum / floor | allocations |\n|---|---:|---:|---:|---:|---:|\n");
    let floor = row.floor();
    for entry in &row.entries {
        match &entry.result {
            Err(why) => _ = writeln!(text, "| {} | {why} | | | | |", entry.name),
            Ok(numbers) => {
                let allocations = numbers
                    .allocations
                    .map_or_else(|| "–".into(), |n| format!("{n:.0}"));
                _ = writeln!(
                    text,
                    "| {} | {} | {} | {} | {} | {allocations} |",
                    entry.name,
                    amount(numbers.median, row.unit) + once(numbers),
                    amount(numbers.minimum, row.unit),
                    ratio(numbers.median, floor.map(|floor| floor.median)),
                    ratio(numbers.minimum, floor.map(|floor| floor.minimum)),
                );
            }
        }
    }
    promise(text, std::slice::from_ref(row));
}

fn series(text: &mut String, rows: &[Measured]) {
    let first = &rows[0];
    _ = writeln!(text, "\n### {}\n\n{}\n", first.series, first.what);
    let points: Vec<&str> = rows.iter().filter_map(|row| row.point.as_deref()).collect();
    _ = writeln!(
        text,
        "| contestant | {} | last / first |\n|---|{}---:|",
        points.join(" | "),
        "---:|".repeat(points.len())
    );
    let mut names: Vec<&str> = Vec::new();
    for entry in rows.iter().flat_map(|row| &row.entries) {
        if !names.contains(&entry.name.as_str()) {
            names.push(&entry.name);
        }
    }
    for name in names {
        let numbers: Vec<Option<Numbers>> = rows
            .iter()
            .map(|row| row.of(|entry| entry.name == name))
            .collect();
        let cells: Vec<String> = rows
            .iter()
            .zip(&numbers)
            .map(|(row, numbers)| match numbers {
                Some(numbers) => amount(numbers.median, row.unit) + once(numbers),
                None => row
                    .entries
                    .iter()
                    .find(|entry| entry.name == name)
                    .and_then(|entry| entry.result.as_ref().err())
                    .map_or_else(|| "–".into(), Clone::clone),
            })
            .collect();
        let growth = match (numbers.first(), numbers.last()) {
            (Some(Some(first)), Some(Some(last))) => ratio(last.median, Some(first.median)),
            _ => "–".into(),
        };
        _ = writeln!(text, "| {name} | {} | {growth} |", cells.join(" | "));
    }
    promise(text, rows);
}

fn promise(text: &mut String, rows: &[Measured]) {
    let Some(row) = rows.last() else { return };
    let Some(bound) = row.bound else { return };
    let promised = match bound {
        Bound::Floor(most) => format!("at most {most} times the floor"),
        Bound::First(most) => format!("the last at most {most} times the first"),
        Bound::Peer(most) => format!("at most {most} times the quickest peer"),
        Bound::Of(most, peers) => format!("at most {most} times {}", peers.join(" and ")),
        Bound::Value(most) => format!("at most {}", amount(most, row.unit)),
    };
    let verdict = match against_bound(rows, row) {
        None => "not measured yet".to_owned(),
        Some((value, most)) if value <= most => "holds".to_owned(),
        Some((value, most)) => format!("**broken**: {value:.2} against {most:.2}"),
    };
    _ = writeln!(text, "\nstandin promises {promised}: {verdict}.");
}

/// What is measured, and its bound, by minima: they are the numbers that others on the machine disturb least.
fn against_bound(rows: &[Measured], row: &Measured) -> Option<(f64, f64)> {
    let ours = row.of(|entry| entry.role == Role::Ours)?;
    match row.bound? {
        Bound::Floor(most) => Some((ours.minimum / row.floor()?.minimum, most)),
        Bound::Peer(most) => Some((ours.minimum / quickest(row, |_| true)?, most)),
        Bound::Of(most, peers) => {
            let quickest = quickest(row, |peer| peers.contains(&peer))?;
            Some((ours.minimum / quickest, most))
        }
        Bound::Value(most) => Some((ours.minimum, most)),
        Bound::First(most) => {
            let first = rows.iter().find(|other| other.series == row.series)?;
            Some((
                ours.minimum / first.of(|entry| entry.role == Role::Ours)?.minimum,
                most,
            ))
        }
    }
}

fn quickest(row: &Measured, is_meant: impl Fn(&str) -> bool) -> Option<f64> {
    let peers = row.entries.iter();
    peers
        .filter(|entry| entry.role == Role::Peer && is_meant(&entry.name))
        .filter_map(|entry| entry.result.as_ref().ok().map(|numbers| numbers.minimum))
        .min_by(f64::total_cmp)
}

fn once(numbers: &Numbers) -> &'static str {
    if numbers.rounds == 1 { " (once)" } else { "" }
}

fn ratio(value: f64, floor: Option<f64>) -> String {
    match floor {
        Some(floor) if floor > 0.0 && value / floor >= 99.5 => format!("{:.0}x", value / floor),
        Some(floor) if floor > 0.0 => format!("{:.2}x", value / floor),
        _ => "–".into(),
    }
}

fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format!("{value:.0} B"),
        Unit::Time if value < 1e3 => format!("{value:.0} ns"),
        Unit::Time if value < 1e5 => format!("{:.2} µs", value / 1e3),
        Unit::Time if value < 1e6 => format!("{:.0} µs", value / 1e3),
        Unit::Time => format!("{:.1} ms", value / 1e6),
    }
}
