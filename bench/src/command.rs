//! What was asked for on the command line?

use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
cargo run --release -- [FILTER] [OPTIONS]            run the rows whose name contains FILTER
                       list                          rows and contestants
                       instructions [FILTER]         instructions for each repetition in process (needs valgrind)
                       crates [FILTER] [--save]      crates and clean build time by feature set (minutes)
                       --once ROW/CONTESTANT N       run one contestant N times, for tools that count from outside

--save   also write the tables to results/
--check  fail where a promise of standin's does not hold
--spread let the system move threads between cores; the rows run on one core otherwise";

/// What to do.
pub enum Command {
    Help,
    List,
    Rows {
        filter: String,
        save: bool,
        check: bool,
        spread: bool,
    },
    Once {
        name: String,
        repetitions: u64,
    },
    Instructions {
        filter: String,
    },
    Crates {
        filter: String,
        save: bool,
    },
}

impl Command {
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = Vec::new();
        let (mut save, mut check, mut spread, mut once, mut help) =
            (false, false, false, false, false);
        for argument in arguments {
            match argument.as_str() {
                "--save" => save = true,
                "--check" => check = true,
                "--spread" => spread = true,
                "--once" => once = true,
                "--help" | "-h" => help = true,
                unknown if unknown.starts_with('-') => {
                    return Err(format!("unknown option `{unknown}`"));
                }
                _ => words.push(argument),
            }
        }
        if help {
            return Ok(Self::Help);
        }
        if once {
            let [name, repetitions] = words
                .try_into()
                .map_err(|_| "--once takes a row/contestant and a number".to_owned())?;
            let repetitions = repetitions
                .parse()
                .map_err(|_| format!("`{repetitions}` is no number of repetitions"))?;
            return Ok(Self::Once { name, repetitions });
        }
        let mut words = words.into_iter();
        let (first, second) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        if let Some(extra) = words.next() {
            return Err(format!("`{extra}` is one word too many"));
        }
        let filter = if first == "crates" { &second } else { &first };
        if save && !filter.is_empty() {
            return Err("--save takes no filter: a part would replace the whole".to_owned());
        }
        match first.as_str() {
            "list" => Ok(Self::List),
            "instructions" => Ok(Self::Instructions { filter: second }),
            "crates" => Ok(Self::Crates {
                filter: second,
                save,
            }),
            _ if !second.is_empty() => Err(format!("`{second}` is one word too many")),
            _ => Ok(Self::Rows {
                filter: first,
                save,
                check,
                spread,
            }),
        }
    }
}

/// The folder of this crate.
pub fn home() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// Writes a result beside the sources.
pub fn save(name: &str, text: &str) -> Result<(), String> {
    let folder = home().join("results");
    let path = folder.join(name);
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}
