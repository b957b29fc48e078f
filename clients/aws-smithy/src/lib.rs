//! Code under test as others write it: a client of AWS, whose host is in its SDK.

use aws_sdk_sts::Client;

/// The number of the account that the client's credentials are of.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub async fn account(sts: &Client) -> Result<String, aws_sdk_sts::Error> {
    let identity = sts.get_caller_identity().send().await?;
    Ok(identity.account.unwrap_or_default())
}
