//! A client that is sent something must take it: whoever reads nothing for too long is hung up on, so that an open stream
//! which nobody listens to holds no memory.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// A line on which nothing may wait to be sent for longer than so long. It costs a timer only while something waits.
pub struct Stalling<S> {
    line: S,
    longest: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<S> Stalling<S> {
    /// The line as it is.
    pub fn new(line: S, longest: Duration) -> Self {
        Self { line, longest, alarm: None }
    }

    /// What came of sending; an error where it has waited too long since something was last taken.
    fn judge<T>(&mut self, context: &mut Context<'_>, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.alarm = None;
            return sent;
        }
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.longest)));
        alarm.as_mut().poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalling<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().line).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stalling<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.line).poll_write(context, bytes);
        this.judge(context, sent)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.line).poll_write_vectored(context, slices);
        this.judge(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.line.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().line).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().line).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures::poll;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_nobody_takes_is_given_up_after_a_while() {
        let (near, _far) = duplex(8);
        let mut line = Stalling::new(near, Duration::from_millis(50));
        line.write_all(b"12345678").await.unwrap();
        assert_eq!(line.write_all(b"9").await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_takes_a_little_is_waited_for_anew() {
        let (near, mut far) = duplex(8);
        let mut line = Stalling::new(near, Duration::from_hours(1));
        for _ in 0..3 {
            line.write_all(b"12345678").await.unwrap();
            assert!(line.alarm.is_none());
            assert!(poll!(Box::pin(line.write(b"9"))).is_pending());
            assert!(line.alarm.is_some());
            far.read_exact(&mut [0; 8]).await.unwrap();
        }
    }
}
