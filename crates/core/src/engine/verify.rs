//! The report at the end: what matched nothing, who was not called, and what went wrong in the test's own closures.

use std::collections::{BTreeSet, HashMap};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::conversation::{Broken, Pipe};
use crate::engine::Engine;
use crate::engine::malformed;
use crate::engine::near::{self, Verdicts};
use crate::engine::state::{Scope, State};
use crate::engine::unmatched::Open;
use crate::journal::{Entry, Record, Settled, Verdict};
use crate::registry::{Live, Standing};
use crate::report::{
    Finding, MockLine, Near, NearRequest, NearWhy, NextStep, Report, RequestDump, RequestLine,
    visible,
};
use crate::request::{Absent, Request};
use crate::secret;

/// Findings beyond these are told without their nearest mocks, as a report shows them in a line each.
const IN_FULL: usize = 12;

/// What is verified.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whole {
    /// All of an engine.
    Engine,
    /// The mocks of one scope, and what came while it was the innermost.
    Scope(Scope),
}

impl Whole {
    fn covers(self, scope: u64) -> bool {
        match self {
            Self::Engine => true,
            Self::Scope(mine) => mine.id == scope,
        }
    }
}

/// Equal requests that matched nothing.
struct Group {
    record: Record,
    stamp: u64,
    first: Duration,
    last: Duration,
    count: u64,
    is_body_open: bool,
    /// In the order of the mocks' ids.
    verdicts: Box<[(u64, Verdict)]>,
}

impl Group {
    fn of(entry: &Entry) -> Self {
        let mut verdicts: Box<[(u64, Verdict)]> = entry.verdicts().into();
        verdicts.sort_by_key(|(id, _)| *id);
        Self {
            record: entry.record.clone(),
            stamp: entry.stamp,
            first: entry.at(),
            last: entry.at(),
            count: 1,
            is_body_open: entry.is_body_open,
            verdicts,
        }
    }

    /// Of a call that is not in the journal any more.
    fn gone(open: &Open) -> Self {
        Self {
            record: open.record.clone(),
            stamp: open.stamp,
            first: Duration::ZERO,
            last: Duration::ZERO,
            count: 1,
            is_body_open: false,
            verdicts: Box::default(),
        }
    }

    fn request(&self) -> Request {
        let mut request = self.record.request();
        if let Some(cut) = self.record.cut() {
            request.set_absent_body(Absent::Dropped(cut.length));
        } else if self.is_body_open && request.body().is_empty() {
            request.set_absent_body(Absent::Coming);
        }
        request
    }

    /// Equal ones together, in the order in which the first of them came.
    fn all<'e>(entries: impl Iterator<Item = &'e Entry>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut places: HashMap<&Record, usize> = HashMap::new();
        for entry in entries {
            match places.get(&entry.record) {
                Some(&at) => {
                    groups[at].count += 1;
                    groups[at].last = entry.at();
                }
                None => {
                    places.insert(&entry.record, groups.len());
                    groups.push(Self::of(entry));
                }
            }
        }
        groups
    }
}

/// What would fail verification now.
pub(super) fn report(engine: &Engine, whole: Whole) -> Report {
    let gathered = Gathered::of(&engine.state(), whole);
    gathered.tell(engine)
}

/// What a report is made of, copied out under the lock and told outside it.
pub(super) struct Gathered {
    groups: Vec<Group>,
    unmet: Vec<Arc<Live>>,
    findings: Vec<Finding>,
    notes: Vec<String>,
    requests: u64,
    blocked: Option<String>,
    mocks: Vec<Arc<Live>>,
    /// Unmatched requests that are no finding, because the engine is lenient: one may be what an unmet mock waited for.
    forgiven: Vec<Group>,
    drew: bool,
}

impl Gathered {
    /// Copies out what the report needs, so that the lock is held for a moment only.
    pub(super) fn of(state: &State, whole: Whole) -> Self {
        let mut findings: Vec<Finding> = state
            .journal
            .failures()
            .filter(|(_, entry)| whole.covers(entry.scope))
            .filter_map(|(_, entry)| failure(entry))
            .collect();
        let talking = state.journal.talking().map(|(_, entry)| entry);
        findings.extend(
            talking
                .filter(|entry| whole.covers(entry.scope))
                .filter_map(unplayed),
        );
        // A mock whose closure panicked before its use was claimed is told once.
        let blamed: BTreeSet<u64> = state
            .journal
            .failures()
            .filter(|(_, entry)| !entry.counts)
            .filter_map(|(_, entry)| entry.mock.as_ref().map(|live| live.id))
            .chain(state.blamed.iter().copied())
            .collect();
        // A script that waits still has not been played to its end.
        let unplayed = state.journal.conversing();
        let unplayed = unplayed.filter(|entry| whole.covers(entry.scope));
        findings.extend(unplayed.filter_map(|entry| conversation(entry, entry.pipe()?.unplayed())));
        findings.extend(
            state
                .unfinished
                .iter()
                .filter(|(scope, _)| whole.covers(*scope))
                .map(|(_, mock)| Finding::Unfinished { mock: mock.clone() }),
        );
        let mut notes: Vec<String> = state.notes.told().collect();
        if state.journal.dropped_bodies > 0 {
            notes.push(format!(
                "the journal dropped the bodies of {} requests to stay within its bound; `keep_bodies(bytes)` raises it",
                state.journal.dropped_bodies
            ));
        }
        if state.journal.dropped_calls > 0 {
            notes.push(format!(
                "the journal dropped its oldest {} calls to stay within its bound; `keep_calls(n)` raises it",
                state.journal.dropped_calls
            ));
        }
        let (malformed, groups): (Vec<&Entry>, Vec<&Entry>) = state
            .journal
            .unmatched()
            .map(|(_, entry)| entry)
            .filter(|entry| whole.covers(entry.scope) && !state.is_lenient(entry.scope))
            .partition(|entry| entry.settled == Settled::Malformed);
        findings.extend(malformed::findings(&malformed));
        let groups = Group::all(groups.into_iter());
        let unmet: Vec<Arc<Live>> = state
            .registry
            .iter()
            .filter(|live| {
                whole.covers(live.scope)
                    && !live.is_done()
                    && live.standing() != Standing::Removed
                    && !blamed.contains(&live.id)
            })
            .cloned()
            .collect();
        let forgiven = match unmet.is_empty() {
            true => Vec::new(),
            false => Group::all(
                state
                    .journal
                    .unmatched()
                    .map(|(_, entry)| entry)
                    .filter(|entry| whole.covers(entry.scope) && state.is_lenient(entry.scope)),
            ),
        };
        Self {
            mocks: match groups.is_empty() {
                true => Vec::new(),
                false => state.registry.in_order(),
            },
            groups,
            drew: state.drew,
            unmet,
            forgiven,
            findings,
            notes,
            requests: state.journal.len() as u64,
            blocked: state.network.refusal(),
        }
    }

    pub(super) fn tell(self, engine: &Engine) -> Report {
        let (mut findings, mocks) = (self.findings, &self.mocks);
        let mut since: Vec<u64> = mocks.iter().map(|live| live.since).collect();
        since.sort_unstable();
        let mut requests: Vec<(Request, &Group)> = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            let request = group.request();
            let verdicts: Verdicts<'_> = &group.verdicts;
            let nearest = match at < IN_FULL {
                true => near::nearest(&request, mocks, group.stamp, verdicts),
                false => Vec::new(),
            };
            findings.push(Finding::Unmatched {
                request: RequestDump::of(&request),
                count: group.count,
                span: group.last.saturating_sub(group.first),
                nearest,
                mocks: since.partition_point(|since| *since <= group.stamp),
                blocked: self.blocked.clone(),
            });
            if at < IN_FULL && !self.unmet.is_empty() {
                requests.push((request, group));
            }
        }
        if !self.unmet.is_empty() {
            let forgiven = self.forgiven.iter().take(IN_FULL);
            requests.extend(forgiven.map(|group| (group.request(), group)));
        }
        for (at, live) in self.unmet.iter().enumerate() {
            findings.push(Finding::Unmet {
                mock: live.line(),
                expected: live.bounds.to_string(),
                calls: live.uses(),
                nearest: if at < IN_FULL {
                    nearest_request(live, &requests)
                } else {
                    None
                },
            });
        }
        let mut report = Report::new(findings, self.requests);
        for note in self.notes {
            report = report.note(note);
        }
        if self.drew {
            report = report.note(format!(
                "chances were drawn from STANDIN_SEED={}",
                engine.seed()
            ));
        }
        report
    }
}

/// What a mock of connections waited for in vain.
fn conversation(entry: &Entry, broken: Option<Broken>) -> Option<Finding> {
    Some(Finding::Conversation {
        mock: entry.mock.as_ref()?.line(),
        to: entry.record.request().uri().to_string(),
        miss: broken?.miss(),
    })
}

fn failure(entry: &Entry) -> Option<Finding> {
    let broken = entry.pipe().and_then(Pipe::broken);
    if entry.settled == Settled::Failed
        && let Some(finding) = conversation(entry, broken)
    {
        return Some(finding);
    }
    let request = line(&entry.record.request());
    let mock = match &entry.mock {
        Some(live) => live.line(),
        None => MockLine::new(
            0,
            "a hook of the engine",
            near::hook(entry.verdicts()).unwrap_or(Location::caller()),
        ),
    };
    let message = entry.message().to_owned();
    match entry.settled {
        Settled::Panicked => Some(Finding::Panicked {
            mock,
            request,
            message,
            location: None,
        }),
        Settled::Failed => Some(Finding::Failed {
            mock,
            request,
            message,
        }),
        _ => None,
    }
}

/// Messages of a conversation that a finding has, the last.
const SAID: usize = 6;

fn unplayed(entry: &Entry) -> Option<Finding> {
    let talked = entry.talked()?;
    let stand = talked.stand.as_ref()?;
    let said = talked.frames();
    Some(Finding::Unplayed {
        mock: entry.mock.as_ref()?.line(),
        request: line(&entry.record.request()),
        played: stand.played,
        steps: stand.steps,
        next: stand.next.as_ref().map(|(step, at)| NextStep {
            step: step.clone(),
            location: (*at).into(),
        }),
        miss: stand.miss.as_deref().cloned(),
        how: stand.how.clone(),
        said: said[said.len().saturating_sub(SAID)..]
            .iter()
            .map(ToString::to_string)
            .collect(),
        earlier: said.len().saturating_sub(SAID) + talked.dropped(),
    })
}

fn line(request: &Request) -> RequestLine {
    RequestLine::new(request.method().as_str(), secret::url(&request.url()))
}

/// The unmatched request that came nearest to a mock that was called too seldom.
fn nearest_request(live: &Live, requests: &[(Request, &Group)]) -> Option<NearRequest> {
    let (request, group) = requests.iter().min_by(|(a, x), (b, y)| {
        live.distance(a, &x.verdicts)
            .total_cmp(&live.distance(b, &y.verdicts))
    })?;
    let misses = live.explain(request, &group.verdicts);
    (!misses.is_empty()).then(|| NearRequest::new(line(request), misses))
}

/// The report about one unmatched call alone. It has a finding always, if not all that could once be known.
pub(super) fn report_of_call(engine: &Engine, open: &Open) -> Report {
    let mut notes = Vec::new();
    let (group, mocks, blocked, drew) = {
        let state = engine.state();
        let group = state.journal.get(open.call).map(Group::of);
        let mocks = state.registry.in_order();
        (group, mocks, state.network.refusal(), state.drew)
    };
    let group = group.unwrap_or_else(|| {
        notes.push("the journal does not hold this call any more".into());
        Group::gone(open)
    });
    if engine.has_ended() {
        notes.push("the engine has ended, and its mocks are gone".into());
    }
    let gathered = Gathered {
        groups: vec![group],
        forgiven: Vec::new(),
        unmet: Vec::new(),
        findings: Vec::new(),
        notes,
        requests: 1,
        blocked,
        mocks,
        drew,
    };
    gathered.tell(engine)
}

/// Characters of a value in a line.
const VALUE: usize = 300;

/// A near mock, and what kept the request from it.
pub(super) fn line_of_near(near: &Near) -> String {
    let mock = visible(&near.mock.to_string(), VALUE);
    format!("{mock}: {}", why_line(near))
}

/// One line about one unmatched call: the request, and what kept the nearest mock from it.
pub(super) fn line_of_call(engine: &Engine, report: &Report) -> String {
    let Some(Finding::Unmatched {
        request,
        nearest,
        mocks,
        ..
    }) = report.findings.first()
    else {
        return "no mock matched the request".into();
    };
    let said = format!(
        "no mock matched {} {}",
        request.method,
        visible(&request.url, VALUE)
    );
    match nearest.first() {
        Some(near) => {
            format!("{said}; nearest: {}", line_of_near(near))
        }
        None if *mocks > 0 => format!("{said}: none of the {mocks} registered is near it"),
        None if engine.has_ended() => format!("{said}, and the engine has ended"),
        None => format!("{said}: no mock is registered"),
    }
}

fn why_line(near: &Near) -> String {
    let fits = if near.unasked {
        "it matches as far as can be told without asking its closure"
    } else {
        "it matches"
    };
    match &near.why {
        NearWhy::Mismatched(misses) => misses
            .iter()
            .map(|miss| {
                let shown = |text: &str| visible(text, VALUE);
                let part = shown(&miss.part.to_string());
                let received = miss.received.as_deref().map_or("nothing".into(), shown);
                let hint = miss
                    .hint
                    .as_deref()
                    .map_or(String::new(), |hint| format!(" ({})", shown(hint)));
                format!(
                    "{part}: expected {}, received {received}{hint}",
                    shown(&miss.expected)
                )
            })
            .collect::<Vec<_>>()
            .join("; "),
        NearWhy::Spent { uses } => format!("{fits}, but its uses ({uses}) are spent"),
        NearWhy::Never => format!("{fits}, and was declared never"),
        NearWhy::Filtered => "it rejected the request".into(),
        NearWhy::Declined => "it matches, and its closure declined".into(),
        NearWhy::Removed => format!("{fits}, and was removed before"),
    }
}
