//! PostgreSQL's own programs: `pg_dump` and `pg_restore`, as old as the server or newer.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use sqlx::{ConnectOptions, PgPool, postgres::PgConnectOptions};
use tokio::process::Command;

use super::StoreError;

/// So much of what a program said goes into the error.
const SAID: usize = 600;

/// Writes the whole database into a file of PostgreSQL's custom format.
pub(super) async fn dump(pool: &PgPool, file: &Path) -> Result<(), StoreError> {
    let options = pool.connect_options();
    let mut command = Command::new(find("pg_dump", major_of(pool).await?).await?);
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s", "--no-password"]);
    run("pg_dump", command.arg("--file").arg(file).envs(environment(&options))).await
}

/// Brings such a file back into an empty database: all of it, or nothing.
pub(super) async fn bring_back(pool: &PgPool, options: &PgConnectOptions, file: &Path) -> Result<(), StoreError> {
    let mut command = Command::new(find("pg_restore", major_of(pool).await?).await?);
    command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]);
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    run("pg_restore", command.arg("--dbname").arg(database).arg(file).envs(environment(options))).await
}

async fn run(name: &str, command: &mut Command) -> Result<(), StoreError> {
    // Whoever gives up the backup gives up the program.
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|why| StoreError::Refused(format!("{name} cannot be run: {why}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(SAID).collect();
    Err(StoreError::Refused(format!("{name} ended with {}: {said}", output.status)))
}

async fn major_of(pool: &PgPool) -> Result<u32, StoreError> {
    let number: String = sqlx::query_scalar("show server_version_num").fetch_one(pool).await?;
    number.parse::<u32>().map(|number| number / 10_000).map_err(|why| StoreError::corrupt("server_version_num", why))
}

/// Debian keeps the programs of each version apart; the server's own are the best ones.
async fn find(name: &str, server: u32) -> Result<PathBuf, StoreError> {
    let own = PathBuf::from(format!("/usr/lib/postgresql/{server}/bin/{name}"));
    let path = if own.exists() { own } else { PathBuf::from(name) };
    let said = Command::new(&path).arg("--version").stdin(Stdio::null()).kill_on_drop(true).output().await;
    let version = said.ok().and_then(|output| major_in(&String::from_utf8_lossy(&output.stdout)));
    fits(name, version, server).map(|()| path)
}

/// `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
fn major_in(said: &str) -> Option<u32> {
    said.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

fn fits(name: &str, program: Option<u32>, server: u32) -> Result<(), StoreError> {
    let remedy = format!("install Debian's package postgresql-client-{server} (apt-get install postgresql-client)");
    match program {
        Some(program) if program >= server => Ok(()),
        Some(program) => Err(StoreError::Refused(format!(
            "{name} is of PostgreSQL {program} and the server is {server}, which it cannot read: {remedy}"
        ))),
        None => Err(StoreError::Refused(format!("{name} is missing: {remedy}"))),
    }
}

/// How the programs reach the same database, told where other users cannot read it.
fn environment(options: &PgConnectOptions) -> Vec<(&'static str, String)> {
    let host = options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let mut told = vec![
        ("PGAPPNAME", "ioc-backup".to_owned()),
        ("PGCONNECT_TIMEOUT", "10".to_owned()),
        ("PGHOST", host),
        ("PGPORT", options.get_port().to_string()),
        ("PGUSER", options.get_username().to_owned()),
    ];
    told.extend(options.get_database().map(|database| ("PGDATABASE", database.to_owned())));
    // Only as a URL do the options tell the rest; a name or a host that none can carry stays out of it.
    let mut url = options.clone().host("localhost").username("ioc").database("ioc").to_url_lossy();
    for (key, value) in url.query_pairs() {
        let variable = match key.as_ref() {
            "sslmode" => "PGSSLMODE",
            "sslrootcert" => "PGSSLROOTCERT",
            "sslcert" => "PGSSLCERT",
            "sslkey" => "PGSSLKEY",
            _ => continue,
        };
        told.push((variable, value.into_owned()));
    }
    if let Some(password) = url.password().map(|encoded| format!("password={encoded}")) {
        url.set_query(Some(&password));
        told.extend(url.query_pairs().map(|(_, password)| ("PGPASSWORD", password.into_owned())));
    }
    told
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn programs_that_are_missing_or_older_than_the_server_are_refused_with_the_package() {
        assert_eq!(major_in("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(fits("pg_dump", Some(15), 15), Ok(()));
        assert_eq!(fits("pg_dump", Some(17), 15), Ok(()));
        let older = fits("pg_dump", Some(13), 15).unwrap_err().to_string();
        assert!(older.contains("of PostgreSQL 13") && older.contains("postgresql-client-15"), "{older}");
        let none = fits("pg_restore", None, 16).unwrap_err().to_string();
        assert!(none.contains("pg_restore is missing") && none.contains("postgresql-client-16"), "{none}");
    }

    #[test]
    fn the_programs_are_told_host_and_password_as_they_are() {
        let url = "postgres://m%40n:p%40s%2B%20s@[::1]:5433/reports?sslmode=verify-full";
        let told = environment(&PgConnectOptions::from_str(url).unwrap());
        for (key, value) in [
            ("PGUSER", "m@n"),
            ("PGPASSWORD", "p@s+ s"),
            ("PGPORT", "5433"),
            ("PGDATABASE", "reports"),
            ("PGSSLMODE", "verify-full"),
        ] {
            assert!(told.contains(&(key, value.to_owned())), "{key}: {told:?}");
        }
        let socket = PgConnectOptions::from_str("postgres://postgres@localhost/reports?host=/run/pg").unwrap();
        assert!(environment(&socket).contains(&("PGHOST", "/run/pg".to_owned())));
    }
}
