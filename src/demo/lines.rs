//! The lines of an input that may hold anything: no line is too long, no byte is wrong, and nothing fills the memory.
//!
//! Not here: what a line means; that is the terminal's to say.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// How much of a line is kept, in bytes. No command is nearly as long.
const KEPT: usize = 64 * 1024;

/// Reads lines.
pub(super) struct Lines<R> {
    input: R,
    /// What has been read of the next line.
    begun: Vec<u8>,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// The lines of an input.
    pub(super) const fn of(input: R) -> Self {
        Self { input, begun: Vec::new() }
    }

    /// The next line without its end; none once the input has ended. What is not UTF-8 becomes a mark, and what is
    /// beyond the limit is left out. Dropped half-way, it loses nothing.
    pub(super) async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let piece = self.input.fill_buf().await?;
            if piece.is_empty() {
                return Ok((!self.begun.is_empty()).then(|| text(&std::mem::take(&mut self.begun))));
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let part = &piece[..end.unwrap_or(piece.len())];
            self.begun.extend(part.iter().take(KEPT - self.begun.len()));
            let taken = end.map_or(piece.len(), |end| end + 1);
            self.input.consume(taken);
            if end.is_some() {
                return Ok(Some(text(&std::mem::take(&mut self.begun))));
            }
        }
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}
