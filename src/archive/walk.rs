//! Goes through an archive once, from front to back and past damage, without its manifest, and hands out its records.

use std::borrow::Cow;
use std::io;

use crate::archive::error::{Fault, Finding};
use crate::archive::window::Window;
use crate::format::header::HEADER_BYTES;
use crate::format::record::RECORD_HEADER_BYTES;
use crate::format::trailer::TRAILER_BYTES;
use crate::format::{FormatError, Header, RecordHeader, ScanItem, Scanner, Trailer, View};
use crate::read_at::ReadAt;

/// The records and the trailer that were found, and faults between them.
#[derive(Default)]
pub(crate) struct Scanned {
    /// The beginning of each whole record, and its header.
    pub records: Vec<(u64, RecordHeader)>,
    pub trailer: Option<(u64, Trailer)>,
    pub findings: Vec<Finding>,
}

/// A record that was found and read, and not checked.
pub(crate) struct Record<'a> {
    /// Its place in [`Scanned::records`].
    pub position: usize,
    pub offset: u64,
    pub header: RecordHeader,
    pub payload: Cow<'a, [u8]>,
}

/// The way through an archive.
pub(crate) struct Walk<'a> {
    scanner: Scanner<Window<'a>>,
    scanned: Scanned,
    ended: bool,
}

/// The first bytes of an archive, of which the header is decoded, and a window that begins with them.
pub(crate) fn begin(source: &dyn ReadAt) -> io::Result<(Vec<u8>, Window<'_>)> {
    let mut window = Window::new(source);
    let shown = window.show(0, HEADER_BYTES)?;
    let head = shown[..shown.len().min(HEADER_BYTES)].to_vec();
    Ok((head, window))
}

impl<'a> Walk<'a> {
    /// `header` is the archive's, if it could be read.
    pub(super) fn new(window: Window<'a>, header: Option<&Header>) -> Self {
        Self {
            scanner: Scanner::new(window, header.map(|h| h.archive_id.tag())),
            scanned: Scanned::default(),
            ended: false,
        }
    }

    /// The next whole record; `None` at the end.
    pub(super) fn next_record(&mut self) -> io::Result<Option<Record<'a>>> {
        while !self.ended {
            let Some(item) = self.scanner.next_item()? else { break };
            let len = self.scanner.view().len();
            if let Some((at, _)) = &self.scanned.trailer {
                // Bytes after a trailer make it invalid.
                let end = at + TRAILER_BYTES as u64;
                let trailing = Fault::TrailingBytes { bytes: len - end };
                self.scanned.findings.push(Finding::at(end, trailing));
                break;
            }
            match item {
                ScanItem::Record { offset, header } => {
                    let begin = offset + RECORD_HEADER_BYTES as u64;
                    let payload = self.scanner.view().take(begin, header.stored_bytes)?;
                    let position = self.scanned.records.len();
                    self.scanned.records.push((offset, header.clone()));
                    return Ok(Some(Record {
                        position,
                        offset,
                        header,
                        payload,
                    }));
                }
                ScanItem::Trailer { offset, trailer } => self.scanned.trailer = Some((offset, trailer)),
                ScanItem::CutRecord { offset, header } => {
                    let missing = (header.record_bytes() + offset).saturating_sub(len);
                    let cut = Finding::in_record(offset, &header, Fault::Cut { missing });
                    self.scanned.findings.push(cut);
                }
                // A header that is cut by the end of the file is no fault of its own: it is why the archive is incomplete.
                ScanItem::Gap {
                    error: FormatError::Short { .. },
                    ..
                } => {}
                ScanItem::Gap { offset, bytes, error } => {
                    self.scanned
                        .findings
                        .push(Finding::at(offset, Fault::Gap { bytes, error }));
                }
            }
        }
        self.ended = true;
        Ok(None)
    }

    /// What was found.
    pub(super) fn into_scanned(self) -> Scanned {
        self.scanned
    }
}
