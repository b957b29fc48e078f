//! What is a benchmark here? A `Row`: one thing that is measured, the floor (a hand-written minimum), the peers and standin, all doing
//! that thing. Making a row is cheap: a contestant starts its servers only when its row runs.

use std::time::Duration;

/// What a started contestant does.
pub enum Work {
    /// Does the thing so many times. Its allocations and instructions can be counted.
    Repeat(Box<dyn FnMut(u64)>),
    /// Does it so many times and says how long that took, leaving out what it had to make ready in between.
    Timed(Box<dyn FnMut(u64) -> Duration>),
    /// Was measured while it started; in the row's unit.
    Value(f64),
}

impl Work {
    /// `once`, as often as asked.
    pub fn repeat<T>(mut once: impl FnMut() -> T + 'static) -> Started {
        Ok(Self::Repeat(Box::new(move |n| {
            for _ in 0..n {
                std::hint::black_box(once());
            }
        })))
    }

    /// `run` times itself.
    pub fn timed(run: impl FnMut(u64) -> Duration + 'static) -> Started {
        Ok(Self::Timed(Box::new(run)))
    }
}

/// The work, or why this contestant sits this row out.
pub type Started = Result<Work, String>;

/// Starts a contestant.
pub type Start = Box<dyn FnOnce() -> Started>;

/// Boxes a contestant's start.
pub fn start(start: impl FnOnce() -> Started + 'static) -> Start {
    Box::new(start)
}

/// What a contestant is compared as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ratios are against this one.
    Floor,
    /// A second hand-written minimum, shown for comparison.
    Reference,
    /// Somebody else's crate.
    Peer,
    /// standin, which the row's bound is for.
    Ours,
}

/// One of those that do the same thing.
pub struct Contestant {
    /// As printed.
    pub name: String,
    /// As what.
    pub role: Role,
    /// How it begins.
    pub start: Start,
}

/// What the numbers of a row are.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Nanoseconds.
    Time,
    /// Bytes.
    Bytes,
}

/// What standin promises for a row.
#[derive(Clone, Copy)]
pub enum Bound {
    /// At most so many times the floor.
    Floor(f64),
    /// At most so many times its own first point in the series.
    First(f64),
    /// At most so many times the quickest peer.
    Peer(f64),
    /// At most so many times the quickest of these peers.
    Of(f64, &'static [&'static str]),
    /// At most so many of the row's unit.
    Value(f64),
}

/// One thing that is measured.
pub struct Row {
    /// `group/what`, and `/point` where it belongs to a series.
    pub name: String,
    /// What exactly one number covers.
    pub what: String,
    /// Of what.
    pub unit: Unit,
    /// Rows of one series are printed as one table with a column for each; this is the column's name.
    pub point: Option<String>,
    /// What standin promises.
    pub bound: Option<Bound>,
    /// The most repetitions in one round, for what uses up ports or threads.
    pub most: u64,
    /// How many of what is reported one repetition does.
    pub each: usize,
    /// Who takes part.
    pub contestants: Vec<Contestant>,
}

impl Row {
    /// A row that measures time.
    pub fn time(name: &str, what: &str) -> Self {
        Self {
            name: name.into(),
            what: what.into(),
            unit: Unit::Time,
            point: None,
            bound: None,
            most: u64::MAX,
            each: 1,
            contestants: Vec::new(),
        }
    }

    /// Whether it has a process of its own: interception stays on, and where several tests may be in one, connections are not kept.
    pub fn is_apart(&self) -> bool {
        self.name.starts_with("interception/")
    }

    /// A row that measures bytes.
    pub fn bytes(name: &str, what: &str) -> Self {
        Self {
            unit: Unit::Bytes,
            ..Self::time(name, what)
        }
    }

    /// Makes it one point of the series that its name says.
    pub fn point(mut self, point: usize) -> Self {
        self.name = format!("{}/{point}", self.name);
        self.point = Some(point.to_string());
        self
    }

    /// The series that it belongs to, or its own name.
    pub fn series(&self) -> &str {
        match &self.point {
            Some(point) => &self.name[..self.name.len() - point.len() - 1],
            None => &self.name,
        }
    }

    /// At most `most` repetitions in one round.
    pub fn most(mut self, most: u64) -> Self {
        self.most = most;
        self
    }

    /// One repetition does `each` of what is reported.
    pub fn each(mut self, each: usize) -> Self {
        self.each = each;
        self
    }

    /// The hand-written minimum.
    pub fn floor(self, start: Start) -> Self {
        self.add("floor", Role::Floor, start)
    }

    /// A second minimum.
    pub fn reference(self, name: &str, start: Start) -> Self {
        self.add(name, Role::Reference, start)
    }

    /// A peer.
    pub fn peer(self, name: &str, start: Start) -> Self {
        self.add(name, Role::Peer, start)
    }

    /// standin, once it can do this, and what it promises.
    pub fn ours(mut self, bound: Bound, start: Option<Start>) -> Self {
        self.bound = Some(bound);
        match start {
            Some(start) => self.add("standin", Role::Ours, start),
            None => self,
        }
    }

    fn add(mut self, name: &str, role: Role, start: Start) -> Self {
        self.contestants.push(Contestant {
            name: name.into(),
            role,
            start,
        });
        self
    }
}
