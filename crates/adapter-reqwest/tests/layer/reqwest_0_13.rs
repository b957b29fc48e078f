//! reqwest 0.13.

use ::reqwest_0_13 as client;
use standin_reqwest::reqwest as adapter;

#[path = "cases.rs"]
mod cases;
#[path = "relied_on.rs"]
mod relied_on;
#[path = "shared.rs"]
mod shared;
