//! Where nobody knows whose a request is, engines are asked before one of them gets it: by what is certain, and without a use.

use crate::engine::Engine;
use crate::registry::Live;
use crate::request::Request;

/// Whether an engine has a mock that a request fits, as far as its head tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fits {
    /// None that still answers.
    No,
    /// One whose closures or body matchers would have to be asked.
    Perhaps,
    /// One, whatever the body is.
    Yes,
}

impl Engine {
    /// Whether a request with this head fits a mock that has a use left. No code of the test's runs, and nothing is claimed.
    pub fn fits(&self, head: &Request) -> Fits {
        if self.has_ended() {
            return Fits::No;
        }
        let (mocks, has_hooks) = {
            let state = self.state();
            (state.registry.in_order(), !state.hooks.is_empty())
        };
        let open = mocks
            .iter()
            .filter(|live| live.is_open() && !live.is_of_connections());
        let fits = |live| match has_hooks {
            // They may make another request of it.
            true => Fits::Perhaps,
            false => mock_fits(live, head),
        };
        open.map(|live| fits(live)).max().unwrap_or(Fits::No)
    }
}

fn mock_fits(live: &Live, head: &Request) -> Fits {
    if live.has_hooks() {
        return Fits::Perhaps;
    }
    if !live.line_fits(head) {
        return Fits::No;
    }
    let captured = live
        .wants_params()
        .then(|| head.with_params(live.captures(head).unwrap_or_default()));
    let head = captured.as_ref().unwrap_or(head);
    let mut plain = live.head_conditions().iter();
    if !plain.all(|condition| condition.is_user_code() || condition.accepts(head)) {
        return Fits::No;
    }
    match live.runs_user_code() || !live.body_conditions().is_empty() {
        true => Fits::Perhaps,
        false => Fits::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn what_is_certain_is_yes_and_what_has_to_be_asked_perhaps() {
        let engine = Engine::new();
        let asked = Request::post("http://x.io/users/7").with_header("a", "1");
        let answers = |declared: &dyn Fn()| {
            declared();
            let fits = engine.fits(&asked);
            engine.remove_all();
            fits
        };
        let users = || engine.post("http://x.io/users/{id}").optional();
        assert_eq!(answers(&|| {}), Fits::No);
        assert_eq!(answers(&|| drop(users().reply(200))), Fits::Yes);
        assert_eq!(
            answers(&|| drop(users().path_param("id", "7").reply(200))),
            Fits::Yes
        );
        assert_eq!(
            answers(&|| drop(users().path_param("id", "8").reply(200))),
            Fits::No
        );
        assert_eq!(
            answers(&|| drop(users().header("a", "2").reply(200))),
            Fits::No
        );
        assert_eq!(
            answers(&|| drop(users().body("b").reply(200))),
            Fits::Perhaps
        );
        assert_eq!(
            answers(&|| drop(users().filter(|_: &Request| true).reply(200))),
            Fits::Perhaps
        );
        assert_eq!(answers(&|| drop(users().times(0).reply(200))), Fits::No);
        assert_eq!(
            answers(&|| drop(engine.tcp("x.io:80").optional().serve(script().close()))),
            Fits::No
        );
    }
}
