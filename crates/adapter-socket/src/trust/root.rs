//! A list of roots holds subject and key, not the certificate: they are cut out of it.

use super::anchors::Root;

/// What a list holds of the certificate of a CA, in DER; `None` where it is no certificate.
pub(super) fn of(certificate: &'static [u8]) -> Option<Root> {
    let (_, certificate_fields, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate_fields)?;
    // Version, serial number, algorithm, issuer, validity.
    for _ in 0..5 {
        fields = element(fields)?.2;
    }
    let (_, subject, rest) = element(fields)?;
    let (_, key, _) = element(rest)?;
    Some(Root {
        subject,
        key,
        certificate,
    })
}

/// Tag, contents and what comes after.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut len = usize::from(first);
    if first & 0x80 != 0 {
        let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
        len = digits.iter().try_fold(0_usize, |len, digit| {
            len.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        rest = after;
    }
    let (contents, rest) = rest.split_at_checked(len)?;
    Some((tag, contents, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_and_key_are_cut_out() {
        let root = of(standin_wire::tls::ca_der()).expect("a certificate");
        let text = String::from_utf8_lossy(root.subject);
        assert!(text.contains("standin"), "{text:?}");
        // A sequence for the algorithm, a bit string for the point on the curve.
        assert_eq!(root.key[0], 0x30);
        assert_eq!(root.key[root.key.len() - 65], 4);
    }

    #[test]
    fn what_is_cut_short_is_no_certificate() {
        let whole = standin_wire::tls::ca_der();
        for len in 0..200 {
            assert!(of(&whole[..len]).is_none(), "{len}");
        }
    }
}
