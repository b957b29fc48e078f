//! The curl crate over the libcurl of the system, which is linked and not compiled in: its calls reach the hooks all the same.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use standin::prelude::*;

/// Code of somebody else.
fn get(url: &str) -> Result<String, Box<dyn Error>> {
    let mut easy = curl::easy::Easy::new();
    easy.url(url)?;
    easy.timeout(Duration::from_secs(20))?;
    let mut body = Vec::new();
    {
        let mut transfer = easy.transfer();
        transfer.write_function(|piece| {
            body.extend_from_slice(piece);
            Ok(piece.len())
        })?;
        transfer.perform()?;
    }
    Ok(String::from_utf8(body)?)
}

#[test]
fn http_and_https_by_name_and_by_address() -> Result<(), Box<dyn Error>> {
    if curl::Version::get().vendored() {
        println!("NOT RUN over the system's libcurl, which pkg-config does not find: it is the crate's own");
    }
    let _net = standin::activate();
    for url in [
        "http://api.example.test/zen",
        "http://93.184.216.34/zen",
        "https://api.example.test/zen",
        "https://93.184.216.34/zen",
    ] {
        mock::get(url).reply("Keep it logically awesome.");
        assert_eq!(get(url)?, "Keep it logically awesome.", "{url}");
    }
    Ok(())
}

#[test]
fn what_no_mock_has_is_refused_and_told() {
    let net = standin::activate();
    get("https://other.example.test/").expect_err("no such name");
    get("https://93.184.216.35/").expect_err("refused");
    // A libcurl of now asks for a name's addresses of IPv4 and of IPv6 by themselves.
    let unmatched = net.take_unmatched();
    let asked: BTreeSet<_> = unmatched.iter().map(|call| call.url().to_string()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
}
