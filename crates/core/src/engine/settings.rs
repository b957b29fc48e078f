//! What holds for every request: the network policy, filters and maps, leniency. Each setting belongs to the scope in which it
//! was made and ends with it, as the mocks of that scope do.

use std::panic::Location;
use std::sync::Arc;

use crate::active;
use crate::engine::Engine;
use crate::engine::hooks::{Hook, Hooks};
use crate::engine::state::State;
use crate::mistake::mistaken;
use crate::network::{IntoNetworkFilter, NetworkPolicy};
use crate::request::Request;

/// # Settings
impl Engine {
    /// Opens the real network for requests that no mock matches and that `filter` accepts: a host (`"localhost"`,
    /// `"*.example.com"`), `"host:port"`, a CIDR block (`"10.0.0.0/8"`), `re(..)` over the host, `any()`, or a closure over the
    /// [`Destination`](crate::Destination). Several filters are alternatives (as in pook).
    ///
    /// It ends with the scope in which it was said.
    #[track_caller]
    pub fn enable_network<M>(&self, filter: impl IntoNetworkFilter<M>) {
        let scope = active::scope_of(self).id;
        match filter.into_network_filter() {
            Ok(filter) => self.change_network(|network| network.allow(scope, filter)),
            Err(error) => mistaken(error),
        }
    }

    /// Closes the real network again, until the scope in which this was said is left.
    pub fn disable_network(&self) {
        let scope = active::scope_of(self).id;
        self.change_network(|network| network.close(scope));
    }

    fn change_network(&self, change: impl FnOnce(&mut NetworkPolicy)) {
        let mut state = self.state();
        let mut network = NetworkPolicy::clone(&state.network);
        change(&mut network);
        let old = std::mem::replace(&mut state.network, Arc::new(network));
        // What the closures of filters hold is dropped outside the lock.
        drop(state);
        drop(old);
    }

    /// Whether requests that nothing matches leave verification content: those of this scope, or of the whole engine where
    /// no scope of it is active on this thread but the outermost.
    pub fn set_lenient(&self, lenient: bool) {
        self.set_lenient_in(active::scope_of(self).id, lenient);
    }

    pub(crate) fn set_lenient_in(&self, scope: u64, lenient: bool) {
        let mut state = self.state();
        if scope == 0 {
            state.journal.lenient = lenient;
        } else {
            state.leniency.insert(scope, lenient);
        }
    }

    /// A filter asked before every mock: a request that it rejects matches none (as pook's engine-wide filter). It ends with
    /// the scope in which it was added.
    #[track_caller]
    pub fn filter(&self, accepts: impl Fn(&Request) -> bool + Send + Sync + 'static) {
        let filter = Hook {
            scope: active::scope_of(self).id,
            at: Location::caller(),
            run: Arc::new(accepts) as _,
        };
        self.change_hooks(|hooks| hooks.filters.push(filter));
    }

    /// Changes every request before a mock is looked for (as pook's engine-wide map); the real network gets the request as it
    /// came. It ends with the scope in which it was added.
    #[track_caller]
    pub fn map(&self, change: impl Fn(&mut Request) + Send + Sync + 'static) {
        let map = Hook {
            scope: active::scope_of(self).id,
            at: Location::caller(),
            run: Arc::new(change) as _,
        };
        self.change_hooks(|hooks| hooks.maps.push(map));
    }

    fn change_hooks(&self, change: impl FnOnce(&mut Hooks)) {
        let mut state = self.state();
        let mut hooks = Hooks::clone(&state.hooks);
        change(&mut hooks);
        let old = std::mem::replace(&mut state.hooks, Arc::new(hooks));
        drop(state);
        drop(old);
    }
}

/// What a scope had set. The user's closures are among it.
#[must_use = "dropped by the caller, outside the lock"]
pub(super) struct Left {
    _network: Arc<NetworkPolicy>,
    _hooks: Arc<Hooks>,
}

impl State {
    /// Whether what nothing matches in this scope is no finding.
    pub(super) fn is_lenient(&self, scope: u64) -> bool {
        let own = self.leniency.get(&scope).copied();
        own.unwrap_or(self.journal.lenient)
    }

    /// Remembers whose closures panicked before their use was claimed: that they were not called needs no telling of its own.
    pub(super) fn blame(&mut self, scope: Option<u64>) {
        let told = self.journal.failures().map(|(_, entry)| entry);
        let unclaimed = told.filter(|entry| Some(entry.scope) == scope && !entry.counts);
        let mocks = unclaimed.filter_map(|entry| entry.mock.as_ref());
        self.blamed.extend(mocks.map(|live| live.id));
    }

    /// Takes back what was set in a scope, and what was found in it is told.
    pub(super) fn leave(&mut self, scope: u64) -> Left {
        self.leniency.remove(&scope);
        self.unfinished.retain(|(of, _)| *of != scope);
        let network = self.network.without(scope);
        let hooks = self.hooks.without(scope);
        Left {
            _network: std::mem::replace(&mut self.network, Arc::new(network)),
            _hooks: std::mem::replace(&mut self.hooks, Arc::new(hooks)),
        }
    }
}
