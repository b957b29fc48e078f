//! A socket of Unix is a server too (`/var/run/docker.sock`): a path that mocks name is answered, and any other stays what it is.
//!
//! A connect to one never goes on: the kernel makes the connection at once, whether or not the server accepts, or has no room for it. So a
//! socket that does not wait is connected to what is slow or hangs, as it would be to a server that does not accept.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use http::Uri;
use libc::c_int;
use standin_core::Destination;
use standin_hooks::real;
use standin_wire::Origin;

use super::address::Raw;
use super::connect::failed;
use super::door::is_stream;
use super::meeting::{Turned, at_once, coming};
use super::whose::{self, Decision};
use crate::parking::wait;
use crate::responder::{self, Job};

/// Connects to a socket of Unix, where mocks name it.
pub(super) fn connect(fd: c_int, path: Vec<u8>) -> Option<c_int> {
    let to = Destination::unix(&path);
    match whose::of_socket(&to) {
        Decision::Serve(active, _) if is_stream(fd) == Some(true) => {
            let (waits, mut coming) = (waits(fd), coming(&active, to.clone()));
            let met = match waits {
                true => wait(&mut coming, None),
                false => at_once(&mut coming),
            };
            let meeting = match met {
                Some(Ok(meeting)) => Some(meeting),
                Some(Err(Turned::LetOut)) => return None,
                Some(Err(Turned::Failed(errno))) => return Some(failed(errno)),
                None => None,
            };
            let stream = match joined(fd) {
                Ok(stream) => stream,
                Err(error) => {
                    return Some(failed(error.raw_os_error().unwrap_or(libc::ECONNREFUSED)));
                }
            };
            let url = format!("http://{}/", to.host).parse::<Uri>();
            let origin = url.map_or_else(|_| Origin::behind(None), |url| Origin::of(&url));
            let job = Job::new(&active, stream, origin, to);
            let job = match meeting {
                Some(meeting) => job.meets(meeting),
                None => job.meets_what_comes(coming),
            };
            responder::respond(job, !waits);
            Some(0)
        }
        Decision::Several(candidates, _) => {
            whose::tell(&candidates, &String::from_utf8_lossy(&path));
            Some(failed(libc::ECONNREFUSED))
        }
        _ => None,
    }
}

/// Whether its calls wait.
fn waits(fd: c_int) -> bool {
    // SAFETY: whatever the descriptor is, the kernel says.
    unsafe { libc::fcntl(fd, libc::F_GETFL) & libc::O_NONBLOCK == 0 }
}

fn checked(code: c_int) -> io::Result<c_int> {
    match code {
        -1 => Err(io::Error::last_os_error()),
        code => Ok(code),
    }
}

/// Connects the client's socket to one of ours, by a listener of its own that is gone when this returns.
fn joined(fd: c_int) -> io::Result<TcpStream> {
    let flags = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    // SAFETY: nothing is passed but numbers.
    let listener = checked(unsafe { libc::socket(libc::AF_UNIX, flags, 0) })?;
    // SAFETY: the kernel has just made this descriptor for us.
    let listener = unsafe { OwnedFd::from_raw_fd(listener) };
    let mut address = Raw::of_family(libc::AF_UNIX);
    // SAFETY: the address is valid; of a family alone, the kernel chooses an abstract name.
    checked(unsafe { libc::bind(listener.as_raw_fd(), address.as_ptr(), address.length) })?;
    // SAFETY: nothing is passed but numbers.
    checked(unsafe { libc::listen(listener.as_raw_fd(), 1) })?;
    address = Raw::empty();
    let length = &raw mut address.length;
    // SAFETY: there is as much room as `length` says.
    checked(unsafe { libc::getsockname(listener.as_raw_fd(), address.as_mut_ptr(), length) })?;
    // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
    checked(unsafe { real::connect(fd, address.as_ptr(), address.length) })?;
    let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    let nobody = std::ptr::null_mut();
    // SAFETY: no address is asked for.
    let ours = checked(unsafe {
        libc::accept4(listener.as_raw_fd(), nobody, std::ptr::null_mut(), flags)
    })?;
    // SAFETY: the kernel has just made this descriptor for us. It is the socket of a stream; what only TCP has fails, and is not
    // asked for but where its failing is nothing.
    Ok(unsafe { TcpStream::from_raw_fd(ours) })
}
