//! How are mock servers with different languages put to the same work? Each peer says, in one file, how it starts, mounts and verifies.

mod httpmock;
mod httptest;
mod mockito;
mod wiremock;

/// All of them, in the order in which they are printed.
pub const ALL: [&'static dyn Peer; 4] = [
    &wiremock::Wiremock,
    &httpmock::Httpmock,
    &httptest::Httptest,
    &mockito::Mockito,
];

/// A crate that mocks HTTP by a server.
pub trait Peer: Sync {
    fn name(&self) -> &'static str;

    /// A server from its pool, which is the way that its documentation shows first; `None` where it has no pool.
    fn pooled(&self) -> Option<Box<dyn Server>>;

    /// A server started for this call; `None` where every server is pooled.
    fn own(&self) -> Option<Box<dyn Server>>;

    /// A server of either kind, the documented one first.
    fn server(&self) -> Box<dyn Server> {
        self.pooled()
            .or_else(|| self.own())
            .expect("a peer has one kind or the other")
    }

    /// Which of its matched requests it keeps.
    fn journal(&self) -> Journal;

    /// Whether it asks the mock first that was mounted last.
    fn newest_first(&self) -> bool {
        false
    }

    /// Why one-use mocks on one URL cannot be used up one after the other, where they cannot.
    fn no_one_use(&self) -> Option<&'static str> {
        None
    }
}

/// How much is kept.
pub enum Journal {
    All,
    Last(u64),
    Nothing,
}

/// A running server.
pub trait Server {
    /// Without a slash at the end.
    fn url(&self) -> String;

    /// Mounts a GET of this path, answered by 200 and `ok`.
    fn mount(&mut self, path: &Path, uses: Uses);

    /// Checks that each mock that is to be used once was, and ends the server or gives it back.
    fn verify(self: Box<Self>);
}

/// What a mock's path is compared with.
pub enum Path {
    Exact(String),
    Regex(String),
}

/// How often a mock may be used.
#[derive(Clone, Copy)]
pub enum Uses {
    Any,
    /// Once, and that is verified.
    Once,
}
