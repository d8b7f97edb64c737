//! Decodes chunks ahead of the socket.
//!
//! ```text
//! helper thread: decode 2 --> wait --> decode 3 --> ..
//!                               |  handed over
//! session:       send 1 ----> send 2 ----> ..
//! ```
//!
//! A session that loads several chunks has a helper that decodes the next chunk while the session sends, so each
//! session holds at most two decoded chunks. Where there are more cores than sessions, the server need not wait for
//! decoding; elsewhere every core is busy either way.

use std::sync::mpsc::sync_channel;
use std::thread;

use crate::archive::{Archive, ArchiveError, ChunkRef};
use crate::codec::DecodedChunk;

/// Gives the chunks to `load` in order. It gets fewer than all only if the helper has ended early.
pub(super) fn decoded<T>(
    archive: &Archive,
    chunks: &[ChunkRef],
    load: impl FnOnce(&mut dyn Iterator<Item = Result<DecodedChunk, ArchiveError>>) -> T,
) -> T {
    let here = || chunks.iter().map(|chunk| archive.chunk(chunk));
    if chunks.len() < 2 {
        return load(&mut here());
    }
    thread::scope(|scope| {
        let (give, take) = sync_channel(0);
        let helper = move || {
            for chunk in chunks {
                // The receiver has given up.
                if give.send(archive.chunk(chunk)).is_err() {
                    break;
                }
            }
        };
        match thread::Builder::new()
            .name("decode".to_owned())
            .spawn_scoped(scope, helper)
        {
            Ok(_) => load(&mut take.into_iter()),
            Err(_) => load(&mut here()),
        }
    })
}
