//! A socket of Unix has a path and no host; an engine knows connections by host and port. So the path becomes a host that no name is.

/// The host that stands for the socket at this path: `/var/run/docker.sock` is `!var!run!docker.sock`.
pub(crate) fn host_of_path(path: &[u8]) -> String {
    let mut host = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'/' => host.push('!'),
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => host.push(char::from(*byte)),
            byte => host.push_str(&format!("={byte:02x}")),
        }
    }
    // A dot at the end would be taken for that of a whole name.
    if host.ends_with('.') {
        host.push('=');
    }
    host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_a_host_of_its_own() {
        assert_eq!(
            host_of_path(b"/var/run/docker.sock"),
            "!var!run!docker.sock"
        );
        assert_eq!(host_of_path(b"/A"), "!=41");
        assert_eq!(host_of_path(b"/a."), "!a.=");
        assert_eq!(host_of_path(b"\0abstract"), "=00abstract");
        for path in [&b"/a b"[..], b"/=41", b"/\xff", b"/!"] {
            let uri = format!("http://{}/x", host_of_path(path));
            let uri: http::Uri = uri.parse().expect("a URL");
            assert_eq!(uri.host(), Some(&*host_of_path(path)));
        }
    }
}
