//! Code under test as others write it: it asks a cluster.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};

/// A setting of the default namespace.
///
/// # Errors
/// When the cluster refuses or cannot be reached.
pub async fn setting(cluster: Client, map: &str, key: &str) -> kube::Result<Option<String>> {
    let maps: Api<ConfigMap> = Api::default_namespaced(cluster);
    Ok(maps.get(map).await?.data.and_then(|mut data| data.remove(key)))
}
