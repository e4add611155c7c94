//! What systemd is told: that the server is ready, that it lives, that it stops. Without systemd, nobody is told.

use std::{
    env,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    sync::Arc,
    time::Duration,
};

/// Who started this process and wants to hear of it: `NOTIFY_SOCKET`, `WATCHDOG_USEC` (`sd_notify(3)`).
#[derive(Debug, Clone)]
pub(super) struct Supervisor {
    line: Option<Arc<(UnixDatagram, SocketAddr)>>,
    patience: Option<Duration>,
}

impl Supervisor {
    pub(super) fn from_environment() -> Self {
        let address = env::var_os("NOTIFY_SOCKET").and_then(|name| match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name).ok(),
            _ => SocketAddr::from_pathname(name).ok(),
        });
        let line = address.and_then(|address| {
            let socket = UnixDatagram::unbound().ok()?;
            // Whoever does not listen must not keep anybody waiting.
            socket.set_nonblocking(true).ok()?;
            Some(Arc::new((socket, address)))
        });
        let micros = env::var("WATCHDOG_USEC").ok().and_then(|micros| micros.parse().ok());
        Self { line, patience: micros.map(Duration::from_micros) }
    }

    /// Says it; that nobody listens is no reason not to serve.
    pub(super) fn say(&self, state: &str) {
        if let Some(line) = &self.line
            && let Err(why) = line.0.send_to_addr(state.as_bytes(), &line.1)
        {
            tracing::warn!(%why, state, "systemd could not be told");
        }
    }

    /// Says that it is ready, and from then on that tasks get their turn, twice in the time that a watchdog waits.
    pub(super) fn ready(&self) {
        self.say("READY=1");
        let Some(patience) = self.patience else { return };
        let supervisor = self.clone();
        tokio::spawn(async move {
            loop {
                supervisor.say("WATCHDOG=1");
                tokio::time::sleep(patience / 2).await;
            }
        });
    }
}
