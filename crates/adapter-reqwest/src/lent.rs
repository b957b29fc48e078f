//! What reqwest connects with can be neither named nor made outside of it, and only reqwest's own connector hands one out.
//!
//! So a client of our own is asked for a URL, and [`Lending`] stands in it as a connector layer: it lets the client connect, keeps
//! the connection that came of it, and fails the request. The connection goes to the user's client, as what it asked for. In the
//! same way it keeps what the client wants to connect with, for whoever has to connect more than once.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use standin_wire::BoxError;
use tower_layer::Layer;
use tower_service::Service;

thread_local! {
    /// For whom the request connects that is being polled.
    static BORROWER: RefCell<Option<Loan>> = const { RefCell::new(None) };
}

/// What is on its way from one client to another, of a type that cannot be named.
type Lent = Box<dyn Any + Send>;

#[derive(Clone)]
struct Loan(Arc<Mutex<Option<Lent>>>, Wanted);

/// What is borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The connection that the client opens.
    Connection,
    /// The connector's request by which it would be opened.
    Request,
}

impl Loan {
    fn give(&self, lent: Lent) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(lent);
    }

    fn take(&self) -> Option<Lent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is wanted of a request through [`Lending`].
///
/// # Errors
/// With what came of the request, where it did not come to that.
pub(crate) async fn borrow<T: 'static, F>(
    wanted: Wanted,
    request: F,
) -> Result<T, NotLent<F::Output>>
where
    F: Future,
{
    let loan = Loan(Arc::default(), wanted);
    let mut request = pin!(request);
    let lent = poll_fn(|cx| {
        let before = BORROWER.replace(Some(loan.clone()));
        let polled = request.as_mut().poll(cx);
        BORROWER.set(before);
        match (loan.take(), polled) {
            (Some(lent), _) => Poll::Ready(Ok(lent)),
            (None, Poll::Ready(output)) => Poll::Ready(Err(NotLent::Ended(output))),
            (None, Poll::Pending) => Poll::Pending,
        }
    })
    .await?;
    match lent.downcast() {
        Ok(lent) => Ok(*lent),
        Err(_) => Err(NotLent::Other),
    }
}

/// There is nothing.
#[derive(Debug)]
pub(crate) enum NotLent<O> {
    /// The request ended with this.
    Ended(O),
    /// It is of another type.
    Other,
}

/// The layer of the client that is asked for connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lending;

impl<S> Layer<S> for Lending {
    type Service = Lender<S>;

    fn layer(&self, inner: S) -> Lender<S> {
        Lender(inner)
    }
}

/// Connects, and keeps what came of it.
#[derive(Clone)]
pub(crate) struct Lender<S>(S);

/// The request has done what it was made for.
#[derive(Debug)]
struct Done;

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what this client connects with went to another")
    }
}

impl std::error::Error for Done {}

impl<S, R> Service<R> for Lender<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Send + 'static,
    S::Future: Send + 'static,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let loan = BORROWER.with_borrow(Clone::clone);
        if let Some(loan) = loan.as_ref().filter(|loan| loan.1 == Wanted::Request) {
            loan.give(Box::new(request));
            return Box::pin(std::future::ready(Err(Done.into())));
        }
        let connecting = self.0.call(request);
        Box::pin(async move {
            let connection = connecting.await?;
            if let Some(loan) = loan {
                loan.give(Box::new(connection));
            }
            Err(Done.into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Opens(&'static str);

    impl Service<u8> for Opens {
        type Response = String;
        type Error = BoxError;
        type Future = std::future::Ready<Result<String, BoxError>>;

        fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: u8) -> Self::Future {
            std::future::ready(match request {
                0 => Err("nobody is there".into()),
                _ => Ok(format!("{} {request}", self.0)),
            })
        }
    }

    #[tokio::test]
    async fn the_connection_goes_to_who_borrows_and_the_request_ends() {
        let mut lender = Lending.layer(Opens("connection"));
        let lent = borrow::<String, _>(Wanted::Connection, async { lender.call(7).await }).await;
        assert_eq!(lent.expect("lent"), "connection 7");
        let refused = borrow::<String, _>(Wanted::Connection, async { lender.call(0).await }).await;
        assert!(
            matches!(&refused, Err(NotLent::Ended(Err(error))) if error.to_string() == "nobody is there")
        );
        let of_another_type =
            borrow::<u8, _>(Wanted::Connection, async { lender.call(7).await }).await;
        assert!(matches!(of_another_type, Err(NotLent::Other)));
        let request = borrow::<u8, _>(Wanted::Request, async { lender.call(0).await }).await;
        assert_eq!(request.expect("lent"), 0);
    }

    #[tokio::test]
    async fn a_request_inside_another_borrows_for_itself() {
        let mut outer = Lending.layer(Opens("outer"));
        let lent = borrow::<String, _>(Wanted::Connection, async {
            let mut inner = Lending.layer(Opens("inner"));
            let inner =
                borrow::<String, _>(Wanted::Connection, async { inner.call(1).await }).await;
            assert_eq!(inner.expect("lent"), "inner 1");
            outer.call(2).await
        });
        assert_eq!(lent.await.expect("lent"), "outer 2");
    }
}
