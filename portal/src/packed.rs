//! A large document that is the same for everybody, made small once for each of its states.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use simrecall_engine::{Problem, Result};

/// The last document that was asked for, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Packed(Mutex<Option<(Arc<[u8]>, Bytes)>>);

impl Packed {
    /// The document as gzip. Whoever asks while it is being made waits for it.
    pub(crate) fn of(&self, document: &Arc<[u8]>) -> Result<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, small)) = &*kept
            && Arc::ptr_eq(of, document)
        {
            return Ok(small.clone());
        }
        let small = gzip(document)?;
        *kept = Some((Arc::clone(document), small.clone()));
        Ok(small)
    }
}

/// A document as gzip.
pub(crate) fn gzip(document: &[u8]) -> Result<Bytes> {
    let mut to = GzEncoder::new(Vec::new(), Compression::best());
    let small = to.write_all(document).and_then(|()| to.finish());
    let small = small.map_err(|error| {
        Problem::ours("gzip", "a document could not be made smaller").caused_by(error)
    })?;
    Ok(Bytes::from(small))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn each_state_is_made_small_once() {
        let packed = Packed::default();
        let document = |text: &str| Arc::<[u8]>::from(text.repeat(100).into_bytes());
        let (one, two) = (document("유심"), document("카드"));
        let small = packed.of(&one).unwrap();
        assert!(small.len() < one.len() / 4);
        assert_eq!(packed.of(&one).unwrap().as_ptr(), small.as_ptr(), "it was kept");
        let mut read = Vec::new();
        GzDecoder::new(&*packed.of(&two).unwrap()).read_to_end(&mut read).unwrap();
        assert_eq!(read, &*two);
    }
}
