//! The engine of standin, without I/O.

mod miss;
mod report;

pub use miss::{Detail, Difference, Miss, Part};
pub use report::{
    BodyDump, Finding, Location, MockLine, Near, NearRequest, NearWhy, Report, RequestDump,
    RequestLine, Style,
};
