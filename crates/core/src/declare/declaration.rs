//! What a test declares, as plain data without an engine.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use http::Method;

use crate::declare::error::DeclareError;
use crate::declare::times::Times;
use crate::matching::condition::{Ask, Condition};
use crate::matching::pattern::Pattern;
use crate::reply::Plan;
use crate::reply::plan::Step;
use crate::request::Request;
use crate::secret;
use crate::url::{PathPattern, UrlPattern};

pub(crate) type Filter = Arc<dyn Fn(&Request) -> bool + Send + Sync>;
pub(crate) type Map = Arc<dyn Fn(&mut Request) + Send + Sync>;
pub(crate) type Observer = Arc<dyn Fn(&Request) + Send + Sync>;

/// What a test declares: which requests, how often, what is answered. Plain data, made without an engine by
/// [`Declaration::get`](crate::Declaration::get) and its like, registered by [`Engine::add`](crate::Engine::add) as often as wanted.
///
/// ```
/// use standin_core::prelude::*;
/// use standin_core::{Declaration, Engine};
///
/// let zen = Declaration::get("https://api.github.com/zen").optional().reply("Keep it logically awesome.");
/// let engine = Engine::new();
/// engine.add(zen.clone());
/// engine.add(zen);
/// ```
#[derive(Clone)]
pub struct Declaration {
    pub(crate) methods: Methods,
    pub(crate) url: Url,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) maps: Vec<Map>,
    pub(crate) observers: Vec<Observer>,
    pub(crate) times: Option<Times>,
    pub(crate) persist: bool,
    pub(crate) optional: bool,
    pub(crate) cycle: bool,
    pub(crate) priority: Option<i32>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) plan: Plan,
    /// The function that began it: `get` of `mock::get(..)`.
    pub(crate) function: &'static str,
    pub(crate) at: &'static Location<'static>,
    /// The first mistake that a builder method met.
    pub(crate) error: Option<DeclareError>,
}

/// Which methods a mock answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Methods {
    Any,
    One(Method),
    Several(Vec<Method>),
    /// None: it answers connections, which stand in the journal as CONNECT.
    Connection,
}

impl Methods {
    pub(crate) fn accept(&self, method: &Method) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => one == method,
            Self::Several(several) => several.contains(method),
            Self::Connection => method == Method::CONNECT,
        }
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any method"),
            Self::Connection => f.write_str("a connection"),
            Self::One(method) => f.write_str(method.as_str()),
            Self::Several(methods) => {
                let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
                f.write_str(&names.join(" or "))
            }
        }
    }
}

/// Where a mock answers: a URL that was taken apart, or a pattern over the whole URL as text.
#[derive(Debug, Clone)]
pub(crate) enum Url {
    Parsed(Arc<UrlPattern>),
    Text(Pattern),
}

impl Declaration {
    /// As the user wrote it: `mock::get("https://x.io")`.
    pub(crate) fn title(&self) -> String {
        match self.function {
            "method" => title(&format!("method {}", self.methods), &self.url),
            function => title(function, &self.url),
        }
    }

    /// The bounds that follow from all that was said about them.
    pub(crate) fn bounds(&self) -> Times {
        let steps = self.plan.steps.len() as u64;
        let mut times = match self.times {
            Some(times) => times,
            None if self.plan.sequence && !self.cycle => Times {
                min: steps,
                max: Some(steps),
            },
            None => Times::ONCE,
        };
        if self.persist {
            times.min = times.min.max(1);
            times.max = None;
        }
        if self.optional {
            times.min = 0;
        }
        times
    }

    /// The variable that a condition asks for and the path does not have.
    fn lacks_variable<'c>(&self, condition: &'c Condition) -> Option<&'c str> {
        match &condition.0 {
            Ask::PathParam(name, _) => {
                (!self.variables().iter().any(|known| **known == **name)).then_some(name.as_str())
            }
            Ask::All(all) | Ask::Any(all) => all.iter().find_map(|one| self.lacks_variable(one)),
            Ask::Not(inner) => self.lacks_variable(inner),
            _ => None,
        }
    }

    fn variables(&self) -> Vec<Arc<str>> {
        match &self.url {
            Url::Parsed(url) => match &url.path {
                PathPattern::Template(template) => template.names().cloned().collect(),
                PathPattern::Any | PathPattern::Literal(_) => Vec::new(),
            },
            Url::Text(_) => Vec::new(),
        }
    }

    fn without_variable(&self, name: &str) -> String {
        let known: Vec<String> = self
            .variables()
            .iter()
            .map(|name| format!("`{{{name}}}`"))
            .collect();
        let known = match known.as_slice() {
            [] => "it has none".to_owned(),
            known => format!("it has {}", known.join(", ")),
        };
        format!(
            "the path has no variable `{{{name}}}` for `path_param`, {known}: write it into the path, like `/users/{{{name}}}`"
        )
    }

    /// What cannot work, found when the declaration is whole.
    pub(crate) fn check(&self) -> Result<(), DeclareError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if let Some(error) = self.conditions.iter().find_map(Condition::error) {
            return Err(error.clone());
        }
        if let Url::Text(pattern) = &self.url
            && let Some(error) = pattern.error()
        {
            return Err(error.clone());
        }
        if let Some(name) = self
            .conditions
            .iter()
            .find_map(|one| self.lacks_variable(one))
        {
            return Err(DeclareError::at(self.without_variable(name), self.at));
        }
        if let Some(error) = self.plan.error() {
            return Err(error.clone());
        }
        let fail = |message: String| Err(DeclareError::at(message, self.at));
        if self.plan.begins_with_get() && !self.methods.accept(&Method::GET) {
            return fail(
                "a WebSocket begins with a GET: write `mock::get(..).websocket(..)`".into(),
            );
        }
        if let Url::Parsed(url) = &self.url
            && url.scheme.as_deref() == Some("http")
            && self.plan.has(|reply| reply.without_tls().is_some())
        {
            return fail(
                "a fault of TLS strikes in its handshake, and `http` has none: mock the `https` URL"
                    .into(),
            );
        }
        let bounds = self.bounds();
        if self.persist && self.times.is_some_and(|times| times.max == Some(0)) {
            return fail(
                "`times(0)` says never and `persist()` says always: keep one of them".into(),
            );
        }
        if self.persist
            && let Some(times) = self.times
            && times.max.is_some_and(|max| max > times.min)
        {
            return fail(format!(
                "`persist()` has no upper bound, and `times` says {times}: leave it out, or write `times({}..)`",
                times.min.max(1)
            ));
        }
        if self.plan.sequence {
            let steps = self.plan.steps.len() as u64;
            if !self.cycle && bounds.max.is_some_and(|max| max < steps && max > 0) {
                return fail(format!(
                    "a sequence of {steps} replies cannot be used up in {bounds}: leave `times` out (it is then used {steps} \
                     times) or shorten the sequence",
                ));
            }
            if self.cycle && self.times.is_none() && !self.persist {
                return fail(
                    "`cycle()` needs to know when it ends: add `times(n)` or `persist()`".into(),
                );
            }
        } else if self.cycle {
            return fail(
                "`cycle()` repeats a sequence, and this reply is a single one: give it an array"
                    .into(),
            );
        }
        match self.plan.steps.as_slice() {
            [Step::Declined] => {
                fail("a reply of `None` always declines: this mock would never answer".into())
            }
            steps if steps.iter().any(Step::may_come_to_declining) => fail(
                "a reply of `None` declines, and in a sequence or behind a chance the use is already counted: write a reply \
                 there, or decline in a closure that stands alone"
                    .into(),
            ),
            _ => Ok(()),
        }
    }
}

/// A declaration as the user wrote it.
pub(crate) fn title(function: &str, url: &Url) -> String {
    let url = match url {
        Url::Parsed(url) if url.source.is_empty() => "any()".to_owned(),
        Url::Parsed(url) => format!("{:?}", secret::url(&url.source)),
        Url::Text(pattern) => secret::url_pattern(pattern),
    };
    match function.split_once(' ') {
        Some((function, method)) => format!("mock::{function}({method:?}, {url})"),
        None => format!("mock::{function}({url})"),
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration")
            .field("title", &self.title())
            .field("name", &self.name)
            .field("conditions", &self.conditions)
            .field("times", &self.bounds().to_string())
            .field("reply", &self.plan)
            .field("at", &format_args!("{}", self.at))
            .finish()
    }
}
