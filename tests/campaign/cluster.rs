//! A PostgreSQL of this test's own, that may be hurt. What its processes have written is with the system, which lives
//! on: without fsync nothing is easier for it here, and it is back in a moment instead of seconds.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh");

/// A cluster reachable by its unix socket; stopped and removed with this value.
pub struct Cluster {
    folder: TempDir,
    url: String,
}

impl Cluster {
    /// Starts one.
    pub fn start() -> Self {
        let folder = TempDir::new_in("/tmp").expect("a temporary folder");
        let said = script("start", folder.path());
        let text = String::from_utf8_lossy(&said.stdout);
        let url = text.split('\'').nth(1).unwrap_or_else(|| panic!("no URL: {text}")).to_owned();
        Self { folder, url }
    }

    /// Of its database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends every process of it at once, as when the machine's plug is pulled, and starts it again.
    pub fn crash(&self) {
        script("crash", self.folder.path());
    }

    /// Kills one backend with signal 9: PostgreSQL ends all the others, and recovers.
    pub fn strike(&self) {
        script("strike", self.folder.path());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        script("stop", self.folder.path());
    }
}

fn script(action: &str, folder: &Path) -> Output {
    let output = Command::new(SCRIPT).arg(action).arg(folder).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "postgres.sh {action}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
