//! Code that makes its own client, with its URL written in, four crates down, has no place for an adapter. It has sockets.
//!
//! After [`start`], a connection that any client of this process makes is looked at before libc does: where a mock of the engine
//! of its test could answer, it goes to that engine over loopback; where none could and the network policy keeps it, it is refused,
//! and verification fails. Loopback stays open, and what belongs to no engine is left alone. Tests that run side by side in one
//! process keep to their own engines.
//!
//! Users want the crate `standin` with its feature `intercept`, whose `activate()` starts this.
//!
//! # Whose connection is it?
//!
//! In this order: the engine that is active where the connection is made (`activate()`, `engine.attach(..)`); the engine for which
//! the name was resolved; the one that was active where the thread was started; the test whose threads started this one; the only
//! engine that could answer. Where several could, the first request has to tell: it goes to the one engine that has a mock which it
//! fits, asked without a closure and without its body. Where that is none or more than one, or a mock of connections is among them,
//! the connection is refused or ended, and the reports of their tests say how to mend it. It is never a guess.
//! Where threads of one test each make an engine active, what each starts afterwards is its engine's.
//!
//! A thread that was started in a `Once`, `OnceLock` or `LazyLock` (rayon's global pool, a static runtime) or whose name is that of
//! a pool which the process shares ([`shared_pool`]) belongs to no test: what runs there is carried by `engine.attach(..)`. What no
//! mock wants is left alone on the former. A pool by name works for somebody (smol looks names up there): what no mock wants is
//! refused, and is a finding of the only engine that is active; of several, it is in no journal, and each report that there is says so. What a tokio
//! runtime that was made in an initialiser starts for what blocks is such a pool, whatever its name.
//!
//! # Where
//!
//! On Linux with glibc, linked dynamically; [`start`] says why not elsewhere. Linked with `--exclude-libs`, clients in Rust are intercepted and
//! those of shared libraries are not, which it says too. `STANDIN_INTERCEPT=off` switches it off,
//! `STANDIN_INTERCEPT=sealed` seals the process.
//!
//! # What is more than a reply
//!
//! - **A request that passes through**, by a mock or by the network policy, on a connection that mocks claim: the responder takes it to
//!   the real server, over a connection of its own, and over TLS where the client spoke it, verified by the roots that the process
//!   trusted before and standin's. What an adapter opens for such a request is marked ([`standin_core::bypass`]) and let by.
//! - **Faults of looking up and connecting** are the errors of libc: `EAI_NONAME`, `EAI_AGAIN`, `ECONNREFUSED`, `ETIMEDOUT`,
//!   `EHOSTUNREACH`, a connect that goes on for as long as a mock says or for ever. On a tokio runtime that is its time, paused time
//!   too. A thread that blocks waits by the machine's, and a look-up whose runtime has its time paused does not wait at all.
//! - **Faults of TLS** strike in the handshake, with certificates that are really expired, another host's or of another issuer.
//! - **Queries to a name server**, any that listens at port 53, over UDP or TCP, are answered as a look-up by libc is: a mocked name has
//!   its address and none of IPv6, another one is not there and is a finding, and what the policy lets out is looked up by libc.
//! - **A datagram socket that is connected** is no finding before it sends.
//!
//! # The seal
//!
//! Clients that make their system calls themselves pass by libc, and by what stands before it: rustix does, and so async-io, async-net
//! and smol. [`seal`] closes that way. A filter of seccomp traps the calls that hooks stand for (`connect`, `sendto`, `sendmsg`,
//! `recvfrom`, `getpeername` and their like) where instructions of the executable itself make them, or libc's function `syscall`; the
//! same code as ever then runs on the same thread, in a handler of SIGSYS. So all of the above holds for them too: whose a connection is,
//! its errors, its findings. `io_uring_setup` says `ENOSYS`, as on a kernel without it, so that runtimes fall back. A name that a pool
//! looks up (`blocking`, which async-net asks) is decided about where its owner connects.
//!
//! It is for Linux on x86_64 and aarch64 (where it was compiled, and never ran), from 4.17. [`seal`] tries the trap before it says that
//! it is there. Without it nothing of this is in the process: no filter, no handler. What has to be known of it:
//!
//! - **It cannot be undone**, and holds for every thread. Tests that shall not be sealed belong into another test binary.
//! - **Programs that are started inherit the filter**, and not the handler. Theirs is other text at other addresses, so that they run on,
//!   without io_uring. Where addresses are not random (`setarch -R`, a debugger, an executable that is linked to fixed addresses) a call of
//!   sockets that such a program makes without libc may come from where this executable's text was: it ends by SIGSYS. Without the right to
//!   administer the system (`CAP_SYS_ADMIN`) the process and its children also give up `setuid` (`PR_SET_NO_NEW_PRIVS`), as the
//!   kernel demands. A child that `fork` made is as its parent.
//! - **SIGSYS is taken.** What is none of this filter's goes to who had the signal before; who takes it later takes the traps too. A
//!   thread that blocks SIGSYS and connects past libc ends the process, which is the kernel's way. A debugger stops at each trap:
//!   `handle SIGSYS nostop noprint pass` in gdb.
//! - A trap takes time, and only these calls are trapped; the filter is not asked about others.
//! - System calls that another shared library makes by instructions of its own are not trapped; those that it makes by libc are, as ever.
//!   Neither are 32-bit calls, nor a ring of io_uring that came from another process; one that this process has already is an error of
//!   [`seal`].
//!
//! # Limits
//!
//! - Without [the seal](crate#the-seal), raw system calls (rustix, and so smol and async-io) and io_uring to a literal address pass by. By
//!   name they come to mocks where the real port may be bound on loopback. With it or without, it is no sandbox, and
//!   programs that are started are not intercepted.
//! - A pool that is neither made in an initialiser nor named to [`shared_pool`], and that grows where a test asks it for a thread, works as for that
//!   test for whoever comes next, as long as that test's engine lives: so do threads for what blocks of a `current_thread` runtime in a
//!   `static`, and what other tests spawn on one runs on the thread of the test that blocks on it. `engine.attach(..)` carries the right one
//!   into all but the last.
//! - What libc asks a name server by functions that are none of `getaddrinfo` and `gethostbyname` is asked of the real one, sealed or not:
//!   `res_query` and its like, `getaddrinfo_a`, and names of addresses by `getnameinfo` and `gethostbyaddr`.
//! - An executable that is linked statically, with musl or `+crt-static`, is not intercepted, sealed or not.
//! - HTTP/1.1 and HTTP/2, and with the feature `tls` the same over TLS. Certificates that are pinned and roots of a client's
//!   own are not covered. No mock answers datagrams but queries to name servers:
//!   those of a test are refused, unless the network policy lets them out. `write` on a socket that was connected is not seen, and goes
//!   nowhere: such a socket is not really connected, and `write` fails with EDESTADDRREQ, which is in no journal. DNS over TLS and HTTPS is TLS and HTTP like any other: its servers can be mocked, names are not read there.
//! - Whatever else is spoken is served by mocks of connections (`mock::tcp(..)`, `mock::unix(..)`). A socket of Unix is taken over by the
//!   path that the client writes, and only where a mock names it: any other stays what it is, for what stays on the machine is not the
//!   network. `getpeername` does not name the path. A connect to one never goes on, here as ever: a socket that does not wait is connected
//!   at once to what is slow or hangs, and hears nothing meanwhile; what fails late ends that connection.
//! - A request of which the real server's TLS wants a client's certificate cannot pass.
//! - A client that connects without libc (raw system calls), unsealed, has its connection before what is declared of connecting strikes: as a
//!   reset.
//! - Its tests run under AddressSanitizer (`cargo xtask asan`) and ThreadSanitizer (`cargo xtask tsan`), where one report of tokio's
//!   is suppressed.
//! - Where tests can run at once in the process (libtest, unless it is told `--test-threads=1`; not nextest), a pool may be shared by them. So
//!   replies say `connection: close`, and a client that offers HTTP/2 and HTTP/1.1 by ALPN gets HTTP/1.1, unless a mock says
//!   `reply(200).version(HTTP_2)` or what HTTP/2 alone can carry out. A connection of HTTP/2, of a client that knows no other, says GOAWAY ahead of its first answer; what others ask by it
//!   before that is answered as its opener's, and the reports say so. A client of hyper's on a runtime of several threads gives up a request whose GOAWAY comes before the
//!   task that sent it ran again, so there the first answer comes 10 ms later, or up to five times that where threads are woken
//!   late. That makes it rare, and does not rule it out.

#[cfg(hooked)]
mod connections;
#[cfg(not(hooked))]
mod elsewhere;
#[cfg(hooked)]
mod intercept;
#[cfg(hooked)]
mod parking;
#[cfg(hooked)]
mod responder;
#[cfg(all(hooked, feature = "tls"))]
mod trust;
mod unavailable;
#[cfg(hooked)]
mod upstream;

#[cfg(not(hooked))]
use elsewhere as intercept;

pub use unavailable::Unavailable;

/// Starts interception in this process, once; later calls say the same.
///
/// Nothing changes for a thread of no engine whose targets no engine mocks.
///
/// # Errors
/// With the reason, when connections cannot be intercepted here: what no adapter brings goes where it wants. In an executable that was
/// linked with `--exclude-libs` that is so of shared libraries alone, and clients in Rust are intercepted.
pub fn start() -> Result<(), Unavailable> {
    intercept::start()
}

/// Starts interception, and seals the process: from now on it also sees the clients that make their system calls themselves (smol,
/// async-io, whatever is built on rustix), and io_uring is not to be had. `STANDIN_INTERCEPT=sealed` has [`start`] do it. Later
/// calls say the same.
///
/// It cannot be undone, holds for all threads, and goes on in programs that are started: see [the seal](crate#the-seal).
///
/// # Errors
/// As of [`start`], and with the reason when the process cannot be sealed here; its connections are intercepted all the same.
pub fn seal() -> Result<(), Unavailable> {
    intercept::seal()
}

/// Says that threads whose name begins with `prefix` are shared by the tests of this process, so that none of them owns what they
/// do: the thread pools of the `blocking` and `async-io` crates, and of smol, are known. The first 15 bytes of a name count.
pub fn shared_pool(prefix: &'static str) {
    intercept::shared_pool(prefix);
}
