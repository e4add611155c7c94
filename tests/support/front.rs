//! What black-box tests stand on: scratch databases on both engines, a made-up map, the real binary behind a real port.

pub mod database;
pub mod map;
#[expect(clippy::unwrap_used, reason = "a cluster that cannot be started ends the test")]
pub mod postgres;
pub mod server;

pub use database::Engine;
pub use server::TestServer;

/// Runs one test body against a fresh server on `engine`, on a runtime of its own.
pub fn on<F, Fut>(engine: Engine, body: F)
where
    F: FnOnce(TestServer) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be started").block_on(async {
        body(TestServer::start(engine).await).await;
    });
}

/// Declares each `async fn(TestServer)` as a test on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_engines {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $fact() {
                $crate::support::on($crate::support::Engine::Sqlite, super::$fact);
            })+
        }
        mod postgres {
            $(#[test] fn $fact() {
                $crate::support::on($crate::support::Engine::Postgres, super::$fact);
            })+
        }
    };
}
