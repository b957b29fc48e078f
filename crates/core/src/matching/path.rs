//! Shapes of a path that are no literal and no template: a prefix, a regex, a glob.

use std::fmt;

use regex::Regex;

use crate::declare::DeclareError;
use crate::matching::pattern::{Kind, Pattern};
use crate::url::glob::{self, Separator};
use crate::url::normal;

#[derive(Clone)]
pub(crate) enum PathShape {
    /// Whole segments: `/api` holds `/api` and `/api/users`, not `/apis`.
    Prefix(String),
    Regex(Regex),
    Glob {
        source: String,
        regex: Regex,
    },
    Pattern(Pattern),
}

impl PathShape {
    pub(crate) fn prefix(prefix: &str) -> Self {
        let normal = normal::path(prefix);
        let normal = normal.trim_end_matches('/');
        Self::Prefix(if normal.is_empty() || normal.starts_with('/') {
            normal.to_owned()
        } else {
            format!("/{normal}")
        })
    }

    /// A pattern in the place of a path: a glob there knows about segments.
    #[track_caller]
    pub(crate) fn pattern(pattern: Pattern) -> Result<Self, DeclareError> {
        Ok(match pattern.0 {
            Kind::Regex(regex) => Self::Regex(regex),
            Kind::Glob { source, .. } => {
                match Regex::new(&glob::to_regex(&source, Separator::Slash)) {
                    Ok(regex) => Self::Glob { source, regex },
                    Err(error) => {
                        return Err(DeclareError::new(format!(
                            "the glob `{source}` is not valid: {error}"
                        )));
                    }
                }
            }
            Kind::Invalid(error) => return Err(error),
            kind => Self::Pattern(Pattern(kind)),
        })
    }

    /// The regex that one automaton can hold together with others, where there is one.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        match self {
            Self::Regex(regex) | Self::Glob { regex, .. } => Some(regex),
            Self::Prefix(_) | Self::Pattern(_) => None,
        }
    }

    pub(crate) fn as_pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Pattern(pattern) => Some(pattern),
            Self::Prefix(_) | Self::Regex(_) | Self::Glob { .. } => None,
        }
    }

    pub(crate) fn accepts(&self, path: &str) -> bool {
        match self {
            Self::Prefix(prefix) => path
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Regex(regex) | Self::Glob { regex, .. } => regex.is_match(path),
            Self::Pattern(pattern) => pattern.accepts_one(path.as_bytes()),
        }
    }
}

impl fmt::Display for PathShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => write!(f, "a path below {prefix}/"),
            Self::Regex(regex) => write!(f, "re({:?})", regex.as_str()),
            Self::Glob { source, .. } => write!(f, "glob({source:?})"),
            Self::Pattern(pattern) => write!(f, "{pattern}"),
        }
    }
}
