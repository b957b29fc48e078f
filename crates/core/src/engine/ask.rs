//! Asking one mock: cheap conditions first, user code last and once.

use std::any::Any;

use crate::journal::Verdict;
use crate::matching::Condition;
use crate::registry::Live;
use crate::reply::Answer;
use crate::request::{PathParams, Request};

/// What a mock said.
pub(super) enum Said {
    No,
    NeedsBody,
    /// It fits; with the answer of its closure, where that had to be asked before the claim, and the request as its maps
    /// made it.
    Yes(Option<Answer>, Option<Box<Request>>),
    Panicked(String),
}

/// Asks a mock in which no user code runs.
pub(super) fn ask_plain(live: &Live, request: &mut Request, whole: bool) -> Said {
    if !live.line_fits(request) {
        return Said::No;
    }
    request.set_params(params(live, request));
    let fits = |condition: &Condition| condition.accepts(request);
    if !live.head_conditions().iter().all(fits) {
        return Said::No;
    }
    let bodies = live.body_conditions();
    if !whole && (!bodies.is_empty() || live.declaration.plan.needs_body()) {
        return Said::NeedsBody;
    }
    if bodies.iter().all(fits) {
        Said::Yes(None, None)
    } else {
        Said::No
    }
}

/// Asks a mock in which user code runs, and keeps what that said.
pub(super) fn ask_user(
    live: &Live,
    request: &mut Request,
    whole: bool,
    verdicts: &mut Vec<(u64, Verdict)>,
) -> Said {
    let declaration = &live.declaration;
    if live.has_hooks() && !whole {
        return Said::NeedsBody;
    }
    if !declaration.filters.iter().all(|accepts| accepts(request)) {
        verdicts.push((live.id, Verdict::Filtered));
        return Said::No;
    }
    let mut mapped = (!declaration.maps.is_empty()).then(|| Box::new(request.clone()));
    if let Some(mapped) = &mut mapped {
        declaration.maps.iter().for_each(|change| change(mapped));
    }
    let request = mapped.as_deref_mut().unwrap_or(request);
    if !live.line_fits(request) {
        return miss_of_mapped(live, request, verdicts);
    }
    request.set_params(params(live, request));
    // What needs no user code is asked first, and user code only when everything it may look at is there: it is asked once.
    let (head, bodies) = (live.head_conditions(), live.body_conditions());
    let plain = |condition: &&Condition| !condition.is_user_code();
    if !head
        .iter()
        .filter(plain)
        .all(|condition| condition.accepts(request))
    {
        return miss_of_mapped(live, request, verdicts);
    }
    if !whole && (!bodies.is_empty() || declaration.plan.needs_body()) {
        return Said::NeedsBody;
    }
    if !bodies
        .iter()
        .filter(plain)
        .all(|condition| condition.accepts(request))
    {
        return miss_of_mapped(live, request, verdicts);
    }
    let mut asked = live
        .conditions()
        .iter()
        .filter(|condition| condition.is_user_code());
    let fits = asked.all(|condition| match condition.check(request) {
        Ok(()) => true,
        Err(miss) => {
            verdicts.push((live.id, Verdict::Missed(miss)));
            false
        }
    });
    if !fits {
        return Said::No;
    }
    let Some(closure) = declaration.plan.may_decline() else {
        return Said::Yes(None, mapped);
    };
    let answer = closure(request);
    if answer.declines() {
        verdicts.push((live.id, Verdict::Declined));
        return Said::No;
    }
    Said::Yes(Some(answer), mapped)
}

/// The variables of this mock's path, where somebody asks for them; never those of a mock that was asked before it.
fn params(live: &Live, request: &Request) -> PathParams {
    if !live.wants_params() {
        return PathParams::new();
    }
    live.captures(request).unwrap_or_default()
}

/// A report cannot run a mock's maps again, so what they made is explained now.
fn miss_of_mapped(live: &Live, request: &Request, verdicts: &mut Vec<(u64, Verdict)>) -> Said {
    if !live.declaration.maps.is_empty() {
        let misses = live.explain(request, &[]);
        verdicts.extend(
            misses
                .into_iter()
                .map(|miss| (live.id, Verdict::Missed(miss))),
        );
    }
    Said::No
}

/// What a panic said.
pub(crate) fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(message) => (*message).to_owned(),
            Err(_) => "a panic whose payload is not text".to_owned(),
        },
    }
}
