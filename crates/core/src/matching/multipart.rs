//! A part of a multipart body, as a declaration describes it.

use std::fmt;

use crate::body::multipart::FormPart;
use crate::matching::{IntoPattern, Pattern};
use crate::miss::Miss;
use crate::request::Request;

/// A part with this name: `part("avatar").file_name(glob("*.png")).content_type("image/png")`.
pub fn part(name: &str) -> MultipartPart {
    MultipartPart {
        name: name.to_owned(),
        file_name: None,
        content_type: None,
        body: None,
    }
}

/// What a part of a multipart body has to be; all that is said holds together. [`part`] begins it.
#[derive(Debug, Clone)]
#[must_use = "give it to `.multipart(..)`"]
pub struct MultipartPart {
    name: String,
    file_name: Option<Pattern>,
    content_type: Option<String>,
    body: Option<Pattern>,
}

impl MultipartPart {
    /// Its file name.
    #[track_caller]
    pub fn file_name<M>(mut self, file_name: impl IntoPattern<M>) -> Self {
        self.file_name = Some(file_name.into_pattern());
        self
    }

    /// Its content type: an alias or a media type.
    pub fn content_type(mut self, content_type: &str) -> Self {
        self.content_type = Some(content_type.to_owned());
        self
    }

    /// What is in it: text or bytes to equal, or a pattern.
    #[track_caller]
    pub fn body<M>(mut self, body: impl IntoPattern<M>) -> Self {
        self.body = Some(body.into_pattern());
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.file_name.iter().chain(&self.body)
    }

    pub(crate) fn accepts(&self, request: &Request) -> bool {
        request
            .parts()
            .is_ok_and(|parts| parts.iter().any(|part| self.fits(part)))
    }

    fn fits(&self, part: &FormPart) -> bool {
        part.name.as_deref() == Some(&self.name)
            && self.file_name.as_ref().is_none_or(|pattern| {
                pattern.accepts(part.file_name.as_deref().map(str::as_bytes).into_iter())
            })
            && self.content_type.as_ref().is_none_or(|expected| {
                part.content_type.as_deref().is_some_and(|received| {
                    crate::body::media::content_type_matches(expected, received)
                })
            })
            && self
                .body
                .as_ref()
                .is_none_or(|pattern| pattern.accepts_one(&part.body))
    }

    pub(crate) fn explain(&self, miss: Miss, request: &Request) -> Miss {
        match request.parts() {
            Err(_) if request.body().is_empty() => miss.hint("the request has no body"),
            Err(error) => miss.hint(error),
            Ok(parts) => {
                let there: Vec<String> = parts.iter().map(described).collect();
                let same: Vec<String> = parts
                    .iter()
                    .filter(|part| part.name.as_deref() == Some(&self.name))
                    .map(described)
                    .collect();
                match (same.is_empty(), there.is_empty()) {
                    (false, _) => miss.received(same.join(", ")),
                    (true, false) => {
                        miss.hint(format!("the body has other parts: {}", there.join(", ")))
                    }
                    (true, true) => miss.hint("the body has no parts"),
                }
            }
        }
    }
}

fn described(part: &FormPart) -> String {
    let mut said = format!("`{}`", part.name.as_deref().unwrap_or("without a name"));
    if let Some(file_name) = &part.file_name {
        said.push_str(&format!(" file {file_name}"));
    }
    if let Some(content_type) = &part.content_type {
        said.push_str(&format!(" {content_type}"));
    }
    format!("{said} ({} bytes)", part.body.len())
}

impl fmt::Display for MultipartPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a part `{}`", self.name)?;
        if let Some(file_name) = &self.file_name {
            write!(f, " with file name {file_name}")?;
        }
        if let Some(content_type) = &self.content_type {
            write!(f, " of type {content_type}")?;
        }
        if let Some(body) = &self.body {
            write!(f, " holding {body}")?;
        }
        Ok(())
    }
}
