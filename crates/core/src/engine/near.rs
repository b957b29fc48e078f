//! How near a mock came to a request: a cheap distance for all of them, a full explanation for the nearest.

use std::panic::Location;

use http::Method;

use crate::declare::declaration::Url;
use crate::journal::Verdict;
use crate::miss::{Miss, Part};
use crate::registry::{Live, Standing};
use crate::report::{MockLine, Near, NearWhy, hint};
use crate::request::Request;
use crate::secret;
use crate::url::{HostPattern, PathPattern, UrlPattern, normal};

/// How many mocks a finding names.
const NAMED: usize = 3;

/// How many are looked at in full before those are chosen.
const LOOKED_AT: usize = 12;

/// The distance at which a mock for the same host and a similar path ends, and one for another begins.
const FAR: f64 = 9.0;

/// What another method counts: with the same URL it is farther than a few headers or query keys that do not fit.
const METHOD: f64 = 3.0;

/// What a header, a query key or the like counts.
const SMALL: f64 = 0.75;

/// What user code said to which mock, in the order of the mocks' ids, so that ten thousand of them are no matter.
pub(super) type Verdicts<'v> = &'v [(u64, Verdict)];

/// What user code said to this mock.
fn of_mock(verdicts: Verdicts<'_>, id: u64) -> Verdicts<'_> {
    let from = verdicts.partition_point(|(other, _)| *other < id);
    let said = &verdicts[from..];
    &said[..said.partition_point(|(other, _)| *other == id)]
}

/// The mocks that came nearest to a request, best first.
pub(super) fn nearest(
    request: &Request,
    mocks: &[std::sync::Arc<Live>],
    stamp: u64,
    verdicts: Verdicts<'_>,
) -> Vec<Near> {
    if let Some(near) = rejected(verdicts) {
        return vec![near];
    }
    let mut by_distance: Vec<(f64, usize)> = mocks
        .iter()
        .enumerate()
        .filter(|(_, live)| live.since <= stamp && !is_silent(live, verdicts))
        .map(|(at, live)| (live.distance(request, verdicts), at))
        .collect();
    let by_key = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if by_distance.len() > LOOKED_AT {
        by_distance.select_nth_unstable_by(LOOKED_AT, by_key);
        by_distance.truncate(LOOKED_AT);
    }
    by_distance.sort_by(by_key);
    let mut looked: Vec<(f64, bool, usize, Near)> = by_distance
        .into_iter()
        .map(|(distance, at)| {
            let live = &mocks[at];
            let misses = live.explain(request, verdicts);
            let body_misses = misses.iter().map(body_weight).sum::<f64>();
            (
                distance + body_misses,
                live.standing_at(stamp) != Standing::Open,
                at,
                live.near(misses, stamp, of_mock(verdicts, live.id)),
            )
        })
        .collect();
    // Of two that are equally near, one that can still answer is meant.
    looked.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let best = looked.first().map_or(0.0, |(distance, ..)| *distance);
    looked
        .into_iter()
        .enumerate()
        .filter(|(place, (distance, ..))| *place == 0 || *distance <= best + FAR)
        .take(NAMED)
        .map(|(_, (.., near))| near)
        .collect()
}

/// Its filter rejected the request, or the request came before it.
fn is_silent(live: &Live, verdicts: Verdicts<'_>) -> bool {
    of_mock(verdicts, live.id)
        .iter()
        .any(|(_, verdict)| matches!(verdict, Verdict::Filtered | Verdict::Late))
}

/// The hook of the engine because of which no mock was asked.
fn rejected(verdicts: Verdicts<'_>) -> Option<Near> {
    let at = hook(verdicts)?;
    Some(Near::new(
        MockLine::new(0, "engine.filter(..)", at),
        NearWhy::Filtered,
    ))
}

/// Where the hook was added that rejected a request or panicked.
pub(super) fn hook(verdicts: Verdicts<'_>) -> Option<&'static Location<'static>> {
    verdicts.iter().find_map(|(_, verdict)| match verdict {
        Verdict::Hook(at) => Some(*at),
        _ => None,
    })
}

/// What a miss in a body adds to the distance: the more places differ, the farther.
fn body_weight(miss: &Miss) -> f64 {
    match (&miss.part, miss.detail.as_deref()) {
        (_, Some(crate::Detail::Differences(places))) => SMALL + places.len().min(20) as f64 / 10.0,
        (Part::Body | Part::Json | Part::Xml | Part::Form(_) | Part::Multipart(_), _) => {
            2.0 * SMALL
        }
        _ => 0.0,
    }
}

impl Live {
    /// How far the head of a request is from this mock; 0 when all of it fits. It makes no text, so that ten thousand mocks
    /// are no matter.
    pub(super) fn distance(&self, request: &Request, verdicts: Verdicts<'_>) -> f64 {
        let said = of_mock(verdicts, self.id);
        let mut far = 0.0;
        if !self.declaration.methods.accept(request.method()) {
            far += METHOD;
        }
        // What maps make of the URL is known only to those that ran.
        if self.declaration.maps.is_empty() || said.is_empty() {
            far += match &self.declaration.url {
                Url::Parsed(url) => url_distance(url, request),
                Url::Text(pattern) if pattern.is_user_code() => 0.0,
                Url::Text(pattern) if pattern.accepts_one(request.url().as_bytes()) => 0.0,
                Url::Text(_) => 8.0,
            };
            let unfit = self
                .head_conditions()
                .iter()
                .filter(|condition| !condition.is_user_code() && !condition.accepts(request))
                .map(|condition| match condition.part() {
                    Part::Host => 8.0,
                    Part::Path | Part::Url => 6.0,
                    _ => SMALL,
                });
            far += unfit.sum::<f64>();
        }
        far + SMALL * said.len() as f64
    }

    fn near(&self, misses: Vec<Miss>, stamp: u64, said: Verdicts<'_>) -> Near {
        let near = Near::new(self.line(), self.why(misses, stamp, said));
        if said.is_empty() && self.runs_user_code_to_match() {
            near.unasked()
        } else {
            near
        }
    }

    fn why(&self, misses: Vec<Miss>, stamp: u64, said: Verdicts<'_>) -> NearWhy {
        if !misses.is_empty() {
            return NearWhy::Mismatched(misses);
        }
        if said
            .iter()
            .any(|(_, verdict)| *verdict == Verdict::Declined)
        {
            return NearWhy::Declined;
        }
        match self.standing_at(stamp) {
            Standing::Never => NearWhy::Never,
            Standing::Removed => NearWhy::Removed,
            Standing::Spent | Standing::Open => NearWhy::Spent { uses: self.uses() },
        }
    }

    /// Everything in a request that does not fit, the most telling first. What user code said is taken from `verdicts`.
    pub(crate) fn explain(&self, request: &Request, verdicts: Verdicts<'_>) -> Vec<Miss> {
        let verdicts = of_mock(verdicts, self.id);
        let said = verdicts.iter().filter_map(|(_, verdict)| match verdict {
            Verdict::Missed(miss) => Some(miss.clone()),
            _ => None,
        });
        let said: Vec<Miss> = said.collect();
        if !self.declaration.maps.is_empty() && !verdicts.is_empty() {
            // The verdicts are about what the maps made of it.
            return said;
        }
        let with_params = self
            .wants_params()
            .then(|| request.with_params(self.captures(request).unwrap_or_default()));
        let request = with_params.as_ref().unwrap_or(request);
        let mut misses = Vec::new();
        match &self.declaration.url {
            Url::Parsed(url) => explain_url(url, request, &mut misses),
            Url::Text(pattern) => {
                if !pattern.is_user_code() && !pattern.accepts_one(request.url().as_bytes()) {
                    misses.push(crate::matchers::url(pattern.clone()).explain(request));
                }
            }
        }
        let methods = &self.declaration.methods;
        if request.method() == Method::CONNECT && !methods.accept(request.method()) {
            // A connection has no more than an authority; where that fits, the method is what does not. Its scheme is a guess from
            // the port, which the look-up of a name does not even have: where the host differs, it says nothing.
            let other_host = misses.iter().any(|miss| miss.part == Part::Host);
            misses.retain(|miss| match miss.part {
                Part::Host | Part::Port => true,
                Part::Scheme => !other_host,
                _ => false,
            });
            if !misses.is_empty() {
                return misses;
            }
        }
        if !methods.accept(request.method()) {
            misses.push(
                Miss::new(Part::Method, methods.to_string()).received(request.method().as_str()),
            );
        }
        let path_fits = !misses.iter().any(|miss| miss.part == Part::Path);
        misses.extend(
            self.conditions()
                .iter()
                .filter(|condition| !condition.is_user_code())
                // Without the path there are no variables in it.
                .filter(|condition| path_fits || !matches!(condition.part(), Part::PathParam(_)))
                .filter(|condition| condition.is_untold(request) || !condition.accepts(request))
                .map(|condition| condition.explain(request)),
        );
        misses.extend(said);
        misses
    }
}

fn url_distance(url: &UrlPattern, request: &Request) -> f64 {
    let target = request.target();
    let mut far = 0.0;
    if !url.scheme_fits(target.scheme) {
        far += 1.5;
    }
    let same_host = url.host.fits(target.host);
    if !same_host {
        let host = match &url.host {
            HostPattern::Literal(host) | HostPattern::Wildcard(host) => host.as_str(),
            HostPattern::Any => "",
        };
        far += 2.0 + 8.0 * (1.0 - likeness(host, target.host));
    } else if !url.port_fits(&target) && url.scheme_fits(target.scheme) {
        far += 1.0;
    }
    if request.method() == Method::CONNECT {
        // A connection has no path.
        return far;
    }
    if !url.path.fits(target.path) {
        let alike = match &url.path {
            PathPattern::Template(template) => likeness_by_segment(template.text(), target.path),
            _ => likeness(&url_path(url), target.path),
        };
        far += 1.0 + 7.0 * (1.0 - alike);
    }
    if !url.query.is_empty() {
        let pairs = request.query_pairs();
        far += SMALL
            * url
                .query
                .iter()
                .filter(|pair| !pairs.contains(pair))
                .count() as f64;
    }
    far
}

fn url_path(url: &UrlPattern) -> String {
    match &url.path {
        PathPattern::Any => String::new(),
        PathPattern::Literal(path) => path.clone(),
        PathPattern::Template(template) => template.to_string(),
    }
}

/// How much of a template and a path is the same, segment by segment from the beginning and from the end: 0 to 1.
fn likeness_by_segment(template: &str, path: &str) -> f64 {
    let segments = |text| str::split(text, '/').skip(1);
    let fits = |(wanted, segment): &(&str, &str)| {
        wanted == segment || (wanted.contains('{') && !segment.is_empty())
    };
    let (wanted, received) = (segments(template).count(), segments(path).count());
    let shorter = wanted.min(received);
    let front = segments(template)
        .zip(segments(path))
        .take_while(fits)
        .count();
    let back = str::rsplit(template, '/')
        .zip(str::rsplit(path, '/'))
        .take(shorter - front)
        .take_while(fits)
        .count();
    let unlike = segments(template)
        .zip(segments(path))
        .nth(front)
        .filter(|_| front + back < shorter);
    let partly = unlike.map_or(0.0, |(wanted, segment)| likeness(wanted, segment));
    (front as f64 + back as f64 + partly) / wanted.max(received).max(1) as f64
}

/// How much of two texts is the same from the beginning and from the end: 0 to 1.
fn likeness(a: &str, b: &str) -> f64 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    let shorter = a.len().min(b.len());
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let back = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(shorter - front)
        .take_while(|(a, b)| a == b)
        .count();
    (front + back) as f64 / longer as f64
}

fn explain_url(url: &UrlPattern, request: &Request, misses: &mut Vec<Miss>) {
    let target = request.target();
    if !url.host.fits(target.host) {
        let expected = match &url.host {
            HostPattern::Literal(host) => host.clone(),
            HostPattern::Wildcard(suffix) => format!("*.{suffix}"),
            HostPattern::Any => "any".into(),
        };
        let mut miss = Miss::new(Part::Host, &*expected).received(target.host);
        if let Some(sentence) = meant_as_path(url, request) {
            // The path would fit if this were mended.
            return misses.push(miss.hint(sentence));
        }
        if let Some(sentence) = hint::between(&Part::Host, &expected, target.host) {
            miss = miss.hint(sentence);
        }
        misses.push(miss);
    }
    if !url.path.fits(target.path) {
        let expected = url_path(url);
        let mut miss = Miss::new(Part::Path, &*expected).received(target.path);
        if let Some(sentence) = hint::between(&Part::Path, &expected, target.path) {
            miss = miss.hint(sentence);
        }
        misses.push(miss);
    }
    if !url.scheme_fits(target.scheme) {
        misses.push(
            Miss::new(Part::Scheme, url.scheme.clone().unwrap_or_default()).received(target.scheme),
        );
    } else if !url.port_fits(&target) {
        let expected = url
            .port
            .or_else(|| normal::default_port(url.scheme.as_deref().unwrap_or(target.scheme)));
        let mut miss = Miss::new(
            Part::Port,
            expected.map_or("the default".into(), |port| port.to_string()),
        );
        if let Some(port) = target.effective_port() {
            miss = miss.received(port.to_string());
        }
        misses.push(miss);
    }
    let pairs = request.query_pairs();
    let mut told = Vec::new();
    for (key, value) in &url.query {
        let wanted = url
            .query
            .iter()
            .filter(|(k, v)| k == key && v == value)
            .count();
        let there = pairs.iter().filter(|(k, v)| k == key && v == value).count();
        if there >= wanted || told.contains(&(key, value)) {
            continue;
        }
        told.push((key, value));
        misses.push(crate::matchers::query(key, value).explain(request));
    }
}

/// `api/users` is the host `api`; who meant a path gets told.
fn meant_as_path(url: &UrlPattern, request: &Request) -> Option<String> {
    let HostPattern::Literal(host) = &url.host else {
        return None;
    };
    let source = url.source.as_str();
    // A host that was said beside the URL is no part of it.
    if !source.to_ascii_lowercase().starts_with(host.as_str())
        || source.contains("://")
        || host.contains(['.', ':'])
        || host == "localhost"
    {
        return None;
    }
    let meant = UrlPattern::parse(&format!("/{source}")).ok()?;
    meant.path.fits(request.path()).then(|| {
        format!(
            "`{host}` is taken for the host; did you mean \"/{}\"?",
            secret::url(source)
        )
    })
}
