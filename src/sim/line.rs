//! Connections that can be cut: when the simulator stops, and when a fault wants a call to end without an answer.
//!
//! Why not a response with a broken body: the caller would see a status. Why not a panic in the handler: it would be
//! noise on standard error.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener, ListenerExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Serves until told to stop; then every connection is cut.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let tcp = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let lines = Lines { tcp, stop: stop.clone() };
    let service = router.into_make_service_with_connect_info::<Line>();
    if let Err(error) = axum::serve(lines, service).with_graceful_shutdown(stop.cancelled_owned()).await {
        tracing::warn!(%error, "the simulator stopped listening");
    }
}

/// The hand on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Line(CancellationToken);

impl Line {
    /// Ends the connection; nothing that is written from now on arrives.
    pub(crate) fn cut(&self) {
        self.0.cancel();
    }
}

impl<L: Listener<Io = TcpStream>> Connected<IncomingStream<'_, Lines<L>>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines<L>>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A listener whose connections can be cut.
pub(crate) struct Lines<L> {
    tcp: L,
    stop: CancellationToken,
}

impl<L: Listener<Io = TcpStream>> Listener for Lines<L> {
    type Io = Wire;
    type Addr = Line;

    async fn accept(&mut self) -> (Wire, Line) {
        let (tcp, _) = self.tcp.accept().await;
        let cut = self.stop.child_token();
        (Wire { tcp, ended: Box::pin(cut.clone().cancelled_owned()), cut: cut.clone() }, Line(cut))
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line(self.stop.child_token()))
    }
}

/// One connection.
pub(crate) struct Wire {
    tcp: TcpStream,
    cut: CancellationToken,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.cut.is_cancelled() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
