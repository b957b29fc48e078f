//! Before there is a request there is a connection, and before that a name: which of them could lead to this URL?

use super::normal;
use super::{HostPattern, UrlPattern, is_loopback};

impl UrlPattern {
    /// Whether a connection to this host (in its normal form) and port could carry a request that fits.
    pub(crate) fn claims(&self, host: &str, port: u16) -> bool {
        self.claims_host(host)
            && match (self.port, self.scheme.as_deref()) {
                (Some(mine), _) => mine == port,
                (None, _) if self.host == HostPattern::Any => true,
                (None, Some(scheme)) => normal::default_port(scheme) == Some(port),
                (None, None) => matches!(port, 80 | 443),
            }
    }

    /// Whether a connection to some port of this host could carry a request that fits.
    ///
    /// Loopback, where the program's own servers and databases live, is claimed by a literal host only.
    pub(crate) fn claims_host(&self, host: &str) -> bool {
        match &self.host {
            HostPattern::Literal(mine) => mine == host,
            wide => wide.fits(host) && !is_loopback(host),
        }
    }

    /// The ports by which a request that fits could come, where they can be told.
    pub(crate) fn ports(&self) -> Vec<u16> {
        match (self.port, self.scheme.as_deref()) {
            (Some(mine), _) => vec![mine],
            (None, _) if self.host == HostPattern::Any => Vec::new(),
            (None, Some(scheme)) => normal::default_port(scheme).into_iter().collect(),
            (None, None) => vec![80, 443],
        }
    }
}
