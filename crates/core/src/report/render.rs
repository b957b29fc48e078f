//! The words of a report.

use super::{Finding, Report, Style};

pub(super) fn report(report: &Report, style: Style) -> String {
    report
        .findings
        .iter()
        .map(|one| finding(one, style))
        .collect()
}

pub(super) fn finding(finding: &Finding, _style: Style) -> String {
    format!("{finding:?}\n")
}
