//! octocrab over standin's service: its requests to `https://api.github.com` are answered from mocks.

use client_octocrab::repositories;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use standin::prelude::*;

fn github() -> Octocrab {
    let built = OctocrabBuilder::new_empty()
        .with_service(standin::tower::service())
        .with_layer(&BaseUriLayer::new("https://api.github.com".parse().expect("a URI")))
        .with_auth(AuthState::None)
        .build();
    built.unwrap_or_else(|never| match never {})
}

fn repository(id: u64, name: &str) -> serde_json::Value {
    json!({"id": id, "name": name, "full_name": format!("ada/{name}"), "url": format!("https://api.github.com/repos/ada/{name}")})
}

#[tokio::test]
async fn pages_are_followed_by_their_links() {
    let _net = standin::activate();
    let first = mock::get("https://api.github.com/users/ada/repos?per_page=2").reply(
        reply(200)
            .header("link", r#"<https://api.github.com/user/7/repos?page=2>; rel="next""#)
            .json(json!([repository(1, "engine"), repository(2, "notes")])),
    );
    mock::get("https://api.github.com/user/7/repos?page=2").reply(json!([repository(3, "tables")]));

    let names = repositories(&github(), "ada").await.expect("answered");

    assert_eq!(names, ["ada/engine", "ada/notes", "ada/tables"]);
    assert_eq!(first.last_call().host(), "api.github.com");
}

#[tokio::test]
async fn an_error_of_github_is_octocrabs_error() {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/nobody/repos").reply((
        404,
        json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}),
    ));
    let refused = repositories(&github(), "nobody").await.expect_err("there is nobody");
    assert!(matches!(&refused, octocrab::Error::GitHub { source, .. } if source.message == "Not Found"), "{refused:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_io_error() {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/ada/repos").reply(Fault::Reset);
    let refused = repositories(&github(), "ada").await.expect_err("it broke");
    let mut causes = std::iter::successors(Some(&refused as &dyn std::error::Error), |error| error.source());
    let kind = causes.find_map(|error| error.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    assert_eq!(kind, Some(std::io::ErrorKind::ConnectionReset), "{refused:?}");
}
