//! Where a client wants to connect to stands in a request that cannot be named. It can be shown, and that is how it is read.

use std::fmt;

use http::Uri;

/// The destination in a connector's request: a scheme and an authority.
///
/// # Errors
/// With what is shown, where no URL stands in it.
pub(crate) fn read<R: fmt::Debug>(request: &R) -> Result<Uri, Unreadable> {
    let shown = format!("{request:?}");
    let between = shown
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'));
    let uri = between.and_then(|(uri, _)| uri.parse::<Uri>().ok());
    uri.filter(|uri| uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty()))
        .ok_or(Unreadable(shown))
}

/// This version of reqwest shows its requests otherwise.
#[derive(Debug)]
pub(crate) struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "standin cannot read where this version of reqwest connects to; it shows {:?}",
            self.0
        )
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Unnameable(#[expect(dead_code, reason = "it is shown")] Uri);

    #[test]
    fn a_url_is_read_with_its_port_and_its_address() {
        for url in [
            "https://api.github.com/",
            "http://x.io:8080/",
            "https://[::1]:8443/",
            "http://127.0.0.1/",
        ] {
            let request = Unnameable(Uri::from_static(url));
            assert_eq!(read(&request).expect("a URL").to_string(), url);
        }
    }

    #[test]
    fn what_shows_no_url_is_told() {
        for shown in [
            "Unnameable",
            "Unnameable(..)",
            "Unnameable(/path)",
            ")x.io(",
        ] {
            let told = read(&format_args!("{shown}")).expect_err("no URL");
            assert!(told.to_string().contains(shown), "{told}");
        }
    }
}
