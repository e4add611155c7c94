//! Campaigns: the product under load while something is done to it. Clients write down what they were told, and in the end
//! it is held against what is there (`audit`).

#[expect(dead_code, reason = "these campaigns need only a part of what the API tests stand on")]
#[path = "../support/front.rs"]
#[macro_use]
mod support;
#[path = "../support/history.rs"]
mod history;

mod audit;
mod checker;
mod cluster;
mod fleet;
mod hangup;
mod kill;
mod load;
mod silent;
mod storm;
