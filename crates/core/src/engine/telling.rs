//! A report is of use where somebody reads it: printed whole, by the test's own thread, and the test fails with it.

use std::panic::{Location, resume_unwind};

use crate::report::{Finding, Report, Style};

/// What is known, where an engine is verified, of what its test returned.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Returned<'e> {
    /// Nothing; this shows it together with the report.
    Unseen(&'static str),
    /// No error.
    Well,
    Error(&'e str),
}

/// Tells a report that is not ok, and fails the test unless it is failing already.
///
/// The report is printed here, whole and in one piece, and the test is failed without the panic hook: its backtrace would drown
/// the report. The payload is the report as text, so that `#[should_panic(expected = ..)]` works.
#[expect(
    clippy::print_stderr,
    reason = "the failure report is what a user reads; libtest captures it with the test's output"
)]
pub(crate) fn close(
    report: &Report,
    at: &'static Location<'static>,
    panicking: bool,
    returned: Returned<'_>,
) {
    let text = report.render(Style::for_stderr());
    let text = text.trim_end();
    if panicking {
        eprintln!(
            "\n{text}\n\n(the test was failing already; this is what standin saw, verified for {at})"
        );
        return;
    }
    match returned {
        Returned::Error(error) => {
            let error = format!("the test returned an error: {error}");
            eprintln!("\n{error}\n\n{text}\n\nverified for {at}");
            resume_unwind(Box::new(format!("{error}\n\n{report}")));
        }
        Returned::Well => eprintln!("\n{text}\n\nverified for {at}"),
        Returned::Unseen(shown_by) => {
            let lacks_calls = report
                .findings
                .iter()
                .any(|finding| matches!(finding, Finding::Unmet { .. }));
            // It ends a test before the rest is asked for, and asks for nothing itself.
            let early = match lacks_calls {
                true => {
                    "If the test returns a `Result`, an early `?` may be the cause, its error unseen"
                }
                false => "If the test returned an error too, it is unseen",
            };
            eprintln!("\n{text}\n\nverified for {at}. {early}: {shown_by}");
        }
    }
    resume_unwind(Box::new(report.to_string()));
}

/// Tells the notes of a report that is ok: the test may have failed all the same, by an assertion of its own or by the error that it
/// returned, and only libtest knows. It shows this where the test fails, as all that a test prints.
#[expect(
    clippy::print_stderr,
    reason = "the seed is what a user needs to see the failure again; libtest captures it with the test's output"
)]
pub(crate) fn tell_notes(report: &Report, at: &'static Location<'static>) {
    if !report.notes.is_empty() {
        let text = report.render(Style::for_stderr());
        eprintln!("\n{}\n\nverified for {at}", text.trim_end());
    }
}
