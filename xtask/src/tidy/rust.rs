//! Rules on the code of a file that no lint knows, or that a lint would only warn of.

use super::Finding;
use super::source::Source;

/// The one file of core that may ask the machine for the time.
const CLOCK: &str = "crates/core/src/clock.rs";

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(header(source));
    findings.extend(unfinished(source));
    findings.extend(without_reason(source));
    findings.extend(clocks(source));
    findings.extend(sleeping_tests(source));
    findings.extend(fixed_ports(source));
    findings
}

/// A module opens with the problem that it solves.
fn header(source: &Source) -> Option<Finding> {
    if !source.path.starts_with("src/") && !source.path.contains("/src/") {
        return None;
    }
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let (start, said) = (at, line.trim_start());
        at += line.len();
        if said.starts_with("//!") {
            return None;
        }
        let attribute = source.code[start..].trim_start().starts_with("#!");
        if attribute && let Some(group) = source.group(start, '[', ']') {
            // An attribute may span lines; the header may follow it.
            let after = source.text[group.end..].trim_start();
            if after.starts_with("//!") {
                return None;
            }
        }
        if !said.is_empty() && !attribute && !said.starts_with("#!") {
            break;
        }
    }
    Some(Finding::new(
        source.path,
        1,
        "no `//!` header: open with the problem that this module solves",
    ))
}

fn unfinished(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in ["todo!", "unimplemented!", "dbg!"] {
        for at in source.words(name) {
            findings.push(Finding::new(
                source.path,
                source.line(at),
                format!("`{name}` is unfinished"),
            ));
        }
    }
    findings
}

/// An attribute that silences something says why.
fn without_reason(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let starts = source
        .code
        .match_indices("#[")
        .chain(source.code.match_indices("#!["));
    for (start, _) in starts {
        let Some(group) = source.group(start, '[', ']') else {
            continue;
        };
        let attribute = &source.code[group.clone()];
        let mut said = |what: &str| {
            findings.push(Finding::new(
                source.path,
                source.line(start),
                format!("{what} without a reason"),
            ));
        };
        for name in ["allow", "expect"] {
            for at in source.words(name) {
                let arguments = group
                    .contains(&at)
                    .then(|| source.group(at, '(', ')'))
                    .flatten()
                    .filter(|arguments| arguments.start == at + name.len());
                if let Some(arguments) = arguments
                    && !source.code[arguments].contains("reason =")
                {
                    said(&format!("`{name}`"));
                }
            }
        }
        let inside = attribute.trim_matches(['[', ']']).trim();
        if inside == "ignore" || (inside.starts_with("cfg_attr") && inside.ends_with("ignore)")) {
            said("`ignore`");
        }
    }
    findings
}

/// Time is an input of core.
fn clocks(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("crates/core/src/") || source.path == CLOCK {
        return Vec::new();
    }
    let names = ["Instant::now", "SystemTime::now", "thread::sleep"];
    let found = names.iter().flat_map(|name| {
        let said = format!("`{name}` in core: ask the engine's Clock");
        source
            .words(name)
            .into_iter()
            .map(move |at| Finding::new(source.path, source.line(at), said.clone()))
    });
    found.collect()
}

/// A test that sleeps is slow when it passes and flaky when it matters.
fn sleeping_tests(source: &Source) -> Vec<Finding> {
    // Under tokio's paused clock a sleep is an event as any other.
    let paused = ["start_paused", "time::pause("]
        .iter()
        .any(|pause| source.code.contains(pause));
    let mut findings = Vec::new();
    for at in source.words("sleep") {
        let call = source.code[at..].starts_with("sleep(");
        let blocks = source.code[..at].ends_with("thread::");
        let method = source.code[..at].ends_with('.') || source.code[..at].ends_with("fn ");
        if call && !method && (blocks || !paused) && source.in_test(at) {
            findings.push(Finding::new(
                source.path,
                source.line(at),
                "a test sleeps: wait for an event, or pause the clock",
            ));
        }
    }
    findings
}

/// A port that two tests want, or that somebody's database has, fails the one that comes second.
fn fixed_ports(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for at in source.words("bind") {
        let Some(group) = source
            .group(at, '(', ')')
            .filter(|group| group.start == at + 4)
        else {
            continue;
        };
        let port = port(&source.text[group]);
        if port.is_some_and(|port| port != 0) && source.in_test(at) {
            findings.push(Finding::new(
                source.path,
                source.line(at),
                "a fixed port in a test: bind to port 0 and ask which it is",
            ));
        }
    }
    findings
}

/// The literal port at the end of the arguments of `bind`: `("127.0.0.1:80")`, `(("::1", 80))`, `(([127, 0, 0, 1], 80))`.
fn port(arguments: &str) -> Option<u32> {
    let inner =
        arguments.trim_end_matches(|c: char| c == ')' || c == '"' || c == ',' || c.is_whitespace());
    let before = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    let separated = before.trim_end().ends_with([':', ',']);
    separated
        .then(|| inner[before.len()..].parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: fn(&Source) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
        let findings = rule(&Source::new(path, text));
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_module_has_a_header_which_may_follow_attributes() {
        let bare = |path, text| header(&Source::new(path, text)).is_some();
        assert!(!bare("src/a.rs", "//! What.\nfn a() {}"));
        assert!(!bare("src/a.rs", "#![allow(x)]\n\n//! What.\n"));
        assert!(!bare("src/a.rs", "#![allow(\n    x,\n)]\n//! What.\n"));
        assert!(bare("src/a.rs", "fn a() {}\n//! What.\n"));
        assert!(bare("crates/x/src/a.rs", "// What.\n"));
        assert!(bare("src/a.rs", ""));
        assert!(!bare("tests/a.rs", "fn a() {}"));
    }

    #[test]
    fn unfinished_code_is_found_and_its_mention_is_not() {
        let text = "// todo!\nfn a() { todo!() }\nfn b() { dbg!(1); f(\"dbg!\") }";
        assert_eq!(found(unfinished, "src/a.rs", text), [2, 3]);
    }

    #[test]
    fn a_silencing_attribute_gives_its_reason() {
        let rule = |text| found(without_reason, "src/a.rs", text);
        assert_eq!(rule("#[allow(dead_code)]\nfn a() {}"), [1]);
        assert_eq!(rule("\n#![expect(dead_code)]"), [2]);
        assert_eq!(rule("#[cfg_attr(x, allow(dead_code))]"), [1]);
        assert_eq!(
            rule("#[allow(dead_code, reason = \"wired later\")]"),
            [0; 0]
        );
        assert_eq!(rule("#[ignore]\nfn a() {}"), [1]);
        assert_eq!(rule("#[ignore = \"needs a network\"]"), [0; 0]);
        assert_eq!(rule("fn a() { x.expect(\"y\"); allow(1) }"), [0; 0]);
    }

    #[test]
    fn core_asks_its_clock() {
        let text = "fn a() {\n    Instant::now();\n}";
        assert_eq!(found(clocks, "crates/core/src/a.rs", text), [2]);
        assert_eq!(found(clocks, CLOCK, text), [0; 0]);
        assert_eq!(found(clocks, "crates/wire/src/a.rs", text), [0; 0]);
    }

    #[test]
    fn a_test_sleeps_only_under_a_paused_clock() {
        let rule = |path, text| found(sleeping_tests, path, text);
        assert_eq!(rule("tests/a.rs", "thread::sleep(x)"), [1]);
        assert_eq!(rule("tests/a.rs", "tokio::time::sleep(x)"), [1]);
        assert_eq!(
            rule(
                "tests/a.rs",
                "#[tokio::test(start_paused = true)]\ntime::sleep(x)"
            ),
            [0; 0]
        );
        assert_eq!(
            rule(
                "tests/a.rs",
                "#[tokio::test(start_paused = true)]\nthread::sleep(x)"
            ),
            [2]
        );
        assert_eq!(rule("tests/a.rs", "clock.sleep(x); fn sleep() {}"), [0; 0]);
        assert_eq!(rule("src/a.rs", "sleep(x)"), [0; 0]);
    }

    #[test]
    fn a_test_binds_to_port_0() {
        let rule = |text| found(fixed_ports, "tests/a.rs", text);
        assert_eq!(rule("bind(\"127.0.0.1:8080\")"), [1]);
        assert_eq!(rule("bind((\"::1\", 80))"), [1]);
        assert_eq!(rule("bind(([127, 0, 0, 1], 8080))"), [1]);
        assert_eq!(rule("bind(\"127.0.0.1:0\")"), [0; 0]);
        assert_eq!(rule("bind((host, 0))"), [0; 0]);
        assert_eq!(rule("bind(address)"), [0; 0]);
        assert_eq!(rule("bind(address2)"), [0; 0]);
    }
}
