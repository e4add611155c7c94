//! A PostgreSQL for tests: the one named by `IOC_TEST_POSTGRES_URL`, else one of this process's own. Never a skip.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The script beside this file.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh");

/// Starts a server, says where it is, and stops it when the pipe from this process closes — however it ends.
const OWN_SERVER: &str = r#"
    dir=$(mktemp -d /tmp/ioc-postgres.XXXXXX)
    trap '"$0" stop "$dir"; rm -rf "$dir"' EXIT
    trap 'exit 1' INT TERM HUP
    eval "$("$0" start "$dir")"
    [ -n "${IOC_TEST_POSTGRES_URL:-}" ] || exit 1
    echo "$IOC_TEST_POSTGRES_URL"
    cat >/dev/null
"#;

/// A fresh database; dropped with this value.
pub struct Database {
    pub url: String,
    name: String,
}

impl Database {
    /// Makes one on the server for tests. Panics, saying what to do, where there is no server.
    pub async fn fresh() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ioc_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        maintain(format!("drop database if exists {name} with (force)")).await;
        maintain(format!("create database {name}")).await;
        Self { url: url_of(&name), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(maintain(statement));
        });
        dropping.join().unwrap();
    }
}

async fn maintain(statement: String) {
    let mut connection = PgConnection::connect(server()).await.expect("the PostgreSQL for tests answers");
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

/// The server's URL with another database's name.
fn url_of(name: &str) -> String {
    let (address, options) = server().split_once('?').unwrap_or((server(), ""));
    let (host, _) = address.rsplit_once('/').unwrap();
    format!("{host}/{name}?{options}")
}

fn server() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var("IOC_TEST_POSTGRES_URL").unwrap_or_else(|_| own_server()))
}

fn own_server() -> String {
    // The pipe to the server's keeper must live as long as this process.
    static KEEPER: OnceLock<Child> = OnceLock::new();
    assert!(
        std::env::var_os("CI").is_none(),
        "PostgreSQL is missing, and CI leaves out no test: eval \"$(tests/support/postgres.sh start DIR)\" first"
    );
    let mut keeper = Command::new("sh")
        .args(["-c", OWN_SERVER, SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut url = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(
        !url.is_empty(),
        "no PostgreSQL could be started (its words stand above): install Debian's package postgresql, or set \
         IOC_TEST_POSTGRES_URL to a server where databases may be made"
    );
    KEEPER.get_or_init(|| keeper);
    url.trim_end().to_owned()
}
