//! Why a condition said no, in words: made only when a report is.

use http::header::{AUTHORIZATION, UPGRADE};
use http::{HeaderName, HeaderValue};

use crate::body;
use crate::body::json::Mode;
use crate::matching::condition::{Ask, Condition, holds_all};
use crate::matching::matcher::Needs;
use crate::matching::pattern::{Kind, Pattern, latin1};
use crate::matching::{explain_body as of_body, headers};
use crate::miss::{Miss, Part};
use crate::report::hint;
use crate::request::{Absent, Request};
use crate::secret;

/// Text of a value that a line of a report can hold.
pub(super) const LINE: usize = 300;

impl Condition {
    /// What it looks at.
    pub(crate) fn part(&self) -> Part {
        match &self.0 {
            Ask::Host(_) => Part::Host,
            Ask::Scheme(_) => Part::Scheme,
            Ask::Port(_) => Part::Port,
            Ask::Url(_) => Part::Url,
            Ask::Path(_) => Part::Path,
            Ask::PathParam(name, _) => Part::PathParam(name.clone()),
            Ask::Query(key, _) | Ask::QueryAll(key, _) => Part::Query(key.clone()),
            Ask::QueryExact(_) => Part::QueryString,
            Ask::Header(name, _) => Part::Header(name.as_str().to_owned()),
            Ask::HeadersExact(_) => Part::Headers,
            Ask::ContentType(_) => Part::Header("content-type".into()),
            Ask::Cookie(name, _) => Part::Cookie(name.clone()),
            Ask::Basic { .. } | Ask::Bearer(_) => Part::Header("authorization".into()),
            Ask::Body(_) | Ask::BodyContains(_) => Part::Body,
            Ask::Json(_) | Ask::JsonIncludes(_) => Part::Json,
            #[cfg(feature = "jsonpath")]
            Ask::JsonPath(..) => Part::Json,
            #[cfg(feature = "schema")]
            Ask::JsonSchema(_) => Part::Json,
            #[cfg(feature = "xml")]
            Ask::Xml(_) => Part::Xml,
            Ask::Form(field, _) => Part::Form(field.clone()),
            Ask::FormExact(_) => Part::Form("*".into()),
            #[cfg(feature = "multipart")]
            Ask::Multipart(part) => Part::Multipart(part.name().to_owned()),
            Ask::All(_) => Part::Custom("all of several".into()),
            Ask::Any(_) => Part::Custom("one of several".into()),
            Ask::Not(inner) => Part::Custom(format!("not {}", inner.part())),
            Ask::Closure(_) => Part::Custom("closure".into()),
            Ask::Custom(_) => Part::Custom("matcher".into()),
            Ask::Invalid(_) => Part::Custom("invalid matcher".into()),
        }
    }

    /// What it asks for, as a line.
    pub(crate) fn expected(&self) -> String {
        match &self.0 {
            Ask::Host(p) | Ask::Scheme(p) | Ask::Port(p) => p.to_string(),
            Ask::Url(p) => secret::url_pattern(p),
            Ask::Query(key, p) | Ask::Form(key, p) if secret::is_secret_key(key) => {
                secret::pattern(p, secret::stars)
            }
            Ask::PathParam(_, p) | Ask::Query(_, p) | Ask::Form(_, p) => p.to_string(),
            Ask::Cookie(_, p) => secret::pattern(p, secret::stars),
            Ask::Header(name, p) => header_pattern(name, p),
            Ask::Body(p) => shorten(&p.to_string()),
            Ask::Path(shape) => shape.to_string(),
            Ask::QueryAll(key, values) => joined(key, values),
            Ask::QueryExact(pairs) => format!("exactly {}", pairs_text(pairs)),
            Ask::FormExact(pairs) => format!("exactly {}", pairs_text(pairs)),
            Ask::HeadersExact(wanted) => {
                let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
                format!("exactly {}", names.join(", "))
            }
            Ask::ContentType(expected) => expected.clone(),
            Ask::Basic { user, .. } => format!("basic credentials of {user}"),
            Ask::Bearer(p) => format!("Bearer {}", secret::pattern(p, secret::stars)),
            Ask::BodyContains(needle) => {
                format!("a body that contains {}", shorten(&of_body::said(needle)))
            }
            Ask::Json(value) => shorten(&value.to_string()),
            Ask::JsonIncludes(value) => {
                format!("a body that includes {}", shorten(&value.to_string()))
            }
            #[cfg(feature = "jsonpath")]
            Ask::JsonPath(path, p) => format!("{p} at {path}"),
            #[cfg(feature = "schema")]
            Ask::JsonSchema(_) => "a body that is valid under the schema".into(),
            #[cfg(feature = "xml")]
            Ask::Xml(xml) => shorten(xml.source()),
            #[cfg(feature = "multipart")]
            Ask::Multipart(part) => part.to_string(),
            Ask::All(all) => listed(all, " and "),
            Ask::Any(all) => listed(all, " or "),
            Ask::Not(inner) => format!("not ({})", inner.describe()),
            Ask::Closure(_) => "a request that the closure accepts".into(),
            Ask::Custom(_) => "a request that the matcher accepts".into(),
            Ask::Invalid(error) => error.to_string(),
        }
    }

    /// Part and expectation together.
    pub(crate) fn describe(&self) -> String {
        format!("{} {}", self.part(), self.expected())
    }

    /// Whether it asks for a body that is there no more.
    pub(crate) fn is_untold(&self, request: &Request) -> bool {
        request.absent_body().is_some() && self.needs() == Needs::Body
    }

    /// Why it said no to `request`. Meaningful only when it did; user code does not run.
    pub(crate) fn explain(&self, request: &Request) -> Miss {
        let miss = Miss::new(self.part(), self.expected());
        if let Some(absent) = request.absent_body()
            && self.is_untold(request)
        {
            return miss.received(match absent {
                Absent::Dropped(length) => format!("{length} bytes, which the journal dropped"),
                Absent::Coming => "what had not come yet when this was told".to_owned(),
            });
        }
        match &self.0 {
            Ask::Host(p) => compared(miss, p, request.host()),
            Ask::Scheme(p) => compared(miss, p, request.scheme()),
            Ask::Port(_) => match request.port() {
                Some(port) => miss.received(port.to_string()),
                None => miss,
            },
            Ask::Url(p) => {
                let received = request.url();
                let is_plain = secret::url(&received) == received
                    && matches!(&p.0, Kind::Text(text) if secret::url(text) == *text);
                if is_plain {
                    compared(miss, p, &received)
                } else {
                    secrets(miss, p, &[&received], |url| secret::url(url).into_owned())
                }
            }
            Ask::Path(_) => miss.received(request.path()),
            Ask::PathParam(name, p) => match request.path_param(name) {
                Some(value) => compared(miss, p, value),
                None => miss.hint(format!("the mock's path has no variable {{{name}}}")),
            },
            Ask::Query(key, p) => {
                let values: Vec<&str> = values_of(request.query_pairs(), key);
                if secret::is_secret_key(key) && !values.is_empty() {
                    return secrets(miss, p, &values, secret::stars);
                }
                let others = request.query_pairs().iter().map(|(name, _)| name.as_str());
                several(miss, p, key, &values, others)
            }
            Ask::QueryAll(key, wanted) => {
                let values = values_of(request.query_pairs(), key);
                debug_assert!(!holds_all(wanted, &values) || wanted.is_empty());
                if values.is_empty() {
                    miss
                } else {
                    miss.received(joined(key, &values))
                }
            }
            Ask::QueryExact(_) => miss.received(pairs_text(request.query_pairs())),
            Ask::Header(UPGRADE, Pattern(Kind::Token(_))) if is_after_upgrades(request) => {
                miss.hint("HTTP/2 has no upgrades: let the client speak HTTP/1.1")
            }
            Ask::Header(name, p) => {
                let values: Vec<String> = request
                    .headers()
                    .get_all(name)
                    .iter()
                    .map(header_text)
                    .collect();
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                if secret::is_secret(name.as_str()) && !values.is_empty() {
                    let mask = |value: &str| secret::masked(name.as_str(), value).into_owned();
                    return secrets(miss, p, &values, mask);
                }
                let others = request.headers().keys().map(HeaderName::as_str);
                several(miss, p, name.as_str(), &values, others)
            }
            Ask::HeadersExact(wanted) => {
                let unexpected: Vec<&str> = headers::unexpected(wanted, request.headers())
                    .map(HeaderName::as_str)
                    .collect();
                let unfit: Vec<String> = wanted
                    .iter()
                    .filter(|(name, p)| !headers::fits(name, p, request.headers()))
                    .map(|(name, p)| format!("{name} is not {}", header_pattern(name, p)))
                    .collect();
                let mut said = unfit;
                said.extend(
                    (!unexpected.is_empty())
                        .then(|| format!("also there: {}", unexpected.join(", "))),
                );
                miss.received(said.join("; "))
            }
            Ask::ContentType(expected) => match request.content_type() {
                Some(received) => hinted(miss, expected, received).received(received),
                None => miss,
            },
            Ask::Cookie(name, p) => {
                let values: Vec<&str> = request
                    .cookies()
                    .filter(|(found, _)| found == name)
                    .map(|(_, value)| value)
                    .collect();
                match values.as_slice() {
                    [] => several(miss, p, name, &[], request.cookies().map(|(name, _)| name)),
                    values => secrets(miss, p, values, secret::stars),
                }
            }
            Ask::Basic { user, password } => match (
                headers::basic(request),
                request.headers().get(AUTHORIZATION),
            ) {
                (Some((other, received)), _) if other == user.as_bytes() => miss
                    .received(format!("{user} with another password"))
                    .hint(hint::of_secrets(password, &text_of(&received))),
                (Some((other, _)), _) => {
                    miss.received(format!("basic credentials of {}", text_of(&other)))
                }
                (None, Some(other)) => {
                    miss.received(secret::masked("authorization", &header_text(other)))
                }
                (None, None) => miss,
            },
            Ask::Bearer(p) => match (
                headers::bearer(request),
                request.headers().get(AUTHORIZATION),
            ) {
                (Some(token), _) => secrets(miss, p, &[&text_of(token)], |token| {
                    format!("Bearer {}", secret::stars(token))
                }),
                (None, Some(other)) => {
                    miss.received(secret::masked("authorization", &header_text(other)))
                }
                (None, None) => miss,
            },
            Ask::Body(p) => of_body::body(miss, p, request),
            Ask::BodyContains(_) => of_body::with_body(miss, request),
            Ask::Json(expected) => of_body::json(miss, expected, request, Mode::Equal),
            Ask::JsonIncludes(expected) => of_body::json(miss, expected, request, Mode::Includes),
            #[cfg(feature = "jsonpath")]
            Ask::JsonPath(path, _) => match request.json_value() {
                Ok(value) => {
                    let found: Vec<String> = path
                        .select(value)
                        .into_iter()
                        .map(ToString::to_string)
                        .collect();
                    if found.is_empty() {
                        miss
                    } else {
                        miss.received(shorten(&found.join(", ")))
                    }
                }
                Err(error) => of_body::not_json(miss, request, error),
            },
            #[cfg(feature = "schema")]
            Ask::JsonSchema(schema) => match request.json_value() {
                Ok(value) => miss
                    .received("a body that is not")
                    .detail(crate::miss::Detail::Differences(schema.validate(value))),
                Err(error) => of_body::not_json(miss, request, error),
            },
            #[cfg(feature = "xml")]
            Ask::Xml(xml) => match (request.decoded(), request.xml()) {
                (Err(error), _) => miss.hint(error),
                (Ok(body), Ok(received)) => miss
                    .received(shorten(&text_of(body)))
                    .detail(crate::miss::Detail::Differences(xml.differences(received))),
                (Ok(body), Err(error)) => miss
                    .received(shorten(&text_of(body)))
                    .hint(of_body::other_than("XML", request, error)),
            },
            Ask::Form(field, p) => {
                let form = request.form_pairs();
                let values = values_of(form, field);
                if values.is_empty() && !of_body::is_form(request) {
                    return of_body::not_a_form(miss, request);
                }
                if secret::is_secret_key(field) && !values.is_empty() {
                    return secrets(miss, p, &values, secret::stars);
                }
                let others = form.iter().map(|(name, _)| name.as_str());
                several(miss, p, field, &values, others)
            }
            Ask::FormExact(_) if !of_body::is_form(request) => of_body::not_a_form(miss, request),
            Ask::FormExact(_) => miss.received(pairs_text(request.form_pairs())),
            #[cfg(feature = "multipart")]
            Ask::Multipart(part) => part.explain(miss, request),
            Ask::All(all) => match all
                .iter()
                .find(|one| !one.is_user_code() && !one.accepts(request))
            {
                Some(one) => one.explain(request),
                None => miss,
            },
            Ask::Any(all) => {
                let said: Vec<String> = all
                    .iter()
                    .filter(|one| !one.is_user_code())
                    .map(|one| {
                        one.explain(request)
                            .received
                            .unwrap_or_else(|| format!("no {}", one.part()))
                    })
                    .collect();
                miss.received(said.join(", "))
            }
            Ask::Not(_) => miss.received("a request that does"),
            Ask::Closure(_) | Ask::Custom(_) | Ask::Invalid(_) => miss,
        }
    }
}

fn values_of<'p>(pairs: &'p [(String, String)], key: &str) -> Vec<&'p str> {
    pairs
        .iter()
        .filter(|(name, _)| name == key)
        .map(|(_, value)| value.as_str())
        .collect()
}

/// One value that is there and does not fit.
fn compared(miss: Miss, pattern: &Pattern, received: &str) -> Miss {
    match &pattern.0 {
        Kind::Text(expected) => hinted(miss, expected, received).received(received),
        _ => miss.received(received),
    }
}

pub(super) fn hinted(miss: Miss, expected: &str, received: &str) -> Miss {
    match hint::between(&miss.part, expected, received) {
        Some(sentence) => miss.hint(sentence),
        None => miss,
    }
}

/// Values of a name that may be there several times, or not at all: then a similar name may be.
fn several<'n>(
    miss: Miss,
    pattern: &Pattern,
    name: &str,
    values: &[&str],
    others: impl Iterator<Item = &'n str>,
) -> Miss {
    match values {
        [] => match hint::misnamed(name, others) {
            Some(sentence) => miss.hint(sentence),
            None => miss,
        },
        [one] => compared(miss, pattern, one),
        several => miss.received(several.join(", ")),
    }
}

fn header_pattern(name: &HeaderName, pattern: &Pattern) -> String {
    if secret::is_secret(name.as_str()) {
        secret::pattern(pattern, |value| {
            secret::masked(name.as_str(), value).into_owned()
        })
    } else {
        pattern.to_string()
    }
}

/// Values that must not be shown: what tells them apart is said in words.
fn secrets(miss: Miss, pattern: &Pattern, values: &[&str], mask: impl Fn(&str) -> String) -> Miss {
    let masked: Vec<String> = values.iter().map(|value| mask(value)).collect();
    let miss = miss.received(masked.join(", "));
    match (&pattern.0, values) {
        (Kind::Text(expected), [received]) => miss.hint(hint::of_secrets(expected, received)),
        _ => miss,
    }
}

fn is_after_upgrades(request: &Request) -> bool {
    request.version() >= http::Version::HTTP_2
}

fn listed(all: &[Condition], between: &str) -> String {
    all.iter()
        .map(Condition::describe)
        .collect::<Vec<_>>()
        .join(between)
}

/// Values of a key of the query.
fn joined(key: &str, values: &[impl AsRef<str>]) -> String {
    let shown = values
        .iter()
        .map(|value| secret::value(key, value.as_ref()));
    shown.collect::<Vec<_>>().join(", ")
}

fn pairs_text(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return "nothing".into();
    }
    shorten(
        &pairs
            .iter()
            .map(|(key, value)| format!("{key}={}", secret::value(key, value)))
            .collect::<Vec<_>>()
            .join("&"),
    )
}

fn header_text(value: &HeaderValue) -> String {
    text_of(value.as_bytes())
}

fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if bytes.len() <= LINE => latin1(bytes),
        Err(_) => format!("{} bytes", bytes.len()),
    }
}

pub(super) fn shorten(text: &str) -> String {
    body::listing::shorten(text, LINE)
}
