//! reqwest 0.12.

use ::reqwest_0_12 as client;
use standin_reqwest::reqwest_0_12 as adapter;

#[path = "cases.rs"]
mod cases;
#[path = "relied_on.rs"]
mod relied_on;
#[path = "shared.rs"]
mod shared;
