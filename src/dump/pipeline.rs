//! Takes full chunks to the archive: they are encoded on the CPU pool, and one thread appends them.
//!
//! ```text
//! session --> splitter --(token)--> rayon: encode --> bounded queue --> appender --> archive
//!                 ^---------------------'  buffers come back
//! ```
//!
//! A chunk needs a token from the moment when a session hands it over until it is in the archive. There are as many
//! tokens as sessions and CPU threads together. So memory is bounded by (2 x sessions + CPU threads) chunks and their
//! encoded forms, plus the largest row of each session.
//!
//! A small chunk is encoded by its session, and goes to the appender together with others: for a table of a few rows,
//! waking two threads costs more than the encoding.
//!
//! Where a dump's own CPU time goes: `docs/decisions/011-where-the-time-of-a-dump-goes.md`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::archive::ArchiveWriter;
use crate::codec::{
    CHUNK_TARGET_BYTES, Choices, Compression, CopyFormat, EncodedChunk, RawChunk, Splitter, encode, encode_as_before,
};
use crate::dump::error::DumpError;
use crate::job::{Progress, Stop};
use crate::live::error::{ReadError, RowCount};
use crate::live::rows::sink::{RowSink, lock};
use crate::live::rows::task::ReadTask;
use crate::model::entry::RelationId;

/// Upper limit, in bytes, for a chunk that is encoded by the session that read it, because handing it over costs more.
const SMALL_BYTES: usize = 64 << 10;
/// Bytes that a session keeps back for the appender; it may exceed this by one small chunk.
const READY_BYTES: usize = 256 << 10;

enum Message {
    Chunk {
        relation: RelationId,
        chunk: EncodedChunk,
    },
    /// All chunks of one task have been handed over.
    TaskDone {
        relation: RelationId,
        chunks: u64,
    },
    Failed {
        relation: String,
        error: crate::codec::CodecError,
    },
    /// Chunks that a session encoded by itself, and ends of tasks. They hold no tokens.
    Several(Vec<Message>),
}

/// The handles that a sink needs to hand chunks over; shared by all sessions.
#[derive(Clone)]
pub(crate) struct Pipeline {
    pool: Arc<rayon::ThreadPool>,
    messages: Sender<Message>,
    tokens: (Sender<()>, Receiver<()>),
    buffers: (Sender<RawChunk>, Receiver<RawChunk>),
    compression: Compression,
    /// The encodings of each relation's columns, once they have been chosen.
    choices: Arc<Mutex<HashMap<RelationId, Choices>>>,
    progress: Arc<Progress>,
}

/// The appending thread; [`Appender::finish`] gives the writer back.
pub(crate) struct Appender {
    thread: JoinHandle<Result<ArchiveWriter, DumpError>>,
}

impl Pipeline {
    /// Starts the appending thread. `tasks_of` has the number of reads of each relation; relations without any must
    /// have been ended before.
    pub(crate) fn start(
        writer: ArchiveWriter,
        tasks_of: HashMap<RelationId, u64>,
        sessions: usize,
        compression: Compression,
        stop: &Stop,
        progress: Arc<Progress>,
    ) -> Result<(Self, Appender), DumpError> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("encode-{n}"))
            .build()
            .map_err(|error| DumpError::Thread {
                what: "the encoders",
                source: std::io::Error::other(error),
            })?;
        let (send, receive) = bounded(4);
        let tokens = bounded(sessions + threads);
        for _ in 0..sessions + threads {
            tokens
                .0
                .send(())
                .expect("the channel holds exactly this many, because that is its capacity");
        }
        let give_back = tokens.0.clone();
        let stop = stop.clone();
        let thread = std::thread::Builder::new()
            .name("append".into())
            .spawn(move || append(writer, &receive, &give_back, tasks_of, &stop))
            .map_err(|source| DumpError::Thread {
                what: "the appender",
                source,
            })?;
        let pipeline = Self {
            pool: Arc::new(pool),
            messages: send,
            tokens,
            buffers: unbounded(),
            compression,
            choices: Arc::default(),
            progress,
        };
        Ok((pipeline, Appender { thread }))
    }

    /// A sink for one session.
    pub(crate) fn sink(&self) -> ChunkSink {
        ChunkSink {
            pipeline: self.clone(),
            splitter: Splitter::new(CopyFormat::Text, 0),
            columns: 0,
            rows: 0,
            chunks: 0,
            ready: Vec::new(),
            ready_bytes: 0,
        }
    }

    fn submit(&self, task: &ReadTask, raw: RawChunk) -> Result<(), ReadError> {
        // Fails only when the appender has ended; the error of the appender is then the one reported.
        self.tokens.1.recv().map_err(|_| ReadError::Stopped)?;
        self.progress.chunk(raw.rows, raw.raw_bytes as u64);
        let (relation, range) = (task.relation, task.range);
        let (messages, buffers) = (self.messages.clone(), self.buffers.0.clone());
        let (compression, progress) = (self.compression, Arc::clone(&self.progress));
        let label = task.label.clone();
        let choices = Arc::clone(&self.choices);
        self.pool.spawn(move || {
            let mut chosen = lock(&choices).get(&relation).cloned().unwrap_or_default();
            let encoded = encode_as_before(&raw, range, compression, &mut chosen);
            lock(&choices).insert(relation, chosen);
            let message = match encoded {
                Ok(chunk) => {
                    count_stored(&progress, &chunk);
                    Message::Chunk { relation, chunk }
                }
                Err(error) => Message::Failed { relation: label, error },
            };
            // Both receivers live longer than the pool unless the dump has already failed.
            let _ = buffers.send(raw);
            let _ = messages.send(message);
        });
        Ok(())
    }
}

impl Appender {
    /// Waits for the thread. Call it after every [`Pipeline`] and [`ChunkSink`] has been dropped.
    pub(crate) fn finish(self) -> Result<ArchiveWriter, DumpError> {
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Cuts one session's rows into chunks.
pub(crate) struct ChunkSink {
    pipeline: Pipeline,
    splitter: Splitter,
    columns: usize,
    rows: u64,
    chunks: u64,
    /// Messages kept back, to wake the appender less often.
    ready: Vec<Message>,
    ready_bytes: usize,
}

impl ChunkSink {
    fn hand_over(&mut self, task: &ReadTask) -> Result<(), ReadError> {
        let raw = self.splitter.take();
        self.rows += raw.rows;
        self.chunks += 1;
        if raw.raw_bytes <= SMALL_BYTES {
            return self.encode_small(task, raw);
        }
        if let Ok(used) = self.pipeline.buffers.1.try_recv() {
            self.splitter.recycle(used);
        }
        self.pipeline.submit(task, raw)
    }

    fn encode_small(&mut self, task: &ReadTask, raw: RawChunk) -> Result<(), ReadError> {
        let encoded = encode(&raw, task.range, self.pipeline.compression).map_err(|source| ReadError::Stream {
            relation: task.label.clone(),
            source,
        })?;
        let progress = &self.pipeline.progress;
        progress.chunk(raw.rows, raw.raw_bytes as u64);
        count_stored(progress, &encoded);
        self.splitter.recycle(raw);
        self.ready_bytes += encoded.payload.len();
        self.ready.push(Message::Chunk {
            relation: task.relation,
            chunk: encoded,
        });
        Ok(())
    }
}

impl RowSink for ChunkSink {
    fn begin(&mut self, task: &ReadTask) -> Result<(), ReadError> {
        let other = self.columns != task.columns || self.splitter.format() != task.copy_format;
        if other || self.splitter.raw_bytes() != 0 {
            self.splitter = Splitter::new(task.copy_format, task.columns);
            self.columns = task.columns;
        } else {
            self.splitter.restart();
        }
        (self.rows, self.chunks) = (0, 0);
        Ok(())
    }

    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), ReadError> {
        self.splitter.push(data).map_err(|source| ReadError::Stream {
            relation: task.label.clone(),
            source,
        })?;
        if self.splitter.raw_bytes() >= CHUNK_TARGET_BYTES && self.splitter.at_row_end() {
            self.hand_over(task)?;
        }
        Ok(())
    }

    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), ReadError> {
        if !self.splitter.at_end() {
            let received = self.rows + self.splitter.rows();
            return Err(ReadError::RowCount(RowCount {
                relation: task.label.clone(),
                received,
                counted,
            }));
        }
        if self.splitter.rows() > 0 {
            self.hand_over(task)?;
        }
        RowCount::check(&task.label, self.rows, counted)?;
        let done = Message::TaskDone {
            relation: task.relation,
            chunks: self.chunks,
        };
        self.ready.push(done);
        if self.ready_bytes > READY_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        let ready = std::mem::take(&mut self.ready);
        self.ready_bytes = 0;
        if ready.is_empty() {
            return Ok(());
        }
        let several = Message::Several(ready);
        self.pipeline.messages.send(several).map_err(|_| ReadError::Stopped)
    }
}

fn count_stored(progress: &Progress, chunk: &EncodedChunk) {
    progress
        .stored_bytes
        .fetch_add(chunk.payload.len() as u64, std::sync::atomic::Ordering::Relaxed);
}

/// The appender's knowledge of a relation that has not ended yet.
#[derive(Default)]
struct Pending {
    tasks: u64,
    tasks_done: u64,
    handed_over: u64,
    appended: u64,
}

fn append(
    mut writer: ArchiveWriter,
    messages: &Receiver<Message>,
    tokens: &Sender<()>,
    tasks_of: HashMap<RelationId, u64>,
    stop: &Stop,
) -> Result<ArchiveWriter, DumpError> {
    let mut pending: HashMap<RelationId, Pending> = tasks_of
        .into_iter()
        .map(|(relation, tasks)| {
            (
                relation,
                Pending {
                    tasks,
                    ..Pending::default()
                },
            )
        })
        .collect();
    let mut failure = None;
    for message in messages {
        let had_token = matches!(message, Message::Chunk { .. } | Message::Failed { .. });
        let result = if failure.is_none() {
            take(&mut writer, &mut pending, message)
        } else {
            Ok(())
        };
        if had_token {
            // There is always room: each token came out of this channel.
            let _ = tokens.try_send(());
        }
        let Err(error) = result else { continue };
        // Keep receiving, so that no session waits for a full queue.
        failure.get_or_insert(error);
        stop.stop_for_good();
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(writer),
    }
}

fn take(
    writer: &mut ArchiveWriter,
    pending: &mut HashMap<RelationId, Pending>,
    message: Message,
) -> Result<(), DumpError> {
    let relation = match message {
        Message::Chunk { relation, chunk } => {
            writer.chunk(relation, chunk)?;
            pending.entry(relation).or_default().appended += 1;
            relation
        }
        Message::TaskDone { relation, chunks } => {
            let state = pending.entry(relation).or_default();
            state.tasks_done += 1;
            state.handed_over += chunks;
            relation
        }
        Message::Failed { relation, error } => {
            let source = error;
            return Err(ReadError::Stream { relation, source }.into());
        }
        Message::Several(several) => {
            return several
                .into_iter()
                .try_for_each(|message| take(writer, pending, message));
        }
    };
    let ended = pending
        .get(&relation)
        .filter(|state| state.tasks_done == state.tasks && state.appended == state.handed_over)
        .map(|state| state.tasks);
    if let Some(streams) = ended {
        pending.remove(&relation);
        writer.relation_end(relation, u32::try_from(streams).unwrap_or(u32::MAX))?;
    }
    Ok(())
}
