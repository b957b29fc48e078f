//! kube over standin's service, in the place of the stack that its `Config` would make.

use client_kube::setting;
use kube::client::ConfigExt;
use kube::{Client, Config};
use standin::prelude::*;
use tower::ServiceBuilder;

fn cluster() -> Client {
    let config = Config::new("https://cluster.example.com".parse().expect("a URI"));
    let service = ServiceBuilder::new().layer(config.base_uri_layer()).service(standin::tower::service());
    Client::new(service, config.default_namespace)
}

#[tokio::test]
async fn an_object_is_read() {
    let _net = standin::activate();
    let asked = mock::get("https://cluster.example.com/api/v1/namespaces/default/configmaps/{map}").reply(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}, "data": {"colour": "green"}
    }));
    assert_eq!(setting(cluster(), "app", "colour").await.expect("answered").as_deref(), Some("green"));
    assert_eq!(asked.last_call().path(), "/api/v1/namespaces/default/configmaps/app");
}

#[tokio::test]
async fn a_status_of_the_cluster_is_kubes_error() {
    let _net = standin::activate();
    mock::get("https://cluster.example.com/api/v1/namespaces/default/configmaps/app").reply((
        404,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no app", "reason": "NotFound", "code": 404}),
    ));
    let refused = setting(cluster(), "app", "colour").await.expect_err("there is none");
    assert!(matches!(&refused, kube::Error::Api(status) if status.reason == "NotFound"), "{refused:?}");
}

#[tokio::test]
async fn without_the_layer_a_request_has_no_host() {
    let _net = standin::activate();
    mock::get("/api/v1/namespaces/default/configmaps/app")
        .reply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}}));
    let cluster = Client::new(standin::tower::service(), "default");
    assert_eq!(setting(cluster, "app", "colour").await.expect("answered"), None);
}
