//! A body is often known by its shape only; JSON Schema says shapes, and a miss must say which rule was broken where.
//!
//! A schema is compiled where it is declared: a mistake in it, or a reference that leads out of it, is an error there and
//! not a mock that never matches. Nothing is fetched, neither from the network nor from files.
//!
//! The crate (jsonschema) departs from the specification in one known case: in draft 2019-09, too, `contains` counts as
//! having looked at an item for `unevaluatedItems`.

mod rules;

use std::fmt;

use serde_json::Value;

use crate::body::listing::Listing;
use crate::miss::Difference;

/// A compiled schema.
#[derive(Debug, Clone)]
pub(crate) struct Schema(jsonschema::Validator);

/// A document that is no schema, or one that leads out of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SchemaError {
    Invalid { at: String, message: String },
    Reference(String),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { at, message } => {
                write!(f, "the JSON Schema is not valid: {message}{}", place(at))
            }
            Self::Reference(why) => write!(
                f,
                "the JSON Schema has a reference that cannot be followed: {why}. Nothing is fetched: put what it refers to under \
                 `$defs` with its `$id`"
            ),
        }
    }
}

impl std::error::Error for SchemaError {}

fn place(at: &str) -> String {
    if at.is_empty() {
        String::new()
    } else {
        format!(", at {at}")
    }
}

impl Schema {
    /// Compiles a schema of draft 4, 6, 7, 2019-09 or 2020-12, whichever its `$schema` names; without one, 2020-12.
    ///
    /// `format` is an annotation and never refuses a body, in no draft: that is what the official suite asks for by
    /// default.
    ///
    /// # Errors
    ///
    /// When it does not conform to its draft, when a pattern is no regular expression, and when a reference leads to what
    /// is not in it.
    pub(crate) fn compile(schema: &Value) -> Result<Self, SchemaError> {
        // A user's graph may switch on the crate's own fetching: `offline` holds whatever the features are.
        let options = jsonschema::options()
            .should_validate_formats(false)
            .offline();
        options
            .build(schema)
            .map(Self)
            .map_err(|error| match error.kind() {
                jsonschema::error::ValidationErrorKind::Referencing(reference) => {
                    SchemaError::Reference(reference.to_string())
                }
                _ => SchemaError::Invalid {
                    at: error.instance_path().as_str().to_owned(),
                    message: error.to_string(),
                },
            })
    }

    /// Whether the document conforms.
    pub(crate) fn is_valid(&self, document: &Value) -> bool {
        self.0.is_valid(document)
    }

    /// The rules that the document breaks; empty exactly when it conforms.
    ///
    /// Each has the JSON Pointer of the value that breaks it, what the schema asks there with the keyword that asks it,
    /// and what was there. At most 50 are listed, a last entry says how many more there are.
    pub(crate) fn validate(&self, document: &Value) -> Vec<Difference> {
        let mut broken = Listing::default();
        for error in self.0.iter_errors(document) {
            rules::broken(&error, &mut broken);
        }
        broken.finish()
    }
}

#[cfg(test)]
mod tests;
