//! Code under test as others write it: it reads and writes objects, wherever they are.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, Result};

/// Writes a copy of an object beside it and gives its content.
///
/// # Errors
/// When there is no such object, or the store cannot be reached.
pub async fn back_up(store: &impl ObjectStore, name: &str) -> Result<Bytes> {
    let content = store.get(&Path::from(name)).await?.bytes().await?;
    store.put(&Path::from(format!("{name}.bak")), content.clone().into()).await?;
    Ok(content)
}
