//! Whose connection is it? The wrong engine's answer would be worse than none: what cannot be told is refused, with the reason.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;

use http::{HeaderName, HeaderValue, Uri};
use standin_core::{Destination, Outcome, Request, Step};

use super::address::is_loopback;
use super::lineage::{self, PROCESS, ROOT};
use super::seal;
use super::world::{self, Active};

/// Pools that a process shares, by the names of their threads: crates `blocking`, `async-io`, `smol`.
const POOLS: &[&str] = &["blocking-", "async-io", "smol-"];
/// Threads of runtimes, which outlive engines that one test makes after the other.
const RUNTIMES: &[&str] = &["tokio-"];

/// What becomes of a connection, or of the resolution of a name.
#[derive(Debug)]
pub(super) enum Decision {
    /// None of our business.
    Pass,
    /// This engine answers for this host.
    Serve(Arc<Active>, String),
    /// The network policy of this engine lets it out; what it is resolved to is remembered.
    LetOut(Arc<Active>),
    /// Each of these engines could answer for this host, and nothing tells which, but perhaps the request.
    Several(Vec<Arc<Active>>, String),
    /// No engine answers for this host, and it was asked for somebody else: it is decided where that one connects.
    Unclaimed(String),
    Refuse,
}

/// To whom a thread belongs.
enum Belongs {
    To(Arc<Active>),
    /// To an engine that has ended.
    Orphan,
    /// To a test whose engine has ended, and which goes on without.
    Released,
    /// To a pool of the process: what it does, it does for somebody who cannot be told.
    Shared,
    Nobody,
}

/// What becomes of a connection to this address, undressed.
pub(super) fn of_connection(to: SocketAddr) -> Decision {
    let named = match to.ip() {
        IpAddr::V4(ip) if world::is_ours(ip) => {
            let world = world::lock();
            world
                .named(ip)
                .map(|named| (world.engine(named.engine), named.name))
        }
        _ if world::lock().engines().is_empty() => return Decision::Pass,
        _ => None,
    };
    let Some((of_address, name)) = named else {
        return of_literal(to);
    };
    let belongs = match (world::explicit(), of_address) {
        (Some(active), _) | (None, Some(active)) => Belongs::To(active),
        (None, None) => of_thread(),
    };
    decide(belongs, &name, Some(to.port()))
}

fn of_literal(to: SocketAddr) -> Decision {
    let ip = to.ip();
    let host = host_of(ip);
    let belongs = of_thread();
    if is_loopback(ip) {
        return of_loopback(&belongs, host, to.port());
    }
    if let Belongs::To(active) = &belongs {
        let names = world::lock().names_of(active, ip);
        let of_names = names.iter().find(|name| {
            let destination = Destination::new(scheme(to.port()), name, Some(to.port()));
            active.engine.claims(&destination) || active.engine.may_leave(name)
        });
        if let Some(name) = of_names {
            return decide(belongs, name, Some(to.port()));
        }
    }
    decide(belongs, &host, Some(to.port()))
}

/// What becomes of datagrams to this address, undressed: they pass or are refused.
pub(super) fn of_datagram(to: SocketAddr) -> Decision {
    let unclaimed_name = world::unclaimed_name(to.ip());
    let is_of_loopback = is_loopback(to.ip()) && unclaimed_name.is_none();
    let is_let_by = is_of_loopback || standin_core::is_bypassed();
    if is_let_by || world::lock().engines().is_empty() {
        return Decision::Pass;
    }
    match of_thread() {
        Belongs::To(active) => {
            let names = world::lock().names_of(&active, to.ip());
            let name = names.into_iter().find(|name| active.engine.may_leave(name));
            let host = name.or(unclaimed_name);
            let host = host.unwrap_or_else(|| host_of(to.ip()));
            unclaimed(active, &host, Some(to.port()))
        }
        Belongs::Orphan => Decision::Refuse,
        Belongs::Shared => for_somebody(&host_of(to.ip()), Some(to.port())),
        Belongs::Released | Belongs::Nobody => Decision::Pass,
    }
}

pub(super) fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Loopback stays open: it is taken over only where a mock names it.
fn of_loopback(belongs: &Belongs, host: String, port: u16) -> Decision {
    let names = |active: &Active| {
        [host.as_str(), "localhost"].iter().any(|host| {
            active
                .engine
                .claims(&Destination::new(scheme(port), host, Some(port)))
        })
    };
    match belongs {
        Belongs::To(active) if names(active) => Decision::Serve(Arc::clone(active), host),
        Belongs::To(_) | Belongs::Orphan | Belongs::Released => Decision::Pass,
        Belongs::Shared | Belongs::Nobody => among(names, &host),
    }
}

/// What becomes of a name that is being resolved, in its normal form.
pub(super) fn of_name(name: &str, port: Option<u16>) -> Decision {
    if world::lock().engines().is_empty() {
        return Decision::Pass;
    }
    if seal::is_sealed() && world::explicit().is_none() && is_of_a_pool() {
        return for_another(name);
    }
    decide(of_thread(), name, port)
}

/// What becomes of a name that a pool looks up for who connects on another thread, where all who connect are seen.
fn for_another(name: &str) -> Decision {
    match among(|active| active.engine.claimed_ports(name).is_some(), name) {
        Decision::Pass => Decision::Unclaimed(name.to_owned()),
        decision => decision,
    }
}

/// The same, for a client that is this engine's.
pub(super) fn of_name_for(active: &Arc<Active>, name: &str) -> Decision {
    decide(Belongs::To(Arc::clone(active)), name, None)
}

/// Whose test connects to this address, undressed, by no mock of its own.
pub(super) fn owner(to: SocketAddr) -> Option<Arc<Active>> {
    if standin_core::is_bypassed() || world::lock().engines().is_empty() {
        return None;
    }
    let Belongs::To(active) = of_thread() else {
        return None;
    };
    let destination = Destination::new(scheme(to.port()), &host_of(to.ip()), Some(to.port()));
    (!active.engine.claims(&destination)).then_some(active)
}

/// Whether the network policy of this engine lets out what is sent there. The journal does not show that it was asked.
pub(super) fn lets_out(active: &Active, to: SocketAddr) -> bool {
    let names = world::lock().names_of(active, to.ip());
    let hosts = names.into_iter().chain([host_of(to.ip())]);
    hosts.into_iter().any(|host| {
        let destination = Destination::new(scheme(to.port()), &host, Some(to.port()));
        active.engine.lets_out(&destination)
    })
}

fn decide(belongs: Belongs, host: &str, port: Option<u16>) -> Decision {
    let claims = |active: &Active| match port {
        Some(port) => active
            .engine
            .claims(&Destination::new(scheme(port), host, Some(port))),
        None => active.engine.claimed_ports(host).is_some(),
    };
    match belongs {
        Belongs::To(active) if claims(&active) => Decision::Serve(active, host.to_owned()),
        Belongs::To(active) => unclaimed(active, host, port),
        Belongs::Orphan => Decision::Refuse,
        Belongs::Released => Decision::Pass,
        Belongs::Nobody => among(claims, host),
        Belongs::Shared => match among(claims, host) {
            Decision::Pass => for_somebody(host, port),
            decision => decision,
        },
    }
}

/// What becomes of what a pool of the process does, and no mock wants: it is the only engine's. Where there are more of them, it
/// fails in none of their journals, but goes nowhere unless the network policy of one lets it out.
fn for_somebody(host: &str, port: Option<u16>) -> Decision {
    // Copied out: engines have locks of their own.
    let mut engines = world::lock().engines().to_vec();
    match engines.pop() {
        None => Decision::Pass,
        Some(active) if engines.is_empty() => unclaimed(active, host, port),
        Some(active) => {
            engines.push(active);
            if engines.iter().any(|active| active.engine.may_leave(host)) {
                return Decision::Pass;
            }
            tell_of_none(&engines, host, port);
            Decision::Refuse
        }
    }
}

fn tell_of_none(engines: &[Arc<Active>], host: &str, port: Option<u16>) {
    let place = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let note = format!(
        "thread `{}` of a pool that tests share asked for {place}, which no mock has, and was refused; it is in no journal, because \
         nothing tells for which of {} tests it asked",
        thread_name(),
        engines.len(),
    );
    engines
        .iter()
        .for_each(|active| active.engine.note(note.as_str()));
}

/// The only engine that could answer, where it is the only one.
fn among(claims: impl Fn(&Active) -> bool, host: &str) -> Decision {
    let mut candidates = world::engines(claims);
    match candidates.pop() {
        None => Decision::Pass,
        Some(active) if candidates.is_empty() => Decision::Serve(active, host.to_owned()),
        Some(active) => {
            candidates.push(active);
            Decision::Several(candidates, host.to_owned())
        }
    }
}

/// What becomes of a connection to a socket of Unix: led to an engine that has mocks of it, else none of our business. What stays
/// on this machine is not the network.
pub(super) fn of_socket(to: &Destination) -> Decision {
    if world::lock().engines().is_empty() {
        return Decision::Pass;
    }
    let claims = |active: &Active| active.engine.claims(to);
    match of_thread() {
        Belongs::To(active) if claims(&active) => Decision::Serve(active, to.host.clone()),
        Belongs::Shared | Belongs::Nobody => among(claims, &to.host),
        _ => Decision::Pass,
    }
}

/// How many tests a note names.
const NAMED: usize = 3;

/// Tells each of several tests, should it fail, why a connection to this place was refused.
pub(super) fn tell(candidates: &[Arc<Active>], place: &str) {
    tell_of_thread(candidates, place, &thread_name());
}

/// The same, of a thread that is another by now.
pub(super) fn tell_of_thread(candidates: &[Arc<Active>], place: &str, thread: &str) {
    let mut tests: Vec<&str> = candidates
        .iter()
        .map(|active| active.test.as_str())
        .collect();
    tests.sort_unstable();
    // The mend comes after them, and a note that is too long is cut.
    let more = tests.len().saturating_sub(NAMED);
    tests.truncate(NAMED);
    let more = match more {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let note = format!(
        "a connection to {place} was refused: thread `{thread}` belongs to no test, and the mocks of several could answer ({}{more}); wrap the \
         closure or future that connects in `engine.attach(..)`, or run each test in a process of its own, as nextest does",
        tests.join(", ")
    );
    candidates
        .iter()
        .for_each(|active| active.engine.note(note.as_str()));
}

/// Tells each of several tests, should it fail, that requests of its client may have been taken for another's.
pub(crate) fn tell_of_crowd(opener: &Active, place: &Destination) {
    let candidates = world::engines(|active| active.engine.claims(place));
    if candidates.len() < 2 {
        return;
    }
    let note = format!(
        "several requests came at once by a connection of HTTP/2 to {}, which `{}` had opened, and were answered by its mocks. Where its \
         client is shared by tests, give each a client of its own, or run each in a process of its own, as nextest does",
        place.host, opener.test,
    );
    candidates
        .iter()
        .for_each(|active| active.engine.note(note.as_str()));
}

/// The engine's network policy decides, and its journal shows it.
fn unclaimed(active: Arc<Active>, host: &str, port: Option<u16>) -> Decision {
    // Where the port is still to come, so is the decision.
    if port.is_none() && active.engine.may_leave(host) {
        return Decision::LetOut(active);
    }
    let authority = match port {
        Some(port) if !matches!(port, 80 | 443) => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    // Who asks for an address has not said yet what for.
    let url = match port {
        Some(port) => format!("{}://{authority}/", scheme(port)),
        None => authority.clone(),
    };
    let Ok(uri) = url.parse::<Uri>() else {
        return Decision::Refuse;
    };
    let thread = thread_name();
    let mut connect = Request::connect(uri);
    for (name, value) in [
        ("x-standin-thread", &thread),
        ("x-standin-test", &active.test),
    ] {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            connect.set_header(HeaderName::from_static(name), Some(value));
        }
    }
    match active.engine.admit_whole(connect).step() {
        Step::Decided(Outcome::PassThrough(passed)) => {
            passed.ticket.settle();
            Decision::LetOut(active)
        }
        _ => {
            let asked = match port {
                Some(port) => format!("connected to {host}:{port}"),
                None => format!("asked for the address of {host}"),
            };
            let of = match &active.test {
                test if *test == thread => String::new(),
                test => format!(" of test `{test}`"),
            };
            let note = format!("thread `{thread}`{of} {asked}, and was refused");
            active.engine.note(note);
            Decision::Refuse
        }
    }
}

fn of_thread() -> Belongs {
    if let Some(active) = world::explicit() {
        return Belongs::To(active);
    }
    let mine = lineage::mine();
    let name = system_name();
    let is_of = |names: &[&str]| names.iter().any(|prefix| name.starts_with(prefix));
    let world = world::lock();
    if is_of(POOLS) || is_of(&world.pools) {
        return Belongs::Shared;
    }
    if mine.lineage == PROCESS {
        return Belongs::Nobody;
    }
    if world.is_in_task_of_process() {
        return Belongs::Shared;
    }
    if mine.engine != 0 && !is_of(RUNTIMES) {
        return world
            .engine(mine.engine)
            .map_or(Belongs::Orphan, Belongs::To);
    }
    if let Some(number) = world.engine_of(mine.lineage) {
        return match world.engine(number) {
            Some(active) => Belongs::To(active),
            None if mine.own == number => Belongs::Released,
            None => Belongs::Orphan,
        };
    }
    // An engine that `main` made active is that of the threads which it had started before, too.
    let of_main = world
        .engine_of(ROOT)
        .and_then(|number| world.engine(number));
    of_main.map_or(Belongs::Nobody, Belongs::To)
}

fn is_of_a_pool() -> bool {
    let name = system_name();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    begins(POOLS) || begins(&world::lock().pools)
}

pub(super) fn scheme(port: u16) -> &'static str {
    if port == 443 { "https" } else { "http" }
}

/// What a reader knows this thread by.
pub(super) fn thread_name() -> String {
    thread::current()
        .name()
        .map_or_else(system_name, str::to_owned)
}

/// The first 15 bytes of this thread's name, which threads of C have too.
fn system_name() -> String {
    let mut name = [0_u8; 16];
    // SAFETY: the call writes at most 16 bytes.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    let length = name
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(name.len());
    String::from_utf8_lossy(&name[..length]).into_owned()
}
