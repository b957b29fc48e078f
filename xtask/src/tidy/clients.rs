//! A table of clients is believed as long as its lines compile: what `docs/clients.md` shows has to stand in a test.

use std::collections::BTreeMap;

use super::Finding;

const PAGE: &str = "docs/clients.md";

pub(super) fn check(texts: &BTreeMap<String, String>) -> Vec<Finding> {
    let Some(page) = texts.get(PAGE) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut shown: Option<(usize, String)> = None;
    for (at, line) in page.lines().enumerate() {
        match &mut shown {
            Some((from, code)) if line.starts_with("```") => {
                if !stands_in(texts, "clients/", code) {
                    let said = "no file in clients/ has this code";
                    findings.push(Finding::new(PAGE, *from, said));
                }
                shown = None;
            }
            Some((_, code)) => code.push_str(line),
            None if line.starts_with("```") => shown = Some((at + 1, String::new())),
            None => findings.extend(
                row(texts, line)
                    .err()
                    .map(|said| Finding::new(PAGE, at + 1, said)),
            ),
        }
    }
    findings
}

/// A row of the table: its third cell begins with the line to write, its fourth links to what runs that.
fn row(texts: &BTreeMap<String, String>, line: &str) -> Result<(), String> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let &["", _, _, shown, run_by, ""] = cells.as_slice() else {
        return Ok(());
    };
    if shown == "line" || shown.starts_with("---") {
        return Ok(());
    }
    let Some((code, _)) = shown
        .strip_prefix('`')
        .and_then(|rest| rest.split_once('`'))
    else {
        return Err("the row shows no line in backticks".to_owned());
    };
    let Some((_, rest)) = run_by.split_once("](../") else {
        return Err("the row links to nothing that runs its line".to_owned());
    };
    let path = rest.split(')').next().unwrap_or(rest);
    match stands_in(texts, path, code) {
        true => Ok(()),
        false => Err(format!("`{code}` stands nowhere in {path}")),
    }
}

/// Whether a file at or below `path` has this code, however it is broken into lines.
fn stands_in(texts: &BTreeMap<String, String>, path: &str, code: &str) -> bool {
    let below = format!("{}/", path.trim_end_matches('/'));
    let code = squeezed(code);
    texts
        .iter()
        .filter(|(name, _)| name.ends_with(".rs") && (*name == path || name.starts_with(&below)))
        .any(|(_, text)| squeezed(text).contains(&code))
}

fn squeezed(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(page: &str) -> Vec<(usize, String)> {
        let texts = [
            (PAGE, page),
            (
                "clients/ureq/tests/ureq.rs",
                "let agent =\n    standin::ureq::agent();\n",
            ),
        ];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let findings = check(&texts.into());
        findings
            .into_iter()
            .map(|finding| (finding.line, finding.said))
            .collect()
    }

    #[test]
    fn a_row_names_what_runs_its_line() {
        let head = "| client | version | line | run by |\n|---|---|---|---|\n";
        let row = |line: &str, path: &str| format!("{head}| ureq | 3 | {line} | [it](../{path}) |");
        assert_eq!(
            said(&row("`agent = standin::ureq::agent()`", "clients/ureq")),
            []
        );
        for (line, path, wrong) in [
            (
                "`standin::ureq::connector()`",
                "clients/ureq",
                "`standin::ureq::connector()` stands nowhere in clients/ureq",
            ),
            (
                "`agent()`",
                "clients/isahc",
                "`agent()` stands nowhere in clients/isahc",
            ),
            (
                "an agent",
                "clients/ureq",
                "the row shows no line in backticks",
            ),
        ] {
            assert_eq!(said(&row(line, path)), [(3, wrong.to_owned())]);
        }
        let unlinked = format!("{head}| ureq | 3 | `agent()` | a test |");
        assert_eq!(said(&unlinked).len(), 1);
    }

    #[test]
    fn code_between_fences_stands_in_a_client() {
        assert_eq!(
            said("```rust\nlet agent = standin::ureq::agent();\n```"),
            []
        );
        let wrong = said("text\n\n```rust\nlet agent = ureq::agent();\n```");
        assert_eq!(wrong, [(3, "no file in clients/ has this code".to_owned())]);
    }
}
