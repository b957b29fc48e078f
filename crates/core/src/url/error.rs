//! A URL that was mistyped is mended in seconds when its error says how.

use std::fmt;

use crate::glimpse;
use crate::secret;

/// Characters of a text that are shown.
const SHOWN: usize = 200;

/// Why a text is no URL of a declaration, with the mend. [`of`](Self::of) says of which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UrlError {
    Empty,
    OuterSpace,
    Control(char),
    BadScheme(String),
    NoColon(String),
    SchemeOrPort(String),
    NoHost,
    UserInfo,
    Brackets,
    BadAddress(String),
    BareAddress(String),
    HostCharacter(char),
    EmptyLabel(String),
    BadWildcard(String),
    BadPort(String),
    UnclosedBrace,
    LoneBrace,
    EmptyVariable,
    BadVariable(String),
    DuplicateVariable(String),
    AdjacentVariables,
    RestNotLast,
    RestNotWhole,
    DotsInTemplate,
    LoneStar,
    QueryVariable(String, String),
}

impl UrlError {
    /// The whole sentence: what `text` is meant as, the text without its credentials, and why it is none.
    pub(crate) fn of(&self, what: &str, text: &str) -> String {
        format!(
            "the {what} {:?} is not valid: {self}",
            glimpse::cut(&shown(text), SHOWN)
        )
    }
}

/// Where a scheme is mistyped, no user is found in the authority: all before its `@` is left out then.
fn shown(text: &str) -> String {
    let masked = secret::url(text);
    match masked.rsplit_once('@') {
        Some((before, after))
            if masked == text && (before.contains(':') || before.contains("//")) =>
        {
            format!("***@{after}")
        }
        _ => masked.into_owned(),
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty; write a host (`x.io`), a path (`/users`) or `*` for any host",
            Self::OuterSpace => "it begins or ends with white space, which no URL does; remove it",
            Self::NoHost => "it has no host after the scheme; write one, `*` for any host, or the path alone",
            Self::UserInfo => {
                "it has a user name or password; leave them out and match them with `.basic(user, password)`"
            }
            Self::Brackets => {
                "the host has a bracket that is not closed, or text beside its brackets; write `[::1]:8080`"
            }
            Self::UnclosedBrace => {
                "a `{` is not closed; write `{name}` for a variable, `{{` for a literal brace"
            }
            Self::LoneBrace => "a `}` closes nothing; write `}}` for a literal brace",
            Self::EmptyVariable => {
                "a variable has no name; write `{name}`, `{*rest}`, or `{{}}` for literal braces"
            }
            Self::AdjacentVariables => {
                "two variables stand side by side, and nothing says where one ends; put text between them"
            }
            Self::RestNotLast => {
                "`{*rest}` takes all that follows, so nothing can stand after it; write `{name}` for one segment"
            }
            Self::RestNotWhole => {
                "`{*rest}` is a whole segment; put a `/` before it, or write `{name}` for part of a segment"
            }
            Self::DotsInTemplate => {
                "a path with variables cannot have `.` or `..` segments; write the path that they lead to"
            }
            Self::LoneStar => {
                "`*` is no wildcard in a path: write `{name}` for one segment, `{*rest}` for all that follows, or \
                 `glob(\"..\")`; the character itself is `%2A`"
            }
            Self::Control(c) => {
                return write!(f, "it holds the control character {c:?}; write it percent-encoded");
            }
            Self::BadScheme(scheme) => {
                let mend = "is none of http, https, ws, wss; leave it out to mean any";
                return write!(f, "the scheme `{scheme}` {mend}");
            }
            Self::NoColon(scheme) => {
                return write!(f, "`{scheme}//` lacks its colon; write `{scheme}://`");
            }
            Self::SchemeOrPort(scheme) => {
                let mend = format_args!("write `{scheme}://` or `{scheme}:8080`");
                return write!(f, "`{scheme}:` is followed by neither `//` nor a port; {mend}");
            }
            Self::BadAddress(host) => return write!(f, "`{host}` in brackets is no IPv6 address"),
            Self::BareAddress(host) => {
                let mend = "put an IPv6 address in brackets, like `[::1]`";
                return write!(f, "the host `{host}` has more than one colon; {mend}");
            }
            Self::HostCharacter(found) => {
                let mend = host_mend(*found);
                return write!(f, "the host holds {found:?}, which no host name does{mend}");
            }
            Self::EmptyLabel(host) => {
                let mend = "names are separated by one dot each";
                return write!(f, "the host `{host}` has an empty label; {mend}");
            }
            Self::BadWildcard(host) => {
                let mend = "write `*.example.com`, or `*` alone for any host";
                return write!(f, "in the host `{host}` the wildcard is not the first label; {mend}");
            }
            Self::BadPort(port) => {
                return write!(f, "`{port}` is no port; a port is a number from 1 to 65535");
            }
            Self::BadVariable(name) => {
                let mend = "narrow its value with a matcher, not in the URL";
                let named = "its name is made of letters, digits, `_` and `-`";
                return write!(f, "`{{{name}}}` is no variable: {named}; {mend}");
            }
            Self::DuplicateVariable(name) => {
                return write!(f, "the variable `{{{name}}}` is there twice; give each its own name");
            }
            Self::QueryVariable(key, variable) => {
                let mend = format_args!("leave it out of the URL and write `.query({key:?}, any())`");
                return write!(f, "`{variable}` is no variable in a query: {mend}; the brace itself is `%7B`");
            }
        })
    }
}

impl std::error::Error for UrlError {}

fn host_mend(found: char) -> &'static str {
    match found {
        '{' | '}' => "; variables stand in the path, and `*.example.com` is any host below",
        '\\' => "; write `/`",
        '%' => "; write the character itself",
        _ => "",
    }
}
