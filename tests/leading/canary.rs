use std::{
    process::{Child, Stdio},
    time::Duration,
};

use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, error::TryRecvError, unbounded_channel},
    time::timeout,
};

use crate::support::{Engine, TestServer};

/// Nothing here takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Somebody outside: an address, and a word for each time that it is told.
async fn outside() -> (String, UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (told, hears) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = connection.read(&mut request).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = connection.write_all(answer).await;
            let _ = told.send(());
        }
    });
    (url, hears)
}

struct Instance(Child);

impl Instance {
    fn of(server: &TestServer, outside: &str) -> Self {
        let mut command = server.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs([("IOC_DEAD_MAN_URL", outside), ("IOC_AUDIT_SECONDS", "1"), ("IOC_CANARY_SECONDS", "1")]);
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_instances_one_sends_canaries_and_the_other_after_it() {
    let mut server = TestServer::start(Engine::Postgres).await;
    server.terminate();
    let database = PgPool::connect(server.database_url()).await.unwrap();
    let term = async || sqlx::query_scalar::<_, i64>("select term from lead").fetch_one(&database).await.unwrap();
    let ((first_url, mut first), (second_url, mut second)) = (outside().await, outside().await);

    let one = Instance::of(&server, &first_url);
    timeout(PATIENCE, first.recv()).await.unwrap().unwrap();
    let led = term().await;
    let other = Instance::of(&server, &second_url);
    for _ in 0..5 {
        timeout(PATIENCE, first.recv()).await.unwrap().unwrap();
    }
    if term().await == led {
        assert_eq!(second.try_recv(), Err(TryRecvError::Empty), "whoever does not lead sends none");
    }
    drop(one);
    timeout(PATIENCE, second.recv()).await.unwrap().unwrap();
    assert!(term().await > led);
    drop(other);

    for table in ["ticket", "report", "event", "outbox", "office_feed", "tally", "claim"] {
        let mut count = sqlx::QueryBuilder::new("select count(*) from ");
        let left: i64 = count.push(table).build_query_scalar().fetch_one(&database).await.unwrap();
        // The one that was killed may have left one behind, which the next one clears away: at most the last is there.
        assert!(left <= 12, "{left} rows of {table}");
    }
    server.run(&["verify"]);
}
