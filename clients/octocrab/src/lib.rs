//! Code under test as others write it: a client of GitHub whose host is written in.

use octocrab::{Octocrab, Page, models};

/// Full names of the repositories of a user, all pages.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub async fn repositories(github: &Octocrab, user: &str) -> octocrab::Result<Vec<String>> {
    let first: Page<models::Repository> = github.users(user).repos().per_page(2).send().await?;
    let all = github.all_pages(first).await?;
    Ok(all.into_iter().filter_map(|repository| repository.full_name).collect())
}
