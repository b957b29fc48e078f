//! The URL of a declaration, as people write it: `https://x.io`, `server.com/api`, `/users/{id}`, `*.example.com`.
//!
//! Parsed by hand, because the usual parsers lose what is meant: whether a path was written at all (`https://x.io` is any
//! path, `https://x.io/` the root), and that `localhost:8080` is a host with its port and not a scheme.

use std::borrow::Cow;
use std::fmt;

use super::template::{self, Parsed};
use super::{TargetRef, Template, UrlError, UrlRef, normal};

/// Which URLs a declaration is about. Every part is in its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlPattern {
    /// As it was written.
    pub(crate) source: String,
    /// `None`: any.
    pub(crate) scheme: Option<Cow<'static, str>>,
    pub(crate) host: HostPattern,
    /// `None`: the default port of the scheme named here, else of the scheme of the request; any when the host is any.
    pub(crate) port: Option<u16>,
    /// Whether no port is any port though a host is named, as where the host was said beside a URL that has none.
    pub(crate) any_port: bool,
    pub(crate) path: PathPattern,
    /// Pairs that must be there, whatever else is; decoded.
    pub(crate) query: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HostPattern {
    Any,
    Literal(String),
    /// `example.com` for `*.example.com`: one or more labels before it, never the bare suffix.
    Wildcard(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathPattern {
    Any,
    Literal(String),
    Template(Template),
}

impl UrlPattern {
    /// Reads a URL as it is written in a declaration.
    ///
    /// # Errors
    ///
    /// When the text cannot be what its author means; the error says what to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        match Self::of_usual(text) {
            Some(usual) => Ok(usual),
            None => Self::of_any(text),
        }
    }

    /// A URL that a request could have in these very letters, as most are: scheme, name and path, in their normal form.
    fn of_usual(text: &str) -> Option<Self> {
        let url = UrlRef::of_text(text)?;
        let target = url.target()?;
        let is_usual = url.authority.len() == target.host.len()
            && !target.host.starts_with('.')
            && !target.host.contains("..")
            && target.path.len()
                == text.len() - url.scheme.len() - "://".len() - url.authority.len()
            && !target.path.contains('*');
        is_usual.then(|| Self {
            source: text.to_owned(),
            scheme: normal::known_scheme(target.scheme),
            host: HostPattern::Literal(target.host.to_owned()),
            port: None,
            any_port: false,
            path: PathPattern::Literal(target.path.to_owned()),
            query: Vec::new(),
        })
    }

    fn of_any(text: &str) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            if let Some(control) = text.chars().find(|c| c.is_control()) {
                return Err(UrlError::Control(control));
            }
            if text.trim() != text {
                return Err(UrlError::OuterSpace);
            }
        }
        let (scheme, after_scheme) = split_scheme(text)?;
        let authority_end = after_scheme
            .find(['/', '?', '#'])
            .unwrap_or(after_scheme.len());
        let (authority, after_authority) = after_scheme.split_at(authority_end);
        let (path, query) = split_query(after_authority)?;
        let (host, port) = parse_authority(authority, scheme.is_some())?;
        let path = match path {
            "" => PathPattern::Any,
            path if path.split('/').any(|segment| matches!(segment, "*" | "**")) => {
                return Err(UrlError::LoneStar);
            }
            path => PathPattern::parse(path)?,
        };
        if let Some((key, value)) = variable_of(query) {
            return Err(UrlError::QueryVariable(key, value));
        }
        let default = scheme.as_deref().and_then(normal::default_port);
        // With any host, no port is any port, so that one which was written must be kept.
        let port = port.filter(|port| host == HostPattern::Any || Some(*port) != default);
        Ok(Self {
            source: text.to_owned(),
            scheme,
            host,
            port,
            any_port: false,
            path,
            query: normal::query(query),
        })
    }

    /// Any URL.
    pub(crate) fn any() -> Self {
        Self {
            source: String::new(),
            scheme: None,
            host: HostPattern::Any,
            port: None,
            any_port: false,
            path: PathPattern::Any,
            query: Vec::new(),
        }
    }

    /// The URL with `path`, which may have a query, behind the path of this one. Both queries are asked for.
    pub(crate) fn join(&self, path: &str) -> Result<Self, UrlError> {
        if path.is_empty() {
            return Ok(self.clone());
        }
        let slash = if path.starts_with(['/', '?']) {
            ""
        } else {
            "/"
        };
        let below = format!("{slash}{path}");
        let child = Self::parse(&below)?;
        let (below, _) = split_query(&below)?;
        let mine = match &self.path {
            PathPattern::Any => "",
            PathPattern::Literal(path) => path.as_str(),
            PathPattern::Template(template) => template.text(),
        };
        let written = match below {
            "" => mine.to_owned(),
            below => format!("{}{below}", mine.trim_end_matches('/')),
        };
        let path = match written.as_str() {
            "" => PathPattern::Any,
            // The two are in their normal form or were looked at, so that nothing in them is new.
            written => PathPattern::parse(written)?,
        };
        let mut query = child.query;
        query.extend(self.query.iter().cloned());
        let pairs: Vec<String> = query
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        let source = format!("{}{written}{mark}{}", self.head(), pairs.join("&"));
        Ok(Self {
            source,
            path,
            query,
            ..self.clone()
        })
    }

    /// What was written before the path.
    fn head(&self) -> &str {
        let authority = self.source.find("://").map_or(0, |at| at + 3);
        let end = self.source[authority..]
            .find(['/', '?', '#'])
            .map_or(self.source.len(), |at| authority + at);
        &self.source[..end]
    }

    /// Whether everything but the query fits.
    pub(crate) fn fits(&self, target: &TargetRef<'_>) -> bool {
        self.scheme_fits(target.scheme)
            && self.host.fits(target.host)
            && self.port_fits(target)
            && self.path.fits(target.path)
    }

    /// The same where host and path are literally those of the target.
    #[inline]
    pub(crate) fn fits_at_place(&self, target: &TargetRef<'_>) -> bool {
        // Neither says a port: they agree, as both have that of the scheme.
        let no_port = self.port.is_none() && target.port.is_none();
        self.scheme_fits(target.scheme) && (no_port || self.port_fits(target))
    }

    pub(crate) fn scheme_fits(&self, scheme: &str) -> bool {
        self.scheme.as_deref().is_none_or(|mine| mine == scheme)
    }

    pub(crate) fn port_fits(&self, target: &TargetRef<'_>) -> bool {
        let mine = self
            .port
            .or_else(|| self.scheme.as_deref().and_then(normal::default_port));
        match self.port {
            None if self.host == HostPattern::Any || self.any_port => true,
            None if self.scheme.is_none() => target.port.is_none(),
            _ => mine == target.effective_port(),
        }
    }

    /// The first pair of the declared query that a request's query lacks. A pair declared twice must be there twice.
    pub(crate) fn lacks(&self, received: &[(String, String)]) -> Option<&(String, String)> {
        let count =
            |pairs: &[(String, String)], pair| pairs.iter().filter(|other| *other == pair).count();
        self.query
            .iter()
            .find(|&pair| count(received, pair) < count(&self.query, pair))
    }
}

impl fmt::Display for UrlPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl HostPattern {
    /// Whether a host in its normal form fits.
    pub(crate) fn fits(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(mine) => mine == host,
            Self::Wildcard(suffix) => host
                .strip_suffix(suffix.as_str())
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
        }
    }
}

impl PathPattern {
    fn parse(path: &str) -> Result<Self, UrlError> {
        Ok(match template::parse(path)? {
            Parsed::Literal(path) => Self::Literal(path),
            Parsed::Template(template) => Self::Template(template),
        })
    }

    /// Whether a path in its normal form fits.
    pub(crate) fn fits(&self, path: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(mine) => mine == path,
            Self::Template(template) => template.matches(path),
        }
    }
}

/// The scheme in its normal form, and what follows its `//`.
fn split_scheme(text: &str) -> Result<(Option<Cow<'static, str>>, &str), UrlError> {
    let head = &text[..text.find(['/', '?', '#']).unwrap_or(text.len())];
    let is_known = |name: &str| matches!(&*normal::scheme(name), "http" | "https");
    let Some((name, after)) = head.split_once(':') else {
        if is_known(head) && text[head.len()..].starts_with("//") {
            return Err(UrlError::NoColon(head.to_owned()));
        }
        return Ok((None, text));
    };
    if after.is_empty() && text[head.len()..].starts_with("//") {
        return match normal::known_scheme(name) {
            Some(scheme) => Ok((Some(scheme), &text[head.len() + 2..])),
            None => Err(UrlError::BadScheme(name.to_owned())),
        };
    }
    let is_known = |name| normal::known_scheme(name).is_some();
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if is_name && (after.is_empty() || is_known(name) && !after.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(UrlError::SchemeOrPort(name.to_owned()));
    }
    Ok((None, text))
}

/// Path and query, the fragment left out. A `?` or `#` inside a variable is a bad name, and not the end of the path.
fn split_query(text: &str) -> Result<(&str, &str), UrlError> {
    let end = text.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    let (path, after) = text.split_at(end.unwrap_or(text.len()));
    if !after.is_empty()
        && let Some(open) = open_brace(path)
        && let Some(close) = after.find('}')
    {
        return Err(UrlError::BadVariable(
            text[open + 1..path.len() + close].to_owned(),
        ));
    }
    let query = after.strip_prefix('?').unwrap_or("");
    Ok((path, query.split('#').next().unwrap_or("")))
}

/// The first pair of a query whose value is written as a variable: its key, decoded, and the value.
fn variable_of(query: &str) -> Option<(String, String)> {
    let written = query.split('&').find(|pair| {
        pair.split_once('=')
            .is_some_and(|(_, value)| is_variable(value))
    })?;
    let (key, value) = normal::query(written).pop()?;
    Some((key, value))
}

fn is_variable(text: &str) -> bool {
    text.strip_prefix('{')
        .and_then(|open| open.strip_suffix('}'))
        .map(|name| name.strip_prefix('*').unwrap_or(name))
        .is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        })
}

/// Where a brace that opens a variable stands unclosed.
fn open_brace(path: &str) -> Option<usize> {
    let mut open = None;
    for (at, c) in path.char_indices() {
        match c {
            '{' if open.is_none() => open = Some(at),
            '{' | '}' => open = None,
            _ => {}
        }
    }
    open
}

fn parse_authority(text: &str, has_scheme: bool) -> Result<(HostPattern, Option<u16>), UrlError> {
    if text.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let (host, port) = if let Some(open) = text.strip_prefix('[') {
        let (address, after) = open.split_once(']').ok_or(UrlError::Brackets)?;
        if normal::ipv6(address).is_none() {
            return Err(UrlError::BadAddress(address.to_owned()));
        }
        match after.strip_prefix(':') {
            Some(port) => (&text[..address.len() + 2], Some(port)),
            None if after.is_empty() => (text, None),
            None => return Err(UrlError::Brackets),
        }
    } else {
        match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(UrlError::BareAddress(text.to_owned()));
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = port.map(parse_port).transpose()?;
    match host {
        "" if has_scheme || port.is_some() => Err(UrlError::NoHost),
        "" | "*" => Ok((HostPattern::Any, port)),
        host => Ok((parse_host(host)?, port)),
    }
}

/// A port as it is written.
pub(crate) fn parse_port(text: &str) -> Result<u16, UrlError> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if is_number && port > 0 => Ok(port),
        _ => Err(UrlError::BadPort(text.to_owned())),
    }
}

fn parse_host(text: &str) -> Result<HostPattern, UrlError> {
    if text.starts_with('[') {
        return Ok(HostPattern::Literal(normal::host(text).into_owned()));
    }
    let is_foreign =
        |c: char| c.is_whitespace() || c.is_ascii_punctuation() && !"-._*~!$&'()+,;=".contains(c);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if !text.bytes().all(is_plain)
        && let Some(found) = text.chars().find(|&c| is_foreign(c))
    {
        return Err(match found {
            '[' | ']' => UrlError::Brackets,
            found => UrlError::HostCharacter(found),
        });
    }
    let (is_wildcard, name) = match text.strip_prefix("*.") {
        Some(suffix) => (true, suffix),
        None => (false, text),
    };
    if name.contains('*') {
        return Err(UrlError::BadWildcard(text.to_owned()));
    }
    let name = normal::host(name).into_owned();
    if name.split('.').any(str::is_empty) {
        return Err(UrlError::EmptyLabel(text.to_owned()));
    }
    Ok(if is_wildcard {
        HostPattern::Wildcard(name)
    } else {
        HostPattern::Literal(name)
    })
}

#[cfg(test)]
mod tests;
