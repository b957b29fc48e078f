//! How are contestants compared on a machine that others use too? In rounds: each does a few milliseconds of work in turn, and the
//! turns rotate, so that a disturbance meets all of them. The median says what is usual, the minimum what is possible.

use std::time::{Duration, Instant};

use crate::allocations;
use crate::row::{Bound, Contestant, Role, Row, Unit, Work};

const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_millis(10);
/// What takes longer than this at once is measured once.
const LONG: Duration = Duration::from_millis(700);

/// A row's numbers.
pub struct Measured {
    pub name: String,
    pub series: String,
    pub what: String,
    pub unit: Unit,
    pub point: Option<String>,
    pub bound: Option<Bound>,
    pub entries: Vec<Entry>,
}

/// A contestant's numbers, or why it has none.
pub struct Entry {
    pub name: String,
    pub role: Role,
    pub result: Result<Numbers, String>,
}

/// In the row's unit.
#[derive(Clone, Copy)]
pub struct Numbers {
    pub median: f64,
    pub minimum: f64,
    /// 1 where a single repetition took too long for more; 0 where nothing is repeated.
    pub rounds: usize,
    /// For each repetition, where they could be counted.
    pub allocations: Option<f64>,
}

impl Measured {
    /// The floor's numbers.
    pub fn floor(&self) -> Option<Numbers> {
        self.of(|entry| entry.role == Role::Floor)
    }

    /// The numbers of the first contestant that `which` accepts.
    pub fn of(&self, which: impl Fn(&Entry) -> bool) -> Option<Numbers> {
        self.entries
            .iter()
            .find(|entry| which(entry))
            .and_then(|entry| entry.result.as_ref().ok())
            .copied()
    }
}

struct Runner {
    name: String,
    role: Role,
    state: State,
}

enum State {
    Out(String),
    Known(f64),
    Runs {
        work: Work,
        repetitions: u64,
        samples: Vec<f64>,
        once: bool,
    },
}

/// Runs a row to its end.
pub fn row(row: Row) -> Measured {
    let series = row.series().to_owned();
    let mut runners: Vec<Runner> = row
        .contestants
        .into_iter()
        .map(|c| prepare(c, row.most))
        .collect();
    for round in 0..ROUNDS {
        let contestants = runners.len();
        for turn in 0..contestants {
            if let State::Runs {
                work,
                repetitions,
                samples,
                once: false,
            } = &mut runners[(turn + round) % contestants].state
            {
                samples.push(each(work, *repetitions));
            }
        }
    }
    Measured {
        name: row.name,
        series,
        what: row.what,
        unit: row.unit,
        point: row.point,
        bound: row.bound,
        entries: runners
            .into_iter()
            .map(|runner| finish(runner, row.each))
            .collect(),
    }
}

/// Runs one contestant so often and nothing else, for tools that count from outside.
pub fn only(contestant: Contestant, repetitions: u64) -> Result<(), String> {
    let mut work = (contestant.start)()?;
    run(&mut work, repetitions);
    Ok(())
}

fn prepare(contestant: Contestant, most: u64) -> Runner {
    let Contestant { name, role, start } = contestant;
    let state = match start() {
        Err(why) => State::Out(why),
        Ok(Work::Value(value)) => State::Known(value),
        Ok(mut work) => calibrate(&mut work, most).map_or_else(
            |long| State::Runs {
                work: Work::Value(0.0),
                repetitions: 1,
                samples: vec![long],
                once: true,
            },
            |repetitions| State::Runs {
                work,
                repetitions,
                samples: Vec::new(),
                once: false,
            },
        ),
    };
    Runner { name, role, state }
}

/// Warms up, and finds how many repetitions fill a round; `Err` is the time of a single one that is too long to be repeated.
fn calibrate(work: &mut Work, most: u64) -> Result<u64, f64> {
    let mut repetitions = 1;
    loop {
        let took = run(work, repetitions);
        if took >= LONG {
            return Err(took.as_nanos() as f64 / repetitions as f64);
        }
        if took >= ROUND / 2 || repetitions >= most {
            let fitting = repetitions as f64 * ROUND.as_secs_f64() / took.as_secs_f64().max(1e-9);
            return Ok((fitting as u64).clamp(1, most));
        }
        repetitions = (repetitions * 2).min(most);
    }
}

fn run(work: &mut Work, repetitions: u64) -> Duration {
    match work {
        Work::Repeat(run) => {
            let began = Instant::now();
            run(repetitions);
            began.elapsed()
        }
        Work::Timed(run) => run(repetitions),
        Work::Value(_) => Duration::ZERO,
    }
}

fn each(work: &mut Work, repetitions: u64) -> f64 {
    run(work, repetitions).as_nanos() as f64 / repetitions as f64
}

fn finish(runner: Runner, each: usize) -> Entry {
    let each = each as f64;
    let result = match runner.state {
        State::Out(why) => Err(why),
        State::Known(value) => Ok(Numbers {
            median: value,
            minimum: value,
            rounds: 0,
            allocations: None,
        }),
        State::Runs {
            mut work,
            repetitions,
            mut samples,
            ..
        } => {
            samples.sort_by(f64::total_cmp);
            let allocations = match &mut work {
                Work::Repeat(run) => {
                    let n = repetitions.min(200);
                    Some(allocations::count(|| run(n)).number as f64 / n as f64)
                }
                Work::Timed(_) | Work::Value(_) => None,
            };
            Ok(Numbers {
                median: samples[samples.len() / 2] / each,
                minimum: samples[0] / each,
                rounds: samples.len(),
                allocations,
            })
        }
    };
    Entry {
        name: runner.name,
        role: runner.role,
        result,
    }
}
