//! A wire to a database server that is cut where a test says: before the server hears what was sent, after it has heard
//! it, or after it has answered it and before the answer arrives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// When a wire is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server does not hear it.
    Before,
    /// The server hears it, and nobody is there for the answer.
    Heard,
    /// The server has answered it, and the answer is lost.
    Answered,
}

/// What is cut next.
#[derive(Default)]
struct Plan {
    /// At how manieth message that holds these bytes.
    next: Option<(usize, &'static str, Cut)>,
    /// Every new connection is hung up on.
    is_down: bool,
}

/// The wire. Copies share it.
#[derive(Clone)]
pub(crate) struct Cutter {
    pub(crate) port: u16,
    plan: Arc<Mutex<Plan>>,
}

impl Cutter {
    /// A wire to a server on this host.
    pub(crate) fn to(port: u16) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let cutter = Self { port: listener.local_addr().expect("an address").port(), plan: Arc::default() };
        let wire = cutter.clone();
        // Whoever looks at the database at the end of a test stops everything else on the thread of the test.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((near, _)) = listener.accept().await {
                    let wire = wire.clone();
                    tokio::spawn(async move { wire.pass(near, port).await });
                }
            });
        });
        cutter
    }

    /// Cuts once, at how manieth message to the server that holds these bytes.
    pub(crate) fn cuts_at(&self, nth: usize, holds: &'static str, cut: Cut) {
        self.plan().next = Some((nth, holds, cut));
    }

    /// Whether there was such a message; if there was not, none is waited for any more.
    pub(crate) fn has_cut(&self) -> bool {
        self.plan().next.take().is_none()
    }

    /// From now on whoever connects is hung up on; or not any more.
    pub(crate) fn is_down(&self, is_down: bool) {
        self.plan().is_down = is_down;
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this message is the one.
    fn cuts(&self, message: &[u8]) -> Option<Cut> {
        let mut plan = self.plan();
        let (nth, holds, cut) = plan.next?;
        if !message.windows(holds.len().max(1)).any(|part| part.starts_with(holds.as_bytes())) {
            return None;
        }
        plan.next = (nth > 1).then_some((nth - 1, holds, cut));
        plan.next.is_none().then_some(cut)
    }

    async fn pass(&self, near: TcpStream, port: u16) {
        if self.plan().is_down {
            return;
        }
        let far = TcpStream::connect(("127.0.0.1", port)).await;
        let Ok(far) = far else { return };
        let ((mut from_near, mut to_near), (mut from_far, mut to_far)) = (near.into_split(), far.into_split());
        let (mut asked, mut told) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            tokio::select! {
                read = from_near.read(&mut asked) => {
                    let Ok(length @ 1..) = read else { return };
                    let message = &asked[..length];
                    let cut = self.cuts(message);
                    if cut == Some(Cut::Before) || to_far.write_all(message).await.is_err() {
                        return;
                    }
                    if cut == Some(Cut::Answered) {
                        let _ = from_far.read(&mut told).await;
                    }
                    if cut.is_some() {
                        return;
                    }
                }
                read = from_far.read(&mut told) => {
                    let Ok(length @ 1..) = read else { return };
                    if to_near.write_all(&told[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
