//! Which of several PostgreSQL servers takes writes now.
//!
//! `postgres://user@a,b:5433/ioc` names several, as libpq does. Exactly one of them leads; the others stand by, and a
//! cluster manager such as Patroni decides which. A connection to a server that stands by is never given out, and a
//! follower looks every second whether the one that led still does. sqlx knows neither.

use std::{str::FromStr, time::Duration};

use futures::future::join_all;
use sqlx::{
    Connection, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgRow},
};

use super::StoreError;

/// A server that does not answer for so long is not the one to ask.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// One set of options for each host of the URL, in its order.
pub(super) fn hosts(url: &str) -> Result<Vec<PgConnectOptions>, StoreError> {
    let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = authority.rsplit_once('@').map_or((String::new(), authority), |(user, hosts)| {
        let user = format!("{user}@");
        (user, hosts)
    });
    let each = hosts.split(',').map(|host| PgConnectOptions::from_str(&format!("{scheme}://{user}{host}{tail}")));
    each.map(|options| options.map_err(StoreError::from)).collect()
}

/// Asks a connection whether its server takes writes; Err where it does not, or not in time. It stands for a ping.
pub(super) async fn takes_writes(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let asked = sqlx::raw_sql("select pg_is_in_recovery()").fetch_one(connection);
    let row: PgRow = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    if row.try_get::<bool, _>(0)? {
        return Err(sqlx::Error::Protocol("this PostgreSQL stands by and takes no writes".into()));
    }
    Ok(())
}

/// The place of the server that leads, with a connection to it; None where none does.
pub(super) async fn find(hosts: &[PgConnectOptions]) -> Option<(usize, PgConnection)> {
    let asked = join_all(hosts.iter().map(ask)).await;
    asked.into_iter().enumerate().find_map(|(place, connection)| Some((place, connection?)))
}

async fn ask(host: &PgConnectOptions) -> Option<PgConnection> {
    let connecting = tokio::time::timeout(PATIENCE, PgConnection::connect_with(host)).await;
    let mut connection = connecting.ok()?.ok()?;
    takes_writes(&mut connection).await.ok()?;
    Some(connection)
}

/// Points the pools at whichever host leads, until they are closed. Connections to one that led go by themselves: none
/// is given out before it was asked.
pub(super) async fn follow(hosts: Vec<PgConnectOptions>, pools: [PgPool; 2], found: (usize, PgConnection)) {
    let (mut place, mut leader) = (found.0, Some(found.1));
    while tokio::time::timeout(LOOK, pools[0].close_event()).await.is_err() {
        if let Some(connection) = &mut leader
            && takes_writes(connection).await.is_ok()
        {
            continue;
        }
        leader = None;
        let Some((now, connection)) = find(&hosts).await else { continue };
        if now != place {
            tracing::warn!(host = hosts[now].get_host(), port = hosts[now].get_port(), "another PostgreSQL leads now");
            for pool in &pools {
                pool.set_connect_options(hosts[now].clone());
            }
        }
        (place, leader) = (now, Some(connection));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(url: &str) -> Vec<(String, u16)> {
        hosts(url).unwrap().iter().map(|host| (host.get_host().to_owned(), host.get_port())).collect()
    }

    #[test]
    fn each_host_of_a_url_has_its_own_port_and_the_rest_in_common() {
        let url = "postgres://ioc:p%40ss@10.0.0.1,10.0.0.2:5433/reports?sslmode=disable";
        assert_eq!(addresses(url), [("10.0.0.1".to_owned(), 5432), ("10.0.0.2".to_owned(), 5433)]);
        assert!(hosts(url).unwrap().iter().all(|host| host.get_database() == Some("reports")));
        assert!(hosts(url).unwrap().iter().all(|host| host.get_username() == "ioc"));
    }

    #[test]
    fn a_url_with_one_host_or_a_socket_is_what_it_was() {
        assert_eq!(addresses("postgres://a:1/reports"), [("a".to_owned(), 1)]);
        let socket = hosts("postgres://postgres@localhost/reports?host=/run/pg").unwrap();
        assert_eq!(socket[0].get_socket().map(|path| path.display().to_string()), Some("/run/pg".into()));
        assert_eq!(socket.len(), 1);
    }
}
