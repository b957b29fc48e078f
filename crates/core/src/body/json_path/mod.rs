//! One value deep in a document is asked for by a path, without the document around it.
//!
//! Paths are JSONPath as RFC 9535 has it; a mistake in one is found where it is declared. The crate (serde_json_path)
//! departs from it in one known case: where both sides of `<=` or `>=` select nothing the comparison is false, not true.

use std::fmt;

use serde_json::Value;

/// A JSONPath query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query(serde_json_path::JsonPath);

/// A text that is no JSONPath query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryError {
    query: String,
    /// From 1.
    pub(crate) position: usize,
    message: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            query,
            position,
            message,
        } = self;
        write!(
            f,
            "`{query}` is no JSONPath query: at character {position}, {message}"
        )
    }
}

impl std::error::Error for QueryError {}

impl Query {
    /// Parses a query (`$.items[?@.sku == "A1"].count`).
    ///
    /// # Errors
    ///
    /// When the text is no well-formed and well-typed query, with the character at which that shows.
    pub(crate) fn parse(query: &str) -> Result<Self, QueryError> {
        if let Some(position) = cut_escape(query) {
            let message = "the escape is cut off".to_owned();
            return Err(QueryError {
                query: query.to_owned(),
                position,
                message,
            });
        }
        serde_json_path::JsonPath::parse(query)
            .map(Self)
            .map_err(|error| QueryError {
                query: query.to_owned(),
                position: error.position(),
                message: error.message().to_owned(),
            })
    }

    /// The values that the query selects, in its order; a value that it reaches twice is there twice.
    pub(crate) fn select<'a>(&self, document: &'a Value) -> Vec<&'a Value> {
        self.0.query(document).all()
    }
}

/// The character, from 1, of a `\u` that has no four characters after it: the crate panics on one (`$['\u`).
fn cut_escape(query: &str) -> Option<usize> {
    let mut chars = query.chars().enumerate();
    while let Some((at, c)) = chars.next() {
        if c == '\\'
            && chars.next().is_some_and(|(_, c)| c == 'u')
            && chars.clone().take(4).count() < 4
        {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests;
