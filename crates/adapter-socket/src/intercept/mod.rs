//! The hooks of this process, and what they know.
//!
//! `whose.rs` has the decision; `resolve.rs` and `connect.rs` are the hooks that ask for it, `meeting.rs` is what a client meets,
//! `door.rs` where its connection goes, `unix.rs` where one to a socket of Unix does,
//! `asked.rs` where one does whose request has to tell whose it is.
//! `seal/` is for clients that call no function of libc.
//! What a thread inherits is in `lineage.rs` and `once.rs`, what the process knows in `world.rs`.

mod address;
mod asked;
mod connect;
mod datagram;
mod door;
mod fork;
mod hole;
mod lineage;
mod meeting;
mod names;
mod once;
mod out;
mod query;
mod resolve;
mod seal;
mod unix;
mod whose;
mod world;

use std::sync::OnceLock;

use standin_hooks::Table;

use crate::unavailable::Unavailable;

pub(crate) use asked::Asked;
pub(crate) use fork::process;
pub(crate) use meeting::{Coming, Meeting};
pub(crate) use names::serve as serve_names;
pub(crate) use resolve::really;
pub(crate) use whose::tell_of_crowd;
pub(crate) use world::{Active, is_shared};

static TABLE: Table = Table {
    connect: Some(connect::connect),
    getpeername: Some(connect::getpeername),
    getsockopt: Some(hole::getsockopt),
    getaddrinfo: Some(resolve::getaddrinfo),
    gethostbyname: Some(resolve::gethostbyname),
    gethostbyname2: Some(resolve::gethostbyname2),
    gethostbyname_r: Some(resolve::gethostbyname_r),
    gethostbyname2_r: Some(resolve::gethostbyname2_r),
    send: Some(datagram::send),
    recvfrom: Some(datagram::recvfrom),
    recvmsg: Some(datagram::recvmsg),
    recvmmsg: Some(datagram::recvmmsg),
    sendto: Some(datagram::sendto),
    sendmsg: Some(datagram::sendmsg),
    sendmmsg: Some(datagram::sendmmsg),
    #[cfg(feature = "tls")]
    fopen: Some(crate::trust::fopen),
    #[cfg(feature = "tls")]
    fopen64: Some(crate::trust::fopen64),
    #[cfg(not(feature = "tls"))]
    fopen: None,
    #[cfg(not(feature = "tls"))]
    fopen64: None,
};

/// Before `main`: threads that exist when a test begins are known by who started them, and no initialiser is running yet.
extern "C" fn before_main() {
    if wanted() == Wanted::Off {
        return;
    }
    once::calibrate();
    standin_hooks::install_threads(&lineage::THREADS);
    // Nothing may unwind into the loader. What failed is missing then, and a client that trusts nothing is told of.
    #[cfg(feature = "tls")]
    let _ = std::panic::catch_unwind(|| {
        // SAFETY: it is before `main`, and nobody has started a thread.
        unsafe { crate::trust::prepare() }
    });
}

#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

/// What `STANDIN_INTERCEPT` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    On,
    Sealed,
    Off,
    Unknown,
}

fn wanted() -> Wanted {
    match std::env::var_os("STANDIN_INTERCEPT") {
        None => Wanted::On,
        Some(said) => match said.as_encoded_bytes() {
            b"" | b"on" => Wanted::On,
            b"sealed" => Wanted::Sealed,
            b"off" => Wanted::Off,
            _ => Wanted::Unknown,
        },
    }
}

pub(crate) fn start() -> Result<(), Unavailable> {
    static STARTED: OnceLock<Result<(), Unavailable>> = OnceLock::new();
    *STARTED.get_or_init(|| {
        let wanted = wanted();
        hook(wanted)?;
        match wanted {
            Wanted::Sealed => seal::seal(),
            _ => Ok(()),
        }
    })
}

pub(crate) fn seal() -> Result<(), Unavailable> {
    start()?;
    seal::seal()
}

fn hook(wanted: Wanted) -> Result<(), Unavailable> {
    match wanted {
        Wanted::Off => return Err(Unavailable::SWITCHED_OFF),
        Wanted::Unknown => return Err(Unavailable::MISSPELT),
        Wanted::On | Wanted::Sealed => {}
    }
    let exported = standin_hooks::check();
    if !standin_core::observe(&world::Ears) {
        return Err(Unavailable::OBSERVED);
    }
    fork::follow();
    standin_hooks::install(&TABLE);
    // The linker has bound the executable's own calls to the hooks, whatever libraries call.
    exported.map_err(Unavailable::shadowed)
}

pub(crate) fn shared_pool(prefix: &'static str) {
    let mut end = prefix.len().min(15);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    let mut world = world::lock();
    if !world.pools.contains(&&prefix[..end]) {
        world.pools.push(&prefix[..end]);
    }
}
