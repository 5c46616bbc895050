//! Whether bytes are a picture as a page draws it anew: a JPEG, whole, with nothing in it but the picture.
//!
//! What a camera writes beside a picture (where it was taken, when, with what, a smaller copy) is refused, and so is anything that
//! follows the picture. Nothing is decoded here.

/// The largest picture that is taken, in bytes.
pub const MOST: usize = 1 << 20;
/// The widest and highest one, in pixels.
const SIDE: u16 = 8_192;

/// Why bytes are no such picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDrawn {
    /// More bytes than are taken.
    #[error("the picture is larger than 1 MiB")]
    TooLarge,
    /// No JPEG, or not whole.
    #[error("this is no whole JPEG picture")]
    Broken,
    /// It has more in it than a picture.
    #[error("the picture has more in it than a picture: it was not drawn anew")]
    Beside,
    /// It has no sides, or sides that no camera needs.
    #[error("the picture is too large or too small")]
    Sides,
}

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
}

/// Reads the markers of a JPEG from its first to its last byte.
pub fn read(bytes: &[u8]) -> Result<Drawn, NotDrawn> {
    if bytes.len() > MOST {
        return Err(NotDrawn::TooLarge);
    }
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8]).ok_or(NotDrawn::Broken)?;
    let mut drawn = None;
    loop {
        let (marker, after) = marker(rest)?;
        let (segment, after) = match marker {
            // The end: nothing may follow, and there was a picture.
            0xd9 => {
                let seen = drawn.ok_or(NotDrawn::Broken)?;
                return if after.is_empty() { Ok(seen) } else { Err(NotDrawn::Beside) };
            }
            0x01 | 0xd0..=0xd8 | 0x00 | 0xff => return Err(NotDrawn::Broken),
            _ => segment(after)?,
        };
        rest = match marker {
            // Frames: baseline, extended, progressive.
            0xc0..=0xc2 => {
                if drawn.is_some() {
                    return Err(NotDrawn::Broken);
                }
                drawn = Some(frame(segment)?);
                after
            }
            // The scan: what follows is the picture, up to the next marker.
            0xda => {
                drawn.ok_or(NotDrawn::Broken)?;
                scanned(after)?
            }
            // Tables, JFIF's head, a colour profile, Adobe's word on colours.
            0xc4 | 0xdb | 0xdd | 0xe0 | 0xe2 | 0xee => after,
            // Everything else: Exif, XMP, thumbnails, comments.
            _ => return Err(NotDrawn::Beside),
        };
    }
}

/// A marker, which may be filled up in front, and what follows it.
fn marker(bytes: &[u8]) -> Result<(u8, &[u8]), NotDrawn> {
    let mut rest = bytes.strip_prefix(&[0xff]).ok_or(NotDrawn::Broken)?;
    while let Some(filled) = rest.strip_prefix(&[0xff]) {
        rest = filled;
    }
    let (marker, rest) = rest.split_first().ok_or(NotDrawn::Broken)?;
    Ok((*marker, rest))
}

/// A segment by its length, and what follows it.
fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8]), NotDrawn> {
    let (length, _) = bytes.split_first_chunk::<2>().ok_or(NotDrawn::Broken)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (whole, rest) = bytes.split_at_checked(length).ok_or(NotDrawn::Broken)?;
    Ok((whole.get(2..).ok_or(NotDrawn::Broken)?, rest))
}

fn frame(segment: &[u8]) -> Result<Drawn, NotDrawn> {
    let [_, h0, h1, w0, w1, ..] = segment else { return Err(NotDrawn::Broken) };
    let (height, width) = (u16::from_be_bytes([*h0, *h1]), u16::from_be_bytes([*w0, *w1]));
    let fits = |side: u16| (16..=SIDE).contains(&side);
    if fits(width) && fits(height) { Ok(Drawn { width, height }) } else { Err(NotDrawn::Sides) }
}

/// The bytes from the next marker on that is none of the picture's own.
fn scanned(bytes: &[u8]) -> Result<&[u8], NotDrawn> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff).ok_or(NotDrawn::Broken)?;
        rest = rest.get(at..).ok_or(NotDrawn::Broken)?;
        match rest.get(1) {
            // A byte that looks like a marker, and restarts.
            Some(0x00 | 0xd0..=0xd7) => rest = rest.get(2..).ok_or(NotDrawn::Broken)?,
            Some(_) => return Ok(rest),
            None => return Err(NotDrawn::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn with(marker: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), content].concat()
    }

    fn picture(beside: &[Vec<u8>], after: &[u8]) -> Vec<u8> {
        let frame = with(0xc0, &[8, 0, 240, 1, 64, 1, 1, 0x11, 0]);
        let scan = with(0xda, &[1, 1, 0, 0, 63, 0]);
        let parts: [&[u8]; 9] = [
            &[0xff, 0xd8],
            &with(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            &beside.concat(),
            &with(0xdb, &[0; 65]),
            &frame,
            &with(0xc4, &[0; 20]),
            &scan,
            &[0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56],
            &[0xff, 0xd9],
        ];
        [parts.concat().as_slice(), after].concat()
    }

    #[test]
    fn a_picture_that_was_drawn_is_read_to_its_end() {
        assert_eq!(read(&picture(&[], &[])), Ok(Drawn { width: 320, height: 240 }));
        assert!(read(&picture(&[with(0xe2, b"ICC_PROFILE\0")], &[])).is_ok());
    }

    #[rstest]
    #[case::where_it_was_taken(&[with(0xe1, b"Exif\0\0MM")], &[], NotDrawn::Beside)]
    #[case::a_comment(&[with(0xfe, b"hello")], &[], NotDrawn::Beside)]
    #[case::something_behind(&[], b"PK\x03\x04", NotDrawn::Beside)]
    #[case::two_frames(&[with(0xc0, &[8, 0, 240, 1, 64, 1, 1, 0x11, 0])], &[], NotDrawn::Broken)]
    fn what_is_beside_a_picture_is_refused(
        #[case] beside: &[Vec<u8>],
        #[case] after: &[u8],
        #[case] expected: NotDrawn,
    ) {
        assert_eq!(read(&picture(beside, after)), Err(expected));
    }

    #[test]
    fn other_things_are_no_pictures() {
        assert_eq!(read(b""), Err(NotDrawn::Broken));
        assert_eq!(read(b"\x89PNG\r\n\x1a\n"), Err(NotDrawn::Broken));
        assert_eq!(read(&[0xff, 0xd8, 0xff, 0xd9]), Err(NotDrawn::Broken));
        assert_eq!(read(&vec![0xff; MOST + 1]), Err(NotDrawn::TooLarge));
        let point = with(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
        let small = [&[0xff, 0xd8], point.as_slice()].concat();
        assert_eq!(read(&small), Err(NotDrawn::Sides));
    }

    proptest! {
        #[test]
        fn a_picture_that_is_cut_is_refused(cut in 0_usize..200) {
            let whole = picture(&[], &[]);
            let cut = cut.min(whole.len() - 1);
            prop_assert!(read(&whole[..cut]).is_err());
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
            let _ = read(&[&[0xff, 0xd8], bytes.as_slice()].concat());
        }
    }
}
