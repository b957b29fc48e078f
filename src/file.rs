//! Long bodies live in files beside the tests.

use std::path::Path;
use std::{env, fs};

use standin_core::Content;

/// The content of a file, read now, as the body of a reply or an expectation. Its content type follows from its extension.
///
/// The path is relative to the current directory: under cargo the folder of the package. A file that cannot be read is told by
/// the terminal of the declaration, which panics.
///
/// ```
/// use standin::prelude::*;
///
/// let _net = standin::activate();
/// mock::get("https://x.io/manifest").optional().reply(standin::file("Cargo.toml"));
/// ```
#[track_caller]
pub fn file(path: impl AsRef<Path>) -> Content {
    let path = path.as_ref();
    match fs::read(path) {
        Ok(bytes) => {
            let content = Content::new(bytes);
            match content_type(path) {
                Some(content_type) => content.content_type(content_type),
                None => content,
            }
        }
        Err(error) => Content::unavailable(format!(
            "the file `{}` cannot be read: {error}{}",
            path.display(),
            relative_to(path)
        )),
    }
}

fn relative_to(path: &Path) -> String {
    if path.is_absolute() {
        return String::new();
    }
    match env::current_dir() {
        Ok(directory) => format!(
            "; it is looked for in `{}`, the current directory",
            directory.display()
        ),
        Err(error) => format!("; the current directory cannot be told: {error}"),
    }
}

fn content_type(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "json" => "application/json",
        "xml" => "application/xml",
        "html" | "htm" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "bin" => "application/octet-stream",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use standin_core::{Outcome, Request};

    use super::*;

    #[test]
    fn a_file_brings_its_bytes_and_its_content_type() {
        let engine = crate::engine();
        engine.get("https://x.io/").reply(file("Cargo.toml"));
        engine
            .get("https://x.io/license")
            .header("x", "1")
            .optional()
            .reply(file("README.md"));
        let Outcome::Reply(answered) = engine.serve_blocking(Request::get("https://x.io/")) else {
            panic!("not answered");
        };
        let written = fs::read("Cargo.toml").expect("cargo runs tests beside it");
        assert_eq!(answered.reply.as_body().to_bytes(), written);
        assert_eq!(
            answered.reply.headers()["content-type"],
            "application/octet-stream"
        );
        answered.ticket.settle();
    }

    #[test]
    fn extensions_in_any_case_say_the_content_type() {
        assert_eq!(
            content_type(Path::new("a/b.JSON")),
            Some("application/json")
        );
        assert_eq!(content_type(Path::new("photo.jpeg")), Some("image/jpeg"));
        assert_eq!(content_type(Path::new("json")), None);
    }

    #[test]
    fn what_is_missing_is_told_with_the_folder_it_was_looked_for_in() {
        let said = catch_unwind(|| {
            let engine = crate::engine();
            engine.get("https://x.io/").reply(file("no/such.json"));
        });
        let said = said
            .expect_err("refused")
            .downcast::<String>()
            .expect("text");
        let here = env::current_dir().expect("there is one");
        assert!(said.contains("no/such.json"), "{said}");
        assert!(said.contains(&here.display().to_string()), "{said}");
        assert!(said.contains("file.rs"), "{said}");
    }
}
