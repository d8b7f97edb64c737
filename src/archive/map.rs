//! A file's bytes, mapped read-only: the one place in this crate with `unsafe`.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a regular file.
pub struct MappedFile {
    /// Absent for an empty file, which cannot be mapped.
    map: Option<Mmap>,
}

impl MappedFile {
    /// Maps a file. Fails for anything that is not a regular file, such as a pipe or a directory.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        if metadata.len() == 0 {
            return Ok(Self { map: None });
        }
        // SAFETY: the map is read-only and this crate never writes to a file that it has mapped:
        // archives are written under another name, renamed when complete and then left alone. The
        // borrow of `deref` cannot outlive the map. What stays is another process changing the
        // file: bytes that change under us are read through slices of `u8`, for which every
        // value is valid, each checksum is taken over the bytes as they are then, and no length or
        // offset read from the map is trusted twice without a bounds check; a file that is cut
        // short raises SIGBUS on the next access to the lost pages, which ends the process
        // before any wrong byte is used. An archive on such a file is not worth more than that.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map: Some(map) })
    }

    /// Tells the system that the file will be read from front to back.
    pub fn expect_sequential_reads(&self) {
        if let Some(map) = &self.map {
            // Only advice: nothing depends on its being taken.
            let _ = map.advise(memmap2::Advice::Sequential);
        }
    }

    /// Gives the pages of a range back to the system once its bytes have been used, so that the memory
    /// of a reader does not grow with the file.
    pub fn release(&self, offset: usize, bytes: usize) {
        let Some(map) = &self.map else { return };
        if offset.checked_add(bytes).is_none_or(|end| end > map.len()) {
            return;
        }
        // SAFETY: the map is shared and read-only, so that no page of it holds anything but the file's
        // bytes; a page that is dropped is read from the file again at the next access, also through a
        // slice that is borrowed right now. What can differ then is what the argument in `open` covers.
        let advised = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, bytes) };
        // Only advice: nothing depends on its being taken.
        let _ = advised;
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}
