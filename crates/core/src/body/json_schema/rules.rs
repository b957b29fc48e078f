//! What a rule of a schema asks, in words.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::body::json::compact;
use crate::body::listing::{Listing, SHOWN, one_line, shorten};
use crate::miss::Difference;

/// Adds what one error stands for: a difference for each property that must not be there, else one.
pub(super) fn broken(error: &ValidationError<'_>, into: &mut Listing) {
    let at = error.instance_path().as_str();
    let received = error.instance();
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            into.push(|| Difference {
                at: below(at, name),
                expected: Some("a value (required)".to_owned()),
                received: None,
            });
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let keyword = error.kind().keyword();
            for name in unexpected {
                into.push(|| Difference {
                    at: below(at, name),
                    expected: Some(format!("nothing ({keyword})")),
                    received: received.get(name).map(compact),
                });
            }
        }
        kind => into.push(|| Difference {
            at: shorten(&one_line(at), SHOWN),
            expected: Some(shorten(&one_line(&asked(kind, error)), SHOWN)),
            received: Some(compact(received)),
        }),
    }
}

fn below(at: &str, name: &str) -> String {
    let name = shorten(&one_line(name), SHOWN)
        .replace('~', "~0")
        .replace('/', "~1");
    format!("{}/{name}", shorten(&one_line(at), SHOWN))
}

fn asked(kind: &Kind, error: &ValidationError<'_>) -> String {
    let what = match kind {
        Kind::Type {
            kind: TypeKind::Single(one),
        } => format!("{one}"),
        Kind::Type {
            kind: TypeKind::Multiple(set),
        } => {
            let names: Vec<_> = set.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
        Kind::Constant { expected_value } => compact(expected_value),
        Kind::Enum { options } => match &**options {
            Value::Array(options) => options.iter().map(compact).collect::<Vec<_>>().join(" or "),
            other => compact(other),
        },
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MinLength { limit } => format!("at least {limit} characters"),
        Kind::MaxLength { limit } => format!("at most {limit} characters"),
        Kind::MinItems { limit } => format!("at least {limit} items"),
        Kind::MaxItems { limit } => format!("at most {limit} items"),
        Kind::MinProperties { limit } => format!("at least {limit} properties"),
        Kind::MaxProperties { limit } => format!("at most {limit} properties"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::Pattern { pattern } => format!("a match of /{pattern}/"),
        Kind::UniqueItems => "items that all differ".to_owned(),
        Kind::Contains => "an item that conforms to the schema".to_owned(),
        Kind::AnyOf { context } => format!("one of {} schemas at least", context.len()),
        Kind::OneOfNotValid { context } => format!(
            "exactly one of {} schemas; it conforms to none",
            context.len()
        ),
        Kind::OneOfMultipleValid { context } => {
            let fitting = context.iter().filter(|errors| errors.is_empty()).count();
            format!(
                "exactly one of {} schemas; it conforms to {fitting}",
                context.len()
            )
        }
        Kind::Not { schema } => format!("anything but {}", compact(schema)),
        Kind::FalseSchema => return "nothing (the schema here is false)".to_owned(),
        Kind::PropertyNames { error } => {
            return format!("other names of properties (propertyNames): {error}");
        }
        _ => error.masked_with("it").to_string(),
    };
    format!("{what} ({})", kind.keyword())
}
