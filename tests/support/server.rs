//! The real binary behind a real port, over a scratch database with the made-up map in force.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::OnceLock,
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::{
    database::{Engine, Scratch},
    map,
};

/// A running server with its database and its folder; killed and removed on drop.
pub struct TestServer {
    child: Option<Child>,
    address: SocketAddr,
    http: Client,
    database: Scratch,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    through: Vec<String>,
}

/// What the server said.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `ETag`.
    pub etag: Option<String>,
    /// The media type.
    pub media_type: String,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub json: Value,
}

impl TestServer {
    /// Imports and activates the map, then serves on a free port.
    pub async fn start(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Scratch::new(engine, folder.path()).await;
        Self::in_folder(folder, database)
    }

    /// The same over an empty database that is there already.
    pub fn over(url: String) -> Self {
        Self::in_folder(tempfile::tempdir().expect("a temporary folder"), Scratch::at(url))
    }

    /// Nothing yet: an empty folder and an empty database, for what is brought back from elsewhere.
    pub async fn bare(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Scratch::new(engine, folder.path()).await;
        Self::unserved(folder, database)
    }

    fn unserved(folder: tempfile::TempDir, database: Scratch) -> Self {
        let address = ([127, 0, 0, 1], 0).into();
        Self { child: None, address, http: client(), database, folder, environment: vec![], through: vec![] }
    }

    /// A setting of every command from now on.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.environment.push((variable.to_owned(), value.to_owned()));
    }

    /// Every command runs through these words from now on, for instance a shell that sets a limit.
    pub fn through(&mut self, words: &[&str]) {
        self.through = words.iter().map(|word| (*word).to_owned()).collect();
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a server runs").id()
    }

    fn in_folder(folder: tempfile::TempDir, database: Scratch) -> Self {
        let mut server = Self::unserved(folder, database);
        let file = server.folder.path().join("map.geojson");
        std::fs::write(&file, map::geojson().to_string()).expect("the map can be written");
        let file = file.to_str().expect("a path in UTF-8");
        server.run(&["boundaries", "import", file, "--generation", map::GENERATION]);
        server.run(&["boundaries", "activate", map::GENERATION, "--effective", "2025-07-01"]);
        server.serve();
        server
    }

    /// Serves again after [`Self::kill`], on the same port and database.
    pub fn serve(&mut self) {
        let mut command = self.command(&["serve", "--listen", &self.address.to_string()]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server can be started");
        let stdout = child.stdout.take().expect("stdout is piped");
        self.child = Some(child);
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
        self.address = address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{}", self.log()));
        std::thread::spawn(move || lines.for_each(drop));
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM, and the end of the process.
    pub fn terminate(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("a server runs");
        signal(&child, "TERM");
        child.wait().expect("the server ends")
    }

    /// Stops the process where it stands (`STOP`), or lets it go on (`CONT`).
    pub fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("a server runs");
        signal(child, name);
    }

    /// Runs the binary over the same database; its output, whatever became of it.
    pub fn output(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        output.expect("the binary can be run")
    }

    /// Runs the binary over the same database; its standard output, trimmed. Fails where the command fails.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let (said, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "ioc {}: {}\n{said}\n{log}", arguments.join(" "), output.status);
        said.trim().to_owned()
    }

    /// The command that runs the binary over this database and folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let words: Vec<_> = self.through.iter().map(std::ffi::OsString::from).chain([binary()]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"));
        command
            .args(arguments)
            .args(["--database-url", self.database.url()])
            .env("IOC_DATA_DIR", self.folder())
            .env("IOC_METRICS_LISTEN", "127.0.0.1:0")
            .env_remove("IOC_DATABASE_URL")
            .envs(self.environment.iter().map(|(variable, value)| (variable, value)))
            .stdin(Stdio::null())
            .stderr(log.expect("the log can be written"));
        command
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Where its data lies.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// Where photos and the sealing key are kept.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Mints a key with these scopes.
    pub fn key(&self, scopes: &[&str]) -> String {
        let mut arguments = vec!["keys", "create", "--name", "test"];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        self.run(&arguments)
    }

    /// The full address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request to be dressed up and sent by [`Self::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// Sends; a failed connection fails the test.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        match try_send(request).await {
            Ok(answer) => answer,
            Err(error) => panic!("no answer: {error:?}\n{}", self.log()),
        }
    }

    /// GET with nothing.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// GET with a key.
    pub async fn get_as(&self, key: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(key)).await
    }

    /// POST with nothing but a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// POST with a key.
    pub async fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).bearer_auth(key).json(body)).await
    }
}

/// Sends a process the signal of that name: `TERM`, `STOP`, `CONT`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "the process is gone already");
}

/// Another server over the same database and folder; killed on drop.
pub struct Beside {
    child: Child,
    address: SocketAddr,
}

impl TestServer {
    /// Starts another instance beside this one.
    pub fn beside(&self) -> Beside {
        self.beside_with(&[])
    }

    /// The same with settings of its own.
    pub fn beside_with(&self, environment: &[(&str, &str)]) -> Beside {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server can be started");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
        let address = address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{}", self.log()));
        std::thread::spawn(move || lines.for_each(drop));
        Beside { child, address }
    }
}

impl Beside {
    /// The full address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The product: the one that was built with this test, or another build of it that `IOC_TEST_BINARY` names.
pub fn binary() -> std::ffi::OsString {
    std::env::var_os("IOC_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_ioc").into())
}

/// Sends and reads the whole answer; Err where the connection failed on the way.
pub async fn try_send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, etag) = (response.status().as_u16(), header("etag"));
    let media_type = header("content-type").unwrap_or_default();
    let text = response.text().await?;
    let json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Answer { status, etag, media_type, text, json })
}

impl Answer {
    /// Asserts the status; the whole answer is shown where it is another.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Asserts a problem with this status and this code, at the top or at one of its fields.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        let problem = &answer.json;
        assert!(answer.media_type.starts_with("application/problem+json"), "{}: {}", answer.media_type, answer.text);
        for member in ["type", "title", "detail", "code"] {
            assert!(problem[member].is_string(), "{member} is missing: {problem}");
        }
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["code"] == code || answer.field(code).is_some(), "{code} is not there: {problem}");
        answer
    }

    /// The path of the field with that error code.
    pub fn field(&self, code: &str) -> Option<&str> {
        let fields = self.json["fields"].as_array()?;
        fields.iter().find(|field| field["code"] == code)?["path"].as_str()
    }

    /// Whether a warning names this field.
    pub fn warned_of(&self, path: &str) -> bool {
        self.json["warnings"].as_array().is_some_and(|all| all.iter().any(|warning| warning["path"] == path))
    }
}

/// A client of its own: without a proxy, and with the TLS provider that reqwest asks for even where none is used.
pub fn client() -> Client {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().no_proxy().timeout(std::time::Duration::from_secs(20)).build().expect("a client can be built")
}
