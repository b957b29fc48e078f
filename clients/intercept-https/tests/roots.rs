//! Lists of roots that are compiled in have the CA in the place of others before `main`, whichever version a client was built with.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

fn is_in_ca(piece: &[u8]) -> bool {
    standin::tls::ca_der().windows(piece.len()).any(|window| window == piece)
}

/// How many anchors of a list are the CA.
fn planted<'a>(list: impl Iterator<Item = [&'a [u8]; 2]>) -> usize {
    list.filter(|anchor| anchor.iter().all(|piece| is_in_ca(piece))).count()
}

#[test]
fn in_version_0_25() {
    let list = webpki_roots_0_25::TLS_SERVER_ROOTS.iter();
    assert_ne!(planted(list.map(|root| [root.subject, root.spki])), 0);
}

#[test]
fn in_version_0_26() {
    let list = webpki_roots_0_26::TLS_SERVER_ROOTS.iter();
    assert_ne!(planted(list.map(|root| [&*root.subject, &*root.subject_public_key_info])), 0);
}

#[test]
fn in_version_1() {
    let list = webpki_roots::TLS_SERVER_ROOTS.iter();
    assert_ne!(planted(list.map(|root| [&*root.subject, &*root.subject_public_key_info])), 0);
}

#[test]
fn among_whole_certificates() {
    let list = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    assert_ne!(list.filter(|root| root.as_ref() == standin::tls::ca_der()).count(), 0);
}
