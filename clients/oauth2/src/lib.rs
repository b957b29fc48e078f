//! Code under test as others write it: it logs in at a provider whose host is written in.

use std::error::Error;

use oauth2::basic::{BasicClient, BasicRequestTokenError};
use oauth2::{AsyncHttpClient, ClientId, ClientSecret, Scope, TokenResponse, TokenUrl};

/// A token for this program itself.
///
/// # Errors
/// When the provider refuses or cannot be reached.
pub async fn token<E, H>(http: &H) -> Result<String, BasicRequestTokenError<E>>
where
    E: Error + 'static,
    H: for<'c> AsyncHttpClient<'c, Error = E>,
{
    let token_url = TokenUrl::new("https://login.example.com/token".to_owned()).expect("a URL");
    let client = BasicClient::new(ClientId::new("ledger".to_owned()))
        .set_client_secret(ClientSecret::new("s3cret".to_owned()))
        .set_token_uri(token_url);
    let asked = client.exchange_client_credentials().add_scope(Scope::new("read".to_owned()));
    let granted = asked.request_async(http).await?;
    Ok(granted.access_token().secret().clone())
}
