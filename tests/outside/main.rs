//! Campaigns with programs that stand around the product where it outgrows one machine: Patroni with etcd, pgbouncer.
//! Not part of `cargo test`, because they need these programs: `make outside`.

#[path = "../support/history.rs"]
mod history;
#[expect(dead_code, reason = "these campaigns need only a part of what the API tests stand on")]
#[path = "../support/front.rs"]
mod support;

#[path = "../campaign/audit.rs"]
mod audit;
#[expect(dead_code, reason = "nobody crashes it here")]
#[path = "../campaign/cluster.rs"]
mod cluster;
#[path = "../campaign/load.rs"]
mod load;

mod failover;
mod pooled;
