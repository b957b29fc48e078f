//! What a plain client of reqwest meets when its connector is standin's, in each version.

#![cfg(all(feature = "reqwest", feature = "reqwest-0_12"))]
#![allow(
    clippy::duplicate_mod,
    reason = "the cases are the source for every version of reqwest"
)]

mod real;
mod reqwest_0_12;
mod reqwest_0_13;
