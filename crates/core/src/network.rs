//! Which unmatched traffic may reach the real network; none, unless a test says so.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::conversation::host_of_path;
use crate::declare::DeclareError;
use crate::matching::Pattern;
use crate::url::normal;
use crate::url::{HostPattern, PathPattern, UrlPattern};

/// Where a request or a connection wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destination {
    /// `http`, `https`, or empty when it is not known.
    pub scheme: String,
    /// The host in its normal form.
    pub host: String,
    /// The port, the scheme's default filled in.
    pub port: Option<u16>,
}

impl Destination {
    /// A destination, its host brought into the normal form.
    pub fn new(scheme: &str, host: &str, port: Option<u16>) -> Self {
        Self {
            scheme: normal::scheme(scheme).into_owned(),
            host: normal::host(host).into_owned(),
            port: port.or_else(|| normal::default_port(scheme)),
        }
    }

    /// The socket of Unix at this path, as `mock::unix(..)` knows it; an abstract one begins with `@`.
    pub fn unix(path: &[u8]) -> Self {
        Self::new("http", &host_of_path(path), None)
    }

    /// The host as an address, where it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }
}

/// Closed, or open for what its filters accept.
#[derive(Debug, Clone, Default)]
pub struct NetworkPolicy {
    /// In the order in which they were said.
    steps: Vec<Step>,
}

/// Something that a scope said.
#[derive(Debug, Clone)]
struct Step {
    scope: u64,
    /// `None`: all that was opened before is closed.
    opens: Option<NetworkFilter>,
}

/// What may leave; made by everything that implements [`IntoNetworkFilter`].
#[derive(Clone)]
pub struct NetworkFilter(Filter);

#[derive(Clone)]
enum Filter {
    Url(Box<UrlPattern>),
    Block {
        address: IpAddr,
        bits: u8,
        source: String,
    },
    Pattern(Pattern),
    Closure(Arc<dyn Fn(&Destination) -> bool + Send + Sync>),
}

impl NetworkPolicy {
    pub(crate) fn allow(&mut self, scope: u64, filter: NetworkFilter) {
        self.steps.push(Step {
            scope,
            opens: Some(filter),
        });
    }

    /// Forgets what this scope opened, and closes what others did until it is left.
    pub(crate) fn close(&mut self, scope: u64) {
        self.steps.retain(|step| step.scope != scope);
        if !self.steps.is_empty() {
            self.steps.push(Step { scope, opens: None });
        }
    }

    /// As it is when a scope was left.
    pub(crate) fn without(&self, scope: u64) -> Self {
        let mut rest = self.clone();
        rest.steps.retain(|step| step.scope != scope);
        rest
    }

    /// What was opened and not closed since.
    fn filters(&self) -> impl Iterator<Item = &NetworkFilter> {
        let open = self.steps.iter().rposition(|step| step.opens.is_none());
        self.steps[open.map_or(0, |at| at + 1)..]
            .iter()
            .filter_map(|step| step.opens.as_ref())
    }

    /// Whether nothing may leave.
    pub fn is_closed(&self) -> bool {
        self.filters().next().is_none()
    }

    /// Whether a request to `destination` may leave. User code may run: never asked inside a lock.
    pub fn allows(&self, destination: &Destination) -> bool {
        self.filters().any(|filter| filter.accepts(destination))
    }

    /// Whether something of this destination, whose port or address is not known yet, could leave.
    pub(crate) fn may_allow(&self, destination: &Destination) -> bool {
        self.filters().any(|filter| match &filter.0 {
            Filter::Url(url) => url.host.fits(&destination.host),
            Filter::Pattern(pattern) => pattern.accepts_one(destination.host.as_bytes()),
            // A name may have an address in the block, and a closure may want to see the port.
            Filter::Block { .. } | Filter::Closure(_) => true,
        })
    }

    /// Why a request was kept, for a report; `None` when the network is simply closed.
    pub(crate) fn refusal(&self) -> Option<String> {
        if self.is_closed() {
            return None;
        }
        let open: Vec<String> = self.filters().map(ToString::to_string).collect();
        Some(format!("the network is open for {} only", open.join(", ")))
    }
}

impl NetworkFilter {
    fn accepts(&self, to: &Destination) -> bool {
        match &self.0 {
            Filter::Url(url) => {
                url.host.fits(&to.host)
                    && url.port.is_none_or(|port| to.port == Some(port))
                    && url.scheme_fits(&to.scheme)
            }
            Filter::Block { address, bits, .. } => {
                to.ip().is_some_and(|ip| same_block(ip, *address, *bits))
            }
            Filter::Pattern(pattern) => pattern.accepts_one(to.host.as_bytes()),
            Filter::Closure(accepts) => accepts(to),
        }
    }
}

fn same_block(ip: IpAddr, block: IpAddr, bits: u8) -> bool {
    match (ip, block) {
        (IpAddr::V4(ip), IpAddr::V4(block)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            ip.to_bits() & mask == block.to_bits() & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(block)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            ip.to_bits() & mask == block.to_bits() & mask
        }
        _ => false,
    }
}

impl fmt::Display for NetworkFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Filter::Url(url) => write!(f, "{url}"),
            Filter::Block { source, .. } => f.write_str(source),
            Filter::Pattern(pattern) => write!(f, "hosts like {pattern}"),
            Filter::Closure(_) => f.write_str("what a closure accepts"),
        }
    }
}

impl fmt::Debug for NetworkFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkFilter({self})")
    }
}

mod marker {
    #[derive(Debug)]
    pub struct Value;
    #[derive(Debug)]
    pub struct Closure;
}

/// Whatever may stand in `enable_network(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say which traffic may leave",
    label = "not a network filter",
    note = "expected a host (\"localhost\", \"*.example.com\"), \"host:port\", a CIDR block (\"10.0.0.0/8\"), `re(..)` over the host, \
            `any()`, or a closure `|to: &Destination| ..`"
)]
pub trait IntoNetworkFilter<M> {
    /// Converts, or says what is wrong.
    ///
    /// # Errors
    /// When it is no host, no block and no valid pattern.
    #[track_caller]
    fn into_network_filter(self) -> Result<NetworkFilter, DeclareError>;
}

impl IntoNetworkFilter<marker::Value> for &str {
    fn into_network_filter(self) -> Result<NetworkFilter, DeclareError> {
        if let Some((address, bits)) = self.split_once('/')
            && let (Ok(address), Ok(bits)) = (address.parse::<IpAddr>(), bits.parse::<u8>())
        {
            if bits > if address.is_ipv4() { 32 } else { 128 } {
                return Err(DeclareError::new(format!(
                    "`{self}` is no block of addresses: {bits} bits are too many"
                )));
            }
            return Ok(NetworkFilter(Filter::Block {
                address,
                bits,
                source: self.to_owned(),
            }));
        }
        let url = match UrlPattern::parse(self) {
            Ok(url) => url,
            Err(error) => return Err(DeclareError::new(error.of("host", self))),
        };
        if url.host == HostPattern::Any
            || !matches!(url.path, PathPattern::Any)
            || !url.query.is_empty()
        {
            return Err(DeclareError::new(format!(
                "`{self}` is not a host: the network is opened for hosts, not for paths; write `enable_network(\"host\")`"
            )));
        }
        Ok(NetworkFilter(Filter::Url(Box::new(url))))
    }
}

impl IntoNetworkFilter<marker::Value> for String {
    fn into_network_filter(self) -> Result<NetworkFilter, DeclareError> {
        self.as_str().into_network_filter()
    }
}

impl IntoNetworkFilter<marker::Value> for Pattern {
    fn into_network_filter(self) -> Result<NetworkFilter, DeclareError> {
        match self.error() {
            Some(error) => Err(error.clone()),
            None => Ok(NetworkFilter(Filter::Pattern(self))),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fn(&Destination) -> bool + Send + Sync + 'static> IntoNetworkFilter<marker::Closure> for F {
    fn into_network_filter(self) -> Result<NetworkFilter, DeclareError> {
        Ok(NetworkFilter(Filter::Closure(Arc::new(self))))
    }
}
