//! A text as a QR code (ISO/IEC 18004): the outline of its dark modules, for an SVG `path`.

use std::fmt::Write as _;

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// Modules that stay light on every side; the standard asks for four.
const QUIET: i32 = 4;
/// The densest code that is made: 97 modules. A denser one is hard to read from a screen with an old
/// camera.
const DENSEST: u8 = 20;

/// A QR code, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrPath {
    /// Modules along a side, the light margin included: what a `viewBox` takes.
    pub side: u8,
    /// The dark modules, as the `d` of an SVG path; one unit is one module.
    pub d: String,
}

/// A text that fits no code a camera reads well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a code that a camera reads well; shorten it")]
pub struct TooLong;

impl TooLong {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        "qr.too_long"
    }
}

/// The code over a text. A seventh of it may be unreadable (error correction M), or more where that
/// costs no size. The same text always gives the same code.
pub fn path(text: &str) -> Result<QrPath, TooLong> {
    let code = QrCode::encode_segments_advanced(
        &QrSegment::make_segments(text),
        QrCodeEcc::Medium,
        Version::MIN,
        Version::new(DENSEST),
        None::<Mask>,
        true,
    )
    .map_err(|_| TooLong)?;
    let side = u8::try_from(code.size() + 2 * QUIET).map_err(|_| TooLong)?;
    Ok(QrPath { side, d: outline(&code) })
}

/// One box for each run of dark modules in a row.
fn outline(code: &QrCode) -> String {
    let mut d = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                // Writing to a string does not fail.
                let _ = write!(d, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    d
}

#[cfg(test)]
mod tests;
