//! Code under test as others write it: a blocking client of GitHub whose host is written in.

use ureq::Agent;

/// What GitHub says when it is asked nothing.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub fn zen(agent: &Agent) -> Result<String, ureq::Error> {
    agent.get("https://api.github.com/zen").call()?.body_mut().read_to_string()
}
