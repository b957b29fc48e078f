//! A registered mock: what was declared, which never changes, and beside it what happened to it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use http::{Method, Version};

use crate::declare::Times;
use crate::declare::declaration::{Declaration, Methods, Url};
use crate::matching::condition::Condition;
use crate::matching::matcher::Needs;
use crate::matching::pattern::{Kind, Pattern};
use crate::reply::{Plan, Reply};
use crate::report::MockLine;
use crate::request::{PathParams, Request};
use crate::url::{Authority, HostPattern, PathPattern, TargetRef, is_loopback, normal};

/// A mock of an engine. Its counters change only while the engine's lock is held; reading them needs none.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) id: u64,
    pub(crate) scope: u64,
    pub(crate) depth: u32,
    /// The engine's stamp at which it was registered.
    pub(crate) since: u64,
    /// That of the mock in whose place it was put: a request that came between the two meets one of them.
    pub(crate) stands_since: u64,
    pub(crate) declaration: Declaration,
    pub(crate) bounds: Times,
    /// The place of the first condition that needs the body.
    bodies_from: usize,
    user_code: bool,
    wants_params: bool,
    simple: bool,
    by_line: bool,
    at_once: bool,
    meets_connections: bool,
    wanted_version: Option<Version>,
    early: bool,
    uses: AtomicU64,
    standing: AtomicU8,
    /// The stamp at which it was spent or removed.
    until: AtomicU64,
}

/// Whether a mock still answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Standing {
    Open,
    Spent,
    Removed,
    /// Declared with `times(0)`.
    Never,
}

impl Live {
    /// It asks user code what it needs, so it is made outside the lock; [`name`](Self::name) follows inside.
    pub(crate) fn new(scope: u64, depth: u32, mut declaration: Declaration) -> Self {
        declaration.conditions.extend(declaration.plan.conditions());
        declaration
            .conditions
            .sort_by_key(|condition| (condition.needs(), condition.cost()));
        let bodies_from = declaration
            .conditions
            .partition_point(|condition| condition.needs() == Needs::Head);
        let bounds = declaration.bounds();
        let conditions = &declaration.conditions;
        let user_code = !declaration.filters.is_empty()
            || !declaration.maps.is_empty()
            || declaration.plan.may_decline().is_some()
            || conditions.iter().any(Condition::is_user_code);
        let has_params = match &declaration.url {
            Url::Parsed(url) => matches!(url.path, PathPattern::Template(_)),
            Url::Text(_) => false,
        };
        let wants_params = has_params
            && (!conditions.is_empty()
                || !declaration.observers.is_empty()
                || declaration.plan.needs_body()
                || declaration.plan.may_stream());
        let standing = if bounds.max == Some(0) {
            Standing::Never
        } else {
            Standing::Open
        };
        let simple = declaration.observers.is_empty() && declaration.plan.is_fixed();
        let by_line = simple && !user_code && declaration.conditions.is_empty();
        Self {
            id: 0,
            scope,
            depth,
            since: 0,
            stands_since: 0,
            bounds,
            bodies_from,
            user_code,
            wants_params,
            simple,
            by_line,
            at_once: by_line && declaration.plan.is_plain(),
            meets_connections: declaration.methods == Methods::Connection
                || declaration.plan.has(Reply::meets_connections),
            wanted_version: wanted_version(&declaration.plan),
            early: declaration.plan.has(Reply::is_early) || declaration.plan.may_stream(),
            declaration,
            uses: AtomicU64::new(0),
            standing: AtomicU8::new(standing as u8),
            until: AtomicU64::new(u64::MAX),
        }
    }

    /// Gives it its name, and the stamp at which it is registered.
    pub(crate) fn name(&mut self, id: u64, since: u64) {
        self.id = id;
        self.since = since;
        self.stands_since = since;
    }

    /// Whether it holds no closure of the user's.
    pub(crate) fn is_plain(&self) -> bool {
        self.simple
            && !self.user_code
            && !matches!(&self.declaration.url, Url::Text(pattern) if pattern.is_user_code())
    }

    /// What calls and handles tell of it, and nothing that the user's closures hold.
    pub(crate) fn without_closures(&self) -> Self {
        let said = &self.declaration;
        let declaration = Declaration {
            methods: said.methods.clone(),
            times: said.times,
            persist: said.persist,
            optional: said.optional,
            cycle: said.cycle,
            priority: said.priority,
            name: said.name.clone(),
            function: said.function,
            at: said.at,
            error: None,
            conditions: Vec::new(),
            filters: Vec::new(),
            maps: Vec::new(),
            observers: Vec::new(),
            plan: match said.plan.is_fixed() {
                true => said.plan.clone(),
                false => Plan::pass_through(),
            },
            url: match &said.url {
                Url::Text(pattern) => Url::Text(Pattern(Kind::Text(pattern.to_string()))),
                url => url.clone(),
            },
        };
        let mut plain = Self::new(self.scope, self.depth, declaration);
        plain.name(self.id, self.since);
        Self {
            bounds: self.bounds,
            uses: AtomicU64::new(self.uses()),
            standing: AtomicU8::new(self.standing.load(Relaxed)),
            until: AtomicU64::new(self.until.load(Relaxed)),
            ..plain
        }
    }

    /// As a replacement: a request that came before it, and has not met `old`, meets it.
    pub(crate) fn stand_in_for(&mut self, old: &Self) {
        self.stands_since = old.stands_since;
    }

    pub(crate) fn uses(&self) -> u64 {
        self.uses.load(Relaxed)
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.standing.load(Relaxed) {
            0 => Standing::Open,
            1 => Standing::Spent,
            2 => Standing::Removed,
            _ => Standing::Never,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.standing.load(Relaxed) == Standing::Open as u8
    }

    /// How it stood when the engine's stamp was `stamp`.
    pub(crate) fn standing_at(&self, stamp: u64) -> Standing {
        match self.standing() {
            Standing::Never => Standing::Never,
            _ if self.until.load(Relaxed) > stamp => Standing::Open,
            other => other,
        }
    }

    /// Whether it has the calls that verification asks for.
    pub(crate) fn is_done(&self) -> bool {
        self.uses() >= self.bounds.min
    }

    /// Takes one use, under the engine's lock: its number, and whether it was the last.
    pub(crate) fn take_use(&self, stamp: u64) -> Option<(u64, bool)> {
        if !self.is_open() {
            return None;
        }
        // It is written inside the lock only.
        let number = self.uses() + 1;
        self.uses.store(number, Relaxed);
        let last = self.bounds.max == Some(number);
        if last {
            self.close(Standing::Spent, stamp);
        }
        Some((number, last))
    }

    /// Ends it, under the engine's lock.
    pub(crate) fn close(&self, standing: Standing, stamp: u64) {
        self.standing.store(standing as u8, Relaxed);
        self.until.store(stamp, Relaxed);
    }

    /// Asks the method and the URL.
    pub(crate) fn line_fits(&self, request: &Request) -> bool {
        let pairs = || Cow::Borrowed(request.query_pairs());
        self.declaration.methods.accept(request.method()) && self.url_fits(&request.target(), pairs)
    }

    fn url_fits<'q>(
        &self,
        target: &TargetRef<'_>,
        pairs: impl FnOnce() -> Cow<'q, [(String, String)]>,
    ) -> bool {
        match &self.declaration.url {
            Url::Parsed(url) => {
                url.fits(target) && (url.query.is_empty() || url.lacks(&pairs()).is_none())
            }
            Url::Text(pattern) => pattern.accepts_one(target.url().as_bytes()),
        }
    }

    /// The connections that could carry a request that fits. A pattern over whole URLs is not asked: it might fit any.
    pub(crate) fn authority(&self) -> Authority {
        match &self.declaration.url {
            Url::Parsed(url) => url.authority(),
            Url::Text(_) => Authority::any(),
        }
    }

    /// Whether a connection to this host and port is one for such a request. Of a pattern over whole URLs nobody can tell: then
    /// the request has to come.
    pub(crate) fn connects(&self, host: &str, port: u16) -> bool {
        match &self.declaration.url {
            Url::Parsed(url) => url.authority().claims(host, port),
            Url::Text(_) => false,
        }
    }

    /// The same of whatever port.
    pub(crate) fn is_of(&self, host: &str) -> bool {
        match &self.declaration.url {
            Url::Parsed(url) => url.authority().claims_host(host),
            Url::Text(_) => false,
        }
    }

    /// Whether a listener at this host and port could hear such a request.
    pub(crate) fn listens(&self, host: &str, port: u16) -> bool {
        match &self.declaration.url {
            Url::Parsed(url) if url.host == HostPattern::Any => true,
            _ => self.connects(host, port) || is_loopback(host) && self.connects("localhost", port),
        }
    }

    /// Whether it is a mock of connections, which no request can claim.
    pub(crate) fn is_of_connections(&self) -> bool {
        self.declaration.methods == Methods::Connection
    }

    /// The version of HTTP that alone can carry out what it declares, and may still come to; HTTP/1.1 where each has something.
    pub(crate) fn wanted_version(&self) -> Option<Version> {
        self.wanted_version.filter(|_| self.is_open())
    }

    /// Whether it has something to say to who connects.
    pub(crate) fn meets_connections(&self) -> bool {
        self.meets_connections
    }

    /// Whether one of its replies comes before the body of its request, or takes that as it comes.
    pub(crate) fn is_early(&self) -> bool {
        self.early
    }

    /// Conditions that the head answers, cheap ones first.
    pub(crate) fn head_conditions(&self) -> &[Condition] {
        &self.declaration.conditions[..self.bodies_from]
    }

    /// Conditions that need the body, cheap ones first.
    pub(crate) fn body_conditions(&self) -> &[Condition] {
        &self.declaration.conditions[self.bodies_from..]
    }

    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.declaration.conditions
    }

    /// Whether user code runs when it is asked.
    pub(crate) fn runs_user_code(&self) -> bool {
        self.user_code
    }

    /// Whether user code decides with others if a request fits.
    pub(crate) fn runs_user_code_to_match(&self) -> bool {
        let in_url = match &self.declaration.url {
            Url::Parsed(_) => false,
            Url::Text(pattern) => pattern.is_user_code(),
        };
        in_url || self.has_hooks() || self.conditions().iter().any(Condition::is_user_code)
    }

    /// Whether its replies are values and nobody observes it, so that nothing runs between claim and answer.
    pub(crate) fn is_simple(&self) -> bool {
        self.simple
    }

    /// Whether the request fits, for a mock that asks for no more than method and URL and answers simply. Of one that was found
    /// by them, host and path are not asked again.
    #[inline]
    pub(crate) fn fits_by_line(
        &self,
        method: &Method,
        target: &TargetRef<'_>,
        is_literal: bool,
    ) -> bool {
        if !(self.by_line && self.declaration.methods.accept(method)) {
            return false;
        }
        match &self.declaration.url {
            Url::Parsed(url) if is_literal && url.query.is_empty() => url.fits_at_place(target),
            _ => self.url_fits(target, || {
                Cow::Owned(target.query.map(normal::query).unwrap_or_default())
            }),
        }
    }

    /// Whether every reply of such a mock can be sent at once and whole.
    pub(crate) fn replies_at_once(&self) -> bool {
        self.at_once
    }

    /// Whether somebody asks for the variables of its path.
    pub(crate) fn wants_params(&self) -> bool {
        self.wants_params
    }

    /// How reports speak of it.
    pub(crate) fn line(&self) -> MockLine {
        let line = MockLine::new(self.id, self.declaration.title(), self.declaration.at);
        match &self.declaration.name {
            Some(name) => line.named(&**name),
            None => line,
        }
    }

    /// Whether filters or maps need the request before anything else.
    pub(crate) fn has_hooks(&self) -> bool {
        !self.declaration.filters.is_empty() || !self.declaration.maps.is_empty()
    }

    /// The variables of its path template, where it has one.
    pub(crate) fn captures(&self, request: &Request) -> Option<PathParams> {
        match &self.declaration.url {
            Url::Parsed(url) => match &url.path {
                PathPattern::Template(template) => template.captures(request.path()),
                PathPattern::Any | PathPattern::Literal(_) => None,
            },
            Url::Text(_) => None,
        }
    }

    /// Where the index looks for it.
    pub(crate) fn key(&self) -> Key<'_> {
        if !self.declaration.maps.is_empty() {
            return Key {
                host: None,
                path: PathKey::Residual,
            };
        }
        match &self.declaration.url {
            Url::Parsed(url) => Key {
                host: match &url.host {
                    HostPattern::Literal(host) => Some(host),
                    HostPattern::Any | HostPattern::Wildcard(_) => None,
                },
                path: match &url.path {
                    PathPattern::Literal(path) => PathKey::Literal(path),
                    PathPattern::Template(template) => PathKey::Template(template),
                    PathPattern::Any => match self
                        .declaration
                        .conditions
                        .iter()
                        .find_map(Condition::path_regex)
                    {
                        Some(regex) => PathKey::PathRegex(regex),
                        None => PathKey::Residual,
                    },
                },
            },
            Url::Text(pattern) => Key {
                host: None,
                path: match pattern.regex() {
                    Some(regex) => PathKey::UrlRegex(regex),
                    None => PathKey::Residual,
                },
            },
        }
    }
}

/// The place of a mock in the index.
#[derive(Debug)]
pub(crate) struct Key<'l> {
    /// `None`: any host.
    pub(crate) host: Option<&'l str>,
    pub(crate) path: PathKey<'l>,
}

#[derive(Debug)]
pub(crate) enum PathKey<'l> {
    Literal(&'l str),
    Template(&'l crate::url::Template),
    PathRegex(&'l regex::Regex),
    UrlRegex(&'l regex::Regex),
    Residual,
}

fn wanted_version(plan: &Plan) -> Option<Version> {
    let mut versions = [Version::HTTP_11, Version::HTTP_2].into_iter();
    versions.find(|version| plan.has(|reply| reply.wanted_version() == Some(*version)))
}
