//! Host and port where they are said beside the URL: `mock::get("/users").host("x.io:8080")`.
//!
//! They become the URL's own, so that the index finds the mock by its host and a connector knows which connections it wants.
//! What could never match is refused where it is written.

use std::net::Ipv6Addr;
use std::sync::Arc;

use crate::declare::declaration::{Declaration, Url};
use crate::declare::error::DeclareError;
use crate::matching::pattern::{Kind, Pattern};
use crate::url::{HostPattern, PathPattern, UrlPattern, parse_port};

/// A host as it is written, and the port behind it.
#[track_caller]
pub(crate) fn host_of(text: &str) -> Result<(HostPattern, Option<u16>), DeclareError> {
    let parsed = if text.parse::<Ipv6Addr>().is_ok() {
        UrlPattern::parse(&format!("[{text}]"))
    } else {
        UrlPattern::parse(text)
    };
    let url = match parsed {
        Ok(url) => url,
        Err(error) => return Err(DeclareError::new(error.of("host", text))),
    };
    if url.scheme.is_some() || url.path != PathPattern::Any || !url.query.is_empty() {
        return Err(DeclareError::new(
            "a host is meant here, as in `.host(\"x.io\")`, and this has a scheme, a path or a query: write the whole into the \
             URL of the mock, or use `.scheme(..)`, `.path(..)` and `.query(..)` for the rest",
        ));
    }
    Ok((url.host, url.port))
}

/// The one port that a pattern means; `None` where it means several.
#[track_caller]
pub(crate) fn port_of(pattern: &Pattern) -> Option<Result<u16, DeclareError>> {
    let text = match &pattern.0 {
        Kind::Text(text) => text.clone(),
        Kind::Scalar(scalar) => scalar.to_string(),
        _ => return None,
    };
    Some(match parse_port(&text) {
        Ok(port) => Ok(port),
        Err(error) => Err(DeclareError::new(error.to_string())),
    })
}

impl Declaration {
    /// Narrows the URL to this host, and to the port where one is written behind it.
    #[track_caller]
    pub(super) fn narrow_host(&mut self, text: &str) {
        let (host, port) = match host_of(text) {
            Ok(parsed) => parsed,
            Err(error) => return self.hold(error),
        };
        let mut other = None;
        self.change_url(|url| match (&url.host, &host) {
            (mine, host) if mine == host || *host == HostPattern::Any => {}
            (HostPattern::Any, _) => {
                url.any_port = true;
                url.host = host;
            }
            (mine, HostPattern::Literal(name)) if mine.fits(name) => url.host = host,
            (HostPattern::Literal(name), host) if host.fits(name) => {}
            _ => other = Some(url.source.clone()),
        });
        if let Some(source) = other {
            return self.hold(DeclareError::new(format!(
                "the URL `{source}` names another host than `{text}`, and no request has two: leave one of them out"
            )));
        }
        if let Some(port) = port {
            self.narrow_port(port);
        }
    }

    /// Narrows the URL to this port.
    #[track_caller]
    pub(super) fn narrow_port(&mut self, port: u16) {
        let mut other = None;
        self.change_url(|url| match url.port {
            Some(mine) if mine != port => other = Some(mine),
            _ => url.port = Some(port),
        });
        if let Some(other) = other {
            self.hold(DeclareError::new(format!(
                "this mock is of port {other} already, and no request has another beside it: leave {port} out"
            )));
        }
    }

    /// Leaves the port to a matcher: without one a host means the default port.
    pub(super) fn widen_port(&mut self) {
        if let Url::Parsed(url) = &mut self.url {
            Arc::make_mut(url).any_port = true;
        }
    }
}
