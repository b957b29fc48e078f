//! An XML document as a declaration holds it: its structure, and how it was written.

use crate::body::xml::{self, Document};
use crate::miss::Difference;

pub(crate) struct ExpectedXml {
    document: Document,
    source: String,
}

impl ExpectedXml {
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        match Document::parse(source) {
            Ok(document) => Ok(Self {
                document,
                source: source.to_owned(),
            }),
            Err(error) => Err(format!("the expected XML is not valid: {error}")),
        }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn accepts(&self, received: &Document) -> bool {
        *received == self.document
    }

    pub(crate) fn differences(&self, received: &Document) -> Vec<Difference> {
        xml::differences(&self.document, received)
    }
}
