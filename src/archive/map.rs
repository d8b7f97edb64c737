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
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}
