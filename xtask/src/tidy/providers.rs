//! One provider feature of rustls too many, and the clients of whoever uses standin panic. So none may be on in the workspace,
//! not for tests either: what needs one is a crate in `clients/`.
//!
//! The lock file tells: a dependency that no feature asks for is not in it.

use super::Finding;

const LOCK: &str = "Cargo.lock";
const PROVIDERS: [&str; 2] = ["ring", "aws-lc-rs"];

pub(super) fn check(lock: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut name = "";
    for (at, line) in lock.lines().enumerate() {
        let line = line.trim();
        if line == "[[package]]" {
            name = "";
        } else if let Some(named) = line.strip_prefix("name = ") {
            name = named.trim_matches('"');
        }
        let dependency = line.trim_matches(['"', ',']);
        let dependency = dependency.split(' ').next().unwrap_or_default();
        if name == "rustls" && line.starts_with('"') && PROVIDERS.contains(&dependency) {
            findings.push(Finding::new(
                LOCK,
                at + 1,
                format!("rustls has its feature for `{dependency}`: no provider feature may be on in the workspace"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_of_rustls_is_found_and_one_of_another_crate_is_not() {
        let lock = |of_rustls: &str| {
            format!(
                "[[package]]\nname = \"rustls\"\nversion = \"0.23.1\"\ndependencies = [\n \"once_cell\",\n \"{of_rustls}\",\n]\n\n\
                 [[package]]\nname = \"standin-wire\"\ndependencies = [\n \"ring\",\n]\n"
            )
        };
        assert_eq!(check(&lock("zeroize")), []);
        for provider in ["ring", "aws-lc-rs", "ring 0.17.14"] {
            assert_eq!(check(&lock(provider)).len(), 1);
        }
    }
}
