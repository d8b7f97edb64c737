//! A file's bytes, mapped read-only: the one place in this crate with `unsafe`.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;

use super::memory::slice;
use super::source::ReadAt;

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
        // slices of `read` cannot outlive the map. What stays is another process changing the
        // file: bytes that change under us are read through slices of `u8`, for which every
        // value is valid, each checksum is taken over the bytes as they are then, and no length or
        // offset read from the map is trusted twice without a bounds check; a file that is cut
        // short raises SIGBUS on the next access to the lost pages, which ends the process
        // before any wrong byte is used. An archive on such a file is not worth more than that.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map: Some(map) })
    }
}

impl ReadAt for MappedFile {
    fn len(&self) -> u64 {
        self.map.as_ref().map_or(0, |map| map.len() as u64)
    }

    fn read(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        slice(self.map.as_deref().unwrap_or_default(), range).map(Cow::Borrowed)
    }

    fn piece_bytes(&self) -> usize {
        usize::MAX
    }

    fn expect_sequential_reads(&self) {
        if let Some(map) = &self.map {
            // Only advice: nothing depends on its being taken.
            let _ = map.advise(memmap2::Advice::Sequential);
        }
    }

    /// Gives the pages of a range back to the system, so that the memory of a reader does not grow with the file.
    fn release(&self, range: Range<u64>) {
        let Some(map) = &self.map else { return };
        let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
        let (Ok(offset), Ok(end)) = (start, end) else { return };
        if offset > end || end > map.len() {
            return;
        }
        let bytes = end - offset;
        // SAFETY: the map is shared and read-only, so that no page of it holds anything but the file's
        // bytes; a page that is dropped is read from the file again at the next access, also through a
        // slice that is borrowed right now. What can differ then is what the argument in `open` covers.
        let advised = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, bytes) };
        // Only advice: nothing depends on its being taken.
        let _ = advised;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lend_the_file_and_empty_files_have_no_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"0123456789").unwrap();
        let map = MappedFile::open(&path).unwrap();
        assert!(matches!(map.read(2..5).unwrap(), Cow::Borrowed(b"234")));
        map.release(2..5);
        assert!(map.read(5..11).is_err());
        assert_eq!((map.len(), map.read(0..10).unwrap().len()), (10, 10));
        let empty = folder.path().join("b");
        std::fs::write(&empty, b"").unwrap();
        assert!(MappedFile::open(&empty).unwrap().is_empty());
        assert!(MappedFile::open(folder.path()).is_err());
    }
}
