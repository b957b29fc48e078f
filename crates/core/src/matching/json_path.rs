//! A JSON path as a declaration holds it: what it selects, and how it was written.

use std::fmt;

use serde_json::Value;

use crate::body::json_path::Query;

pub(crate) struct JsonPath {
    query: Query,
    source: String,
}

impl JsonPath {
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        match Query::parse(source) {
            Ok(query) => Ok(Self {
                query,
                source: source.to_owned(),
            }),
            Err(error) => Err(format!("the JSON path `{source}` is not valid: {error}")),
        }
    }

    pub(crate) fn select<'v>(&self, document: &'v Value) -> Vec<&'v Value> {
        self.query.select(document)
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}
