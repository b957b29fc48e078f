//! What the hooks know of the process: its engines, the names that were given addresses, and the doors behind which they answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use standin_core::{Engine, Observer};
use tokio::runtime::{Handle, Id};

use super::datagram::Watched;
use super::door::Host;
use super::hole::Failed;
use super::lineage::{self, PROCESS, ROOT};
use super::names::Server;
use super::once;
use crate::connections::Connections;

/// The first of the addresses that stand for names: 127.64.0.0, of a block of 2^22.
const FIRST: u32 = 0x7f40_0000;
const BLOCK: u32 = 1 << 22;
/// The number that no engine has.
const NOBODY: u64 = 0;
/// The number of no engine either: what has it stands for names that none claimed when they were looked up.
const UNCLAIMED: u64 = u64::MAX;
/// Names of engines that have ended are remembered, because clients keep what they have resolved.
const REMEMBERED: usize = 1 << 16;

static WORLD: Mutex<World> = Mutex::new(World {
    engines: Vec::new(),
    lineages: BTreeMap::new(),
    hosts: BTreeMap::new(),
    names: BTreeMap::new(),
    resolved: BTreeMap::new(),
    doors: BTreeMap::new(),
    servers: BTreeMap::new(),
    watched: BTreeMap::new(),
    failed: BTreeMap::new(),
    pools: Vec::new(),
    runtimes: HashMap::with_hasher(BuildHasherDefault::new()),
    last_number: 0,
    last_address: None,
    single: None,
});

/// Whether more than one test is in the process, so that pools may be shared between them.
static IS_SHARED: AtomicBool = AtomicBool::new(false);

/// An engine that has not ended.
#[derive(Debug)]
pub(crate) struct Active {
    pub(super) number: u64,
    pub(crate) engine: Engine,
    /// The name of the thread that made it active, which is the test's under libtest.
    pub(super) test: String,
    pub(crate) connections: Connections,
}

pub(super) struct World {
    engines: Vec<Arc<Active>>,
    /// Which engine was made active last by a thread of a lineage.
    lineages: BTreeMap<u64, u64>,
    hosts: BTreeMap<(u64, String), Arc<Host>>,
    /// What an address stands for, also when the engine has ended.
    names: BTreeMap<Ipv4Addr, Named>,
    /// By which names an engine's real addresses were resolved.
    resolved: BTreeMap<(u64, IpAddr), BTreeSet<String>>,
    /// What a peer's address stands for.
    doors: BTreeMap<SocketAddr, SocketAddr>,
    /// What stands for servers of datagrams elsewhere.
    pub(super) servers: BTreeMap<SocketAddr, Arc<Server>>,
    /// Sockets for datagrams that are connected to where none may go.
    pub(super) watched: BTreeMap<i32, Watched>,
    /// What connects were made to fail with, until their owners ask.
    pub(super) failed: Failed,
    pub(super) pools: Vec<&'static str>,
    /// Runtimes that were seen, and whether each was made in an initialiser.
    runtimes: HashMap<Id, bool, BuildHasherDefault<DefaultHasher>>,
    last_number: u64,
    last_address: Option<u32>,
    /// The lineage of the first engine.
    single: Option<u64>,
}

/// What an address of ours stands for.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) engine: u64,
    pub(super) name: Arc<str>,
}

pub(super) fn lock() -> MutexGuard<'static, World> {
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears of engines.
pub(super) struct Ears;

impl Observer for Ears {
    fn activated(&self, engine: &Engine) {
        let _bypass = standin_hooks::bypass();
        #[cfg(feature = "tls")]
        for complaint in crate::trust::complaints() {
            engine.note(complaint);
        }
        let active = of(engine);
        let mine = lineage::mine();
        let mut lineage = mine.lineage;
        lineage::activated(active.number);
        entered(false);
        let mut world = lock();
        if !matches!(lineage, PROCESS | ROOT) && !mine.is_founder && mine.engine != active.number {
            // Not the test's own thread, and with an engine of its own: what it starts from now on is that engine's, whichever
            // its siblings make active. Older threads of the test are, where they have none.
            if !world
                .engine_of(lineage)
                .is_some_and(|number| number != mine.own && world.engine(number).is_some())
            {
                world.lineages.insert(lineage, active.number);
            }
            lineage = lineage::found();
        }
        // Threads that nobody saw start have the number of `main`, and are not it.
        if lineage != PROCESS && (lineage != ROOT || is_main()) {
            world.lineages.insert(lineage, active.number);
        }
        let first = *world.single.get_or_insert(lineage);
        drop(world);
        if first != lineage || lineage::founded() > 1 {
            share();
        }
    }

    fn is_initialising(&self) -> bool {
        once::is_running()
    }

    fn ended(&self, engine: &Engine) {
        let _bypass = standin_hooks::bypass();
        let mut world = lock();
        let Some(at) = world
            .engines
            .iter()
            .position(|active| active.engine.is(engine))
        else {
            return;
        };
        let active = world.engines.remove(at);
        let number = active.number;
        let hosts: Vec<_> = world.hosts.extract_range(number);
        world.resolved.retain(|(engine, _), _| *engine != number);
        if world.names.len() > REMEMBERED {
            let World { names, engines, .. } = &mut *world;
            names.retain(|_, named| {
                matches!(named.engine, NOBODY | UNCLAIMED)
                    || engines.iter().any(|active| active.number == named.engine)
            });
        }
        drop(world);
        let closed: Vec<_> = hosts.iter().flat_map(|host| host.close()).collect();
        active.connections.end();
        let mut world = lock();
        for address in closed {
            world.doors.remove(&address);
        }
    }
}

trait Extract {
    fn extract_range(&mut self, engine: u64) -> Vec<Arc<Host>>;
}

impl Extract for BTreeMap<(u64, String), Arc<Host>> {
    /// Takes the hosts of an engine out.
    fn extract_range(&mut self, engine: u64) -> Vec<Arc<Host>> {
        let mut of_engine = self.split_off(&(engine, String::new()));
        let mut later = of_engine.split_off(&(engine + 1, String::new()));
        self.append(&mut later);
        of_engine.into_values().collect()
    }
}

/// From now on replies end their connections, and those that idle in a pool end now: the next request on them may be another
/// test's.
fn share() {
    if IS_SHARED.swap(true, Ordering::SeqCst) {
        return;
    }
    let engines = lock().engines.clone();
    for active in engines {
        active.connections.end_idle();
    }
}

/// Whether what a pool keeps may meet another test's request: known before the second test begins, where that can be.
pub(crate) fn is_shared() -> bool {
    standin_core::may_run_at_once() || IS_SHARED.load(Ordering::SeqCst)
}

/// Remembers the runtime that this thread is in, where there is one: in an initialiser it is being made, unless it was seen before.
pub(super) fn entered(is_initialising: bool) {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    let mut world = lock();
    if world.runtimes.len() > REMEMBERED {
        world.runtimes.retain(|_, is_of_process| *is_of_process);
    }
    let runtime = world.runtimes.entry(runtime.id());
    runtime.or_insert(is_initialising);
}

/// The engines that are meant.
pub(super) fn engines(are_meant: impl Fn(&Active) -> bool) -> Vec<Arc<Active>> {
    // Copied out: engines have locks of their own.
    let mut engines = lock().engines.clone();
    engines.retain(|active| are_meant(active));
    engines
}

fn is_main() -> bool {
    // SAFETY: neither can fail, nor takes anything.
    unsafe { libc::gettid() == libc::getpid() }
}

/// The engine that is active on this thread, where it has not ended.
pub(super) fn explicit() -> Option<Arc<Active>> {
    let engine = standin_core::active()?;
    (!engine.has_ended()).then(|| of(&engine))
}

/// What is known of an engine; it becomes known here.
fn of(engine: &Engine) -> Arc<Active> {
    let mut world = lock();
    if let Some(known) = world.engines.iter().find(|active| active.engine.is(engine)) {
        return Arc::clone(known);
    }
    world.last_number += 1;
    let active = Arc::new(Active {
        number: world.last_number,
        engine: engine.clone(),
        test: thread::current()
            .name()
            .unwrap_or("without a name")
            .to_owned(),
        connections: Connections::default(),
    });
    // One that ended meanwhile was told of before it was known.
    if !engine.has_ended() {
        world.engines.push(Arc::clone(&active));
    }
    active
}

impl World {
    pub(super) fn engines(&self) -> &[Arc<Active>] {
        &self.engines
    }

    pub(super) fn engine(&self, number: u64) -> Option<Arc<Active>> {
        let mut engines = self.engines.iter();
        engines.find(|active| active.number == number).cloned()
    }

    /// The number of the engine that a lineage has, or had last.
    pub(super) fn engine_of(&self, lineage: u64) -> Option<u64> {
        self.lineages.get(&lineage).copied()
    }

    /// Whether this thread works on a task of a runtime that was made in an initialiser. Such a runtime starts threads for what blocks
    /// where a test asks it to, and gives them to the next.
    pub(super) fn is_in_task_of_process(&self) -> bool {
        if tokio::task::try_id().is_none() {
            return false;
        }
        let runtime = Handle::try_current();
        runtime.is_ok_and(|runtime| self.runtimes.get(&runtime.id()) == Some(&true))
    }

    pub(super) fn named(&self, address: Ipv4Addr) -> Option<Named> {
        self.names.get(&address).cloned()
    }

    /// The host of this name for an engine, which gets an address when it is first asked for.
    pub(super) fn host(&mut self, active: &Active, name: &str) -> Arc<Host> {
        let key = (active.number, name.to_owned());
        if let Some(host) = self.hosts.get(&key) {
            return Arc::clone(host);
        }
        let name: Arc<str> = name.into();
        let host = Arc::new(Host::new(Arc::clone(&name), self.next_address()));
        if !active.engine.has_ended() {
            self.hosts.insert(key, Arc::clone(&host));
        }
        self.name(&host, active.number);
        host
    }

    pub(super) fn hosts_of(&self, active: &Active) -> Vec<Arc<Host>> {
        let from = (active.number, String::new());
        let to = (active.number + 1, String::new());
        self.hosts
            .range(from..to)
            .map(|(_, host)| Arc::clone(host))
            .collect()
    }

    /// The address that stands for a name without saying for which engine.
    pub(super) fn shared_address(&mut self, name: &str) -> Ipv4Addr {
        self.address_of_no_engine(NOBODY, name)
    }

    /// The address that stands for a name which no engine claims.
    pub(super) fn unclaimed_address(&mut self, name: &str) -> Ipv4Addr {
        self.address_of_no_engine(UNCLAIMED, name)
    }

    fn address_of_no_engine(&mut self, number: u64, name: &str) -> Ipv4Addr {
        let key = (number, name.to_owned());
        if let Some(host) = self.hosts.get(&key) {
            return host.address;
        }
        let host = Arc::new(Host::new(name.into(), self.next_address()));
        self.name(&host, number);
        let address = host.address;
        self.hosts.insert(key, host);
        address
    }

    /// Gives the host another address: somebody else has a port of the one that it has.
    pub(super) fn move_host(&mut self, active: &Active, host: &Host) -> Arc<Host> {
        let moved = Arc::new(Host::new(Arc::clone(&host.name), self.next_address()));
        let key = (active.number, host.name.to_string());
        if let Some(there) = self.hosts.get_mut(&key) {
            *there = Arc::clone(&moved);
        }
        self.name(&moved, active.number);
        moved
    }

    fn name(&mut self, host: &Host, engine: u64) {
        let named = Named {
            engine,
            name: Arc::clone(&host.name),
        };
        self.names.insert(host.address, named);
    }

    /// Addresses begin at a place of the process's own, so that processes side by side rarely meet.
    fn next_address(&mut self) -> Ipv4Addr {
        let mut offset = match self.last_address {
            Some(last) => last.wrapping_add(1) % BLOCK,
            None => std::process::id().wrapping_mul(0x9e37_79b1) % BLOCK,
        };
        while self.names.contains_key(&Ipv4Addr::from(FIRST + offset)) {
            offset = (offset + 1) % BLOCK;
        }
        self.last_address = Some(offset);
        Ipv4Addr::from(FIRST + offset)
    }

    /// What a client that is connected to `address` meant.
    pub(super) fn meant(&self, address: SocketAddr) -> Option<SocketAddr> {
        self.doors.get(&address).copied()
    }

    pub(super) fn opened(&mut self, at: SocketAddr, meant: SocketAddr) {
        self.doors.insert(at, meant);
    }

    pub(super) fn closed(&mut self, door: SocketAddr) {
        self.doors.remove(&door);
    }

    /// Remembers by which name an engine let a real address be resolved.
    pub(super) fn resolved(&mut self, active: &Active, name: &str, address: IpAddr) {
        let names = self.resolved.entry((active.number, address)).or_default();
        names.insert(name.to_owned());
    }

    pub(super) fn names_of(&self, active: &Active, address: IpAddr) -> Vec<String> {
        let names = self.resolved.get(&(active.number, address));
        names.into_iter().flatten().cloned().collect()
    }
}

/// The name that no engine claimed when it was looked up, where an address stands for one.
pub(super) fn unclaimed_name(address: IpAddr) -> Option<String> {
    let IpAddr::V4(address) = address else {
        return None;
    };
    let named = is_ours(address).then(|| lock().named(address)).flatten();
    let named = named.filter(|named| named.engine == UNCLAIMED)?;
    Some(named.name.to_string())
}

/// Whether an address is of the block that stands for names.
pub(super) fn is_ours(address: Ipv4Addr) -> bool {
    (FIRST..FIRST + BLOCK).contains(&address.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_loopback_and_never_given_twice() {
        let mut world = lock();
        world.last_address = Some(BLOCK - 2);
        let (last, first) = (world.next_address(), world.next_address());
        assert_eq!(last, Ipv4Addr::new(127, 127, 255, 255));
        assert_eq!(first, Ipv4Addr::new(127, 64, 0, 0));
        assert!(is_ours(last) && is_ours(first) && !is_ours(Ipv4Addr::LOCALHOST));
    }
}
