//! The codes by which a call of gRPC ends.

/// The code of a [`Status`](super::Status).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// It went well.
    Ok = 0,
    /// The client gave it up.
    Cancelled = 1,
    /// Any other error.
    Unknown = 2,
    /// The client said something that could never be right.
    InvalidArgument = 3,
    /// Its time ran out.
    DeadlineExceeded = 4,
    /// What was asked for is not there.
    NotFound = 5,
    /// What was to be made is there already.
    AlreadyExists = 6,
    /// The caller may not do that.
    PermissionDenied = 7,
    /// A quota is used up, or a message is too long.
    ResourceExhausted = 8,
    /// The system is not in the state for it.
    FailedPrecondition = 9,
    /// It was given up, mostly because of what happened at the same time.
    Aborted = 10,
    /// Beyond the valid range.
    OutOfRange = 11,
    /// The server has no such method.
    Unimplemented = 12,
    /// Something that has to hold is broken.
    Internal = 13,
    /// The service is not there now.
    Unavailable = 14,
    /// Data are lost.
    DataLoss = 15,
    /// The caller did not say who it is.
    Unauthenticated = 16,
}
