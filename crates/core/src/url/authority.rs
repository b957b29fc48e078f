//! Which connections are ours: those whose host and port some mock could match.
//!
//! That is asked for every connection of a program, so thousands of mocks of one authority count as one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use super::normal;
use super::pattern::{HostPattern, UrlPattern};

/// The hosts and ports that a mock could match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Authority {
    host: HostPattern,
    ports: Ports,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ports {
    Any,
    /// Those of http and https.
    Default,
    One(u16),
}

/// The authorities of many mocks, each with the number of mocks that have it.
#[derive(Debug, Default)]
pub(crate) struct Authorities {
    literal: HashMap<String, BTreeMap<Ports, usize>>,
    wide: BTreeMap<Authority, usize>,
}

impl Ports {
    fn fit(self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Default => matches!(port, 80 | 443),
            Self::One(mine) => mine == port,
        }
    }

    /// Those that can be told.
    fn known(&self) -> &[u16] {
        match self {
            Self::Any => &[],
            Self::Default => &[80, 443],
            Self::One(mine) => std::slice::from_ref(mine),
        }
    }
}

impl Authority {
    /// Any host but loopback, on any port.
    pub(crate) fn any() -> Self {
        Self {
            host: HostPattern::Any,
            ports: Ports::Any,
        }
    }

    /// Whether a connection to this host (in its normal form) and port could carry a request that fits.
    ///
    /// Loopback, where the program's own servers and databases live, is claimed by a literal host only.
    pub(crate) fn claims(&self, host: &str, port: u16) -> bool {
        self.claims_host(host) && self.ports.fit(port)
    }

    pub(crate) fn claims_host(&self, host: &str) -> bool {
        match &self.host {
            HostPattern::Literal(mine) => mine == host,
            wide => wide.fits(host) && !is_loopback(host),
        }
    }
}

impl UrlPattern {
    pub(crate) fn authority(&self) -> Authority {
        let ports = match (self.port, self.scheme.as_deref()) {
            (Some(port), _) => Ports::One(port),
            (None, _) if self.host == HostPattern::Any || self.any_port => Ports::Any,
            (None, Some(scheme)) => normal::default_port(scheme).map_or(Ports::Any, Ports::One),
            (None, None) => Ports::Default,
        };
        Authority {
            host: self.host.clone(),
            ports,
        }
    }
}

impl Authorities {
    pub(crate) fn add(&mut self, authority: Authority) {
        let count = match authority.host {
            HostPattern::Literal(host) => {
                let ports = self.literal.entry(host).or_default();
                ports.entry(authority.ports).or_default()
            }
            _ => self.wide.entry(authority).or_default(),
        };
        *count += 1;
    }

    /// Takes one away that was added.
    pub(crate) fn remove(&mut self, authority: &Authority) {
        match &authority.host {
            HostPattern::Literal(host) => {
                if let Some(ports) = self.literal.get_mut(host) {
                    less(ports, &authority.ports);
                    if ports.is_empty() {
                        self.literal.remove(host);
                    }
                }
            }
            _ => less(&mut self.wide, authority),
        }
    }

    pub(crate) fn claim(&self, host: &str, port: u16) -> bool {
        self.literal
            .get(host)
            .is_some_and(|ports| ports.keys().any(|ports| ports.fit(port)))
            || self.wide.keys().any(|wide| wide.claims(host, port))
    }

    /// The ports that can be told, of those by which a host could be reached; `None` when it could not.
    pub(crate) fn ports(&self, host: &str) -> Option<BTreeSet<u16>> {
        let literal = self.literal.get(host).into_iter().flat_map(BTreeMap::keys);
        let wide = self.wide.keys().filter(|wide| wide.claims_host(host));
        let mut all = literal.chain(wide.map(|wide| &wide.ports)).peekable();
        all.peek()?;
        Some(all.flat_map(|ports| ports.known()).copied().collect())
    }
}

fn less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Whether a host in its normal form is this machine. The unspecified address is: connecting to it reaches loopback.
pub(crate) fn is_loopback(host: &str) -> bool {
    if host == "localhost" || host.ends_with(".localhost") {
        return true;
    }
    let address = host
        .strip_prefix('[')
        .and_then(|open| open.strip_suffix(']'))
        .unwrap_or(host);
    address.parse::<IpAddr>().is_ok_and(|address| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_mocks_of_a_few_authorities_are_a_few_entries() {
        let mut all = Authorities::default();
        let urls = [
            "https://x.io/a",
            "https://x.io/b",
            "x.io:8443/a",
            "/a",
            "/b",
            "*.y.io/a",
        ];
        let each = || {
            urls.iter()
                .cycle()
                .take(6_000)
                .map(|url| UrlPattern::parse(url).unwrap().authority())
        };
        each().for_each(|authority| all.add(authority));
        assert_eq!(
            (all.literal.len(), all.literal["x.io"].len(), all.wide.len()),
            (1, 2, 2)
        );
        assert!(all.claim("x.io", 443) && all.claim("z.io", 1) && !all.claim("localhost", 80));
        each().for_each(|authority| all.remove(&authority));
        assert!(all.literal.is_empty() && all.wide.is_empty());
    }
}
