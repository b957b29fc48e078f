//! What may stand where a URL is expected: text, a pattern over the whole URL, an `http::Uri`.

use std::sync::Arc;

use crate::declare::declaration::Url;
use crate::declare::error::DeclareError;
use crate::matching::pattern::{Kind, Pattern};
use crate::url::UrlPattern;
use crate::url::glob::{self, Separator};

/// Whatever may stand where a URL is expected: `"https://x.io/users/{id}"`, `"server.com/api"`, `"/api"`, `re(..)`, `glob(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand where a URL is expected",
    label = "not a URL",
    note = "expected text such as \"https://x.io/users/{{id}}\", an `http::Uri`, or a pattern over the whole URL: `re(..)`, `glob(..)`, `any()`"
)]
pub trait IntoUrl {
    /// Converts, or says what is wrong with it; the text is what reports show.
    ///
    /// # Errors
    /// When it is not a URL that could ever match.
    #[track_caller]
    #[doc(hidden)]
    fn into_url(self) -> Result<UrlSpec, DeclareError>;
}

/// A URL that was understood.
#[derive(Debug)]
#[doc(hidden)]
pub struct UrlSpec {
    pub(crate) url: Url,
}

#[track_caller]
fn parse(text: &str) -> Result<UrlSpec, DeclareError> {
    match UrlPattern::parse(text) {
        Ok(pattern) => Ok(UrlSpec {
            url: Url::Parsed(Arc::new(pattern)),
        }),
        Err(error) => Err(DeclareError::new(error.of("URL", text))),
    }
}

impl IntoUrl for &str {
    fn into_url(self) -> Result<UrlSpec, DeclareError> {
        parse(self)
    }
}

impl IntoUrl for String {
    fn into_url(self) -> Result<UrlSpec, DeclareError> {
        parse(&self)
    }
}

impl IntoUrl for &String {
    fn into_url(self) -> Result<UrlSpec, DeclareError> {
        parse(self)
    }
}

impl IntoUrl for http::Uri {
    fn into_url(self) -> Result<UrlSpec, DeclareError> {
        parse(&self.to_string())
    }
}

impl IntoUrl for Pattern {
    fn into_url(self) -> Result<UrlSpec, DeclareError> {
        match self.0 {
            Kind::Invalid(error) => Err(error),
            Kind::Any => Ok(UrlSpec {
                url: Url::Parsed(Arc::new(UrlPattern::any())),
            }),
            Kind::Glob { source: glob, .. } => {
                match regex::Regex::new(&glob::to_regex(&glob, Separator::Slash)) {
                    Ok(regex) => Ok(UrlSpec {
                        url: Url::Text(Pattern(Kind::Glob {
                            source: glob,
                            regex,
                        })),
                    }),
                    Err(error) => Err(DeclareError::new(format!(
                        "the glob `{glob}` is not valid: {error}"
                    ))),
                }
            }
            kind => Ok(UrlSpec {
                url: Url::Text(Pattern(kind)),
            }),
        }
    }
}

impl IntoUrl for regex::Regex {
    fn into_url(self) -> Result<UrlSpec, DeclareError> {
        Pattern(Kind::UserRegex(self)).into_url()
    }
}
