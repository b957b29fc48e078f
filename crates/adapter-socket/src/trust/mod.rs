//! A client that is answered over TLS has to trust what answers it, and nobody passes it a root: the process itself must trust
//! standin's CA, before `main` and whichever library reads which roots.
//!
//! - `SSL_CERT_FILE` names a bundle (`bundle.rs`): the system's roots, or those that the variable named before, and standin's CA.
//! - What opens a well-known bundle by `fopen` gets that bundle in its place (`files.rs`).
//! - With feature `webpki-roots`, roots that are compiled in are planted with it (`anchors.rs`, `victims.rs`).
//!
//! `STANDIN_INTERCEPT=off` ends all of it.

#[cfg(feature = "webpki-roots")]
mod anchors;
mod bundle;
mod files;
#[cfg(feature = "webpki-roots")]
mod root;
#[cfg(feature = "webpki-roots")]
mod victims;

use std::io;
use std::sync::OnceLock;

use standin_wire::tls::Connector;

use self::bundle::Bundle;
pub(crate) use self::files::{fopen, fopen64};

/// What became of it before `main`.
#[derive(Debug)]
struct Trust {
    bundle: Option<Bundle>,
    complaints: Vec<String>,
}

static TRUST: OnceLock<Trust> = OnceLock::new();

/// What a user has to know who is not trusted: one sentence for each way that is closed. Empty where all went well, or where
/// interception is off.
pub(crate) fn complaints() -> &'static [String] {
    TRUST.get().map_or(&[], |trust| &trust.complaints)
}

/// The bundle that clients are to trust, where there is one.
fn bundle() -> Option<&'static Bundle> {
    TRUST.get()?.bundle.as_ref()
}

/// What the real servers of requests that pass through are verified by: the roots that were trusted before, and the CA.
///
/// # Errors
/// When there is none to trust.
pub(crate) fn connector() -> io::Result<Connector> {
    static CONNECTOR: OnceLock<Connector> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector.clone());
    }
    let bundle = bundle().ok_or(io::ErrorKind::NotFound)?;
    let connector = Connector::trusting(&std::fs::read(bundle.path())?)?;
    Ok(CONNECTOR.get_or_init(|| connector).clone())
}

/// Makes the process trust the CA.
///
/// # Safety
/// Before `main` and before there are threads: the environment is written, and constants too.
pub(crate) unsafe fn prepare() {
    let mut complaints = Vec::new();
    let bundle = match Bundle::make() {
        Ok(bundle) => {
            // SAFETY: no other thread runs yet that could read the environment, as the caller says.
            unsafe { std::env::set_var(bundle::VARIABLE, bundle.path()) };
            Some(bundle)
        }
        Err(error) => {
            complaints.push(format!(
                "no bundle of roots could be written ({error}), so clients refuse standin's certificates; \
                 give them `standin::tls::ca_pem()`"
            ));
            None
        }
    };
    // SAFETY: the caller's own contract.
    #[cfg(feature = "webpki-roots")]
    complaints.extend(unsafe { plant() });
    let _ = TRUST.set(Trust { bundle, complaints });
}

/// Plants the CA among the roots that are compiled in.
///
/// # Safety
/// No other thread may run.
#[cfg(feature = "webpki-roots")]
unsafe fn plant() -> Option<String> {
    use self::anchors::Planted;

    // SAFETY: asks whether a symbol is there, by a name that is a string of C.
    if !unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__asan_init".as_ptr()) }.is_null() {
        return Some(
            "compiled-in roots (webpki-roots) stay as they are under AddressSanitizer".to_owned(),
        );
    }
    let Some(root) = root::of(standin_wire::tls::ca_der()) else {
        return Some("the CA could not be read".to_owned());
    };
    // SAFETY: the caller's own contract.
    match unsafe { anchors::plant(&root) } {
        Planted::NoList | Planted::Slices(_) => None,
        Planted::NoVictim => Some(
            "webpki-roots is compiled in, but in a version with none of the roots that standin could take the place of; \
             clients that use it refuse standin's certificates"
                .to_owned(),
        ),
        Planted::Denied(errno) => Some(format!(
            "webpki-roots is compiled in, but its pages could not be made writable ({})",
            io::Error::from_raw_os_error(errno)
        )),
    }
}
