//! Drawing a text as a QR code.

use std::fmt::Write as _;
use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode};

use crate::look;

/// Light modules around the code on every side (ISO/IEC 18004, 6.3.8).
pub const QUIET_ZONE: u16 = 4;
/// Longest side of a PNG, in pixels; a larger scale is lowered to it.
const MAX_PNG_SIDE: u32 = 4_096;
/// Pixels per module when the drawing is read back.
const CHECK_SCALE: u32 = 4;

/// A QR code with its quiet zone: a square of dark and light modules that has been read back.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawing {
    size: u16,
    dark: Vec<bool>,
}

/// Why a text cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// No character at all.
    #[error("There is nothing to draw; a QR code needs at least one character.")]
    Empty,
    /// More than the largest QR code holds.
    #[error("This text is too long for a QR code; shorten it, for example by giving fewer addresses.")]
    TooLong,
    /// Our own decoder did not read the text back.
    #[error("The QR code that was drawn could not be read back, so it is not shown; make a new code, or pass on the text itself.")]
    Unreadable,
}

/// How much of a drawing may be lost. Level M is for what is printed, photographed or seen at an angle; L, with the fewest modules,
/// is for a terminal, where each of them is half a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Usual,
    Little,
}

impl Room {
    /// The level that decides the size, and those tried for the same size, best first.
    const fn levels(self) -> (EcLevel, &'static [EcLevel]) {
        match self {
            Self::Usual => (EcLevel::M, &[EcLevel::H, EcLevel::Q]),
            Self::Little => (EcLevel::L, &[EcLevel::H, EcLevel::Q, EcLevel::M]),
        }
    }
}

/// Draws `text`.
///
/// The smallest version that holds it at error correction level M is taken, and then the highest level (M, Q or H) that
/// fits that version. Upper-case text of QR's alphanumeric set, such as a pairing link, takes that denser mode.
///
/// # Errors
/// When the text is empty, too long, or does not come out of the drawing again.
pub fn draw(text: &str) -> Result<Drawing, DrawError> {
    draw_in(text, Room::Usual)
}

/// The same with as few modules as hold it at level L, for a terminal: a link of one IPv4 address has 29 of them.
///
/// # Errors
/// As for [`draw`].
pub fn draw_small(text: &str) -> Result<Drawing, DrawError> {
    draw_in(text, Room::Little)
}

fn draw_in(text: &str, room: Room) -> Result<Drawing, DrawError> {
    if text.is_empty() {
        return Err(DrawError::Empty);
    }
    let (least, better) = room.levels();
    let smallest = QrCode::with_error_correction_level(text, least).map_err(|_| DrawError::TooLong)?;
    let version = smallest.version();
    let stronger = better.iter().find_map(|&level| QrCode::with_version(text, version, level).ok());
    let drawing = Drawing::of(&stronger.unwrap_or(smallest));
    if look::find(&drawing.raster(CHECK_SCALE)).iter().map(Vec::as_slice).eq([text.as_bytes()]) {
        Ok(drawing)
    } else {
        Err(DrawError::Unreadable)
    }
}

impl Drawing {
    fn of(code: &QrCode) -> Self {
        let width = code.width();
        let quiet = usize::from(QUIET_ZONE);
        let side = width + 2 * quiet;
        let mut dark = vec![false; side * side];
        for (index, color) in code.to_colors().into_iter().enumerate() {
            dark[(index / width + quiet) * side + index % width + quiet] = color == Color::Dark;
        }
        // The largest version has 177 modules.
        Self { size: u16::try_from(side).unwrap_or(u16::MAX), dark }
    }

    /// Modules per side, quiet zone included.
    pub const fn size(&self) -> u16 {
        self.size
    }

    /// Whether a module is dark; those outside are light.
    pub fn is_dark(&self, x: u16, y: u16) -> bool {
        x < self.size && y < self.size && self.dark[usize::from(y) * usize::from(self.size) + usize::from(x)]
    }

    /// The dark modules as SVG path data, in a view box of [`Self::size`] by [`Self::size`]: one rectangle for each
    /// horizontal run.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.size {
            let mut x = 0;
            while x < self.size {
                let length = (x..self.size).take_while(|&x| self.is_dark(x, y)).count();
                if length == 0 {
                    x += 1;
                    continue;
                }
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
                x += u16::try_from(length).unwrap_or(self.size);
            }
        }
        path
    }

    /// A grey PNG, black on white, of `scale` pixels per module; at least one, and at most 4,096 pixels per side.
    ///
    /// # Panics
    /// Never: PNG takes every grey picture of these dimensions, and memory does not refuse to be written.
    pub fn png(&self, scale: u32) -> Vec<u8> {
        let mut png = Cursor::new(Vec::new());
        self.raster(scale).write_to(&mut png, ImageFormat::Png).expect("a grey picture is always a PNG");
        png.into_inner()
    }

    fn raster(&self, scale: u32) -> GrayImage {
        let scale = scale.clamp(1, MAX_PNG_SIDE / u32::from(self.size));
        let side = u32::from(self.size) * scale;
        let module = |pixel: u32| u16::try_from(pixel / scale).unwrap_or(u16::MAX);
        GrayImage::from_fn(side, side, |x, y| Luma([if self.is_dark(module(x), module(y)) { 0 } else { 255 }]))
    }
}

/// Modules may hold a secret, so only the size is printed.
impl std::fmt::Debug for Drawing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drawing").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11";

    #[test]
    fn a_link_of_one_address_has_33_modules_and_a_quiet_zone() {
        let drawing = draw(LINK).unwrap();
        assert_eq!(drawing.size(), 33 + 2 * QUIET_ZONE);
        for i in 0..drawing.size() {
            for edge in [0, 3, drawing.size() - 4, drawing.size() - 1] {
                assert!(!drawing.is_dark(i, edge) && !drawing.is_dark(edge, i));
            }
        }
        assert!(drawing.is_dark(4, 4) && !drawing.is_dark(u16::MAX, 4));
    }

    #[test]
    fn a_small_one_has_29_modules_and_is_read_back() {
        let drawing = draw_small(LINK).unwrap();
        assert_eq!(drawing.size(), 29 + 2 * QUIET_ZONE);
        assert_eq!(crate::read(&drawing.png(4)).as_deref(), Ok(LINK));
    }

    #[test]
    fn the_level_is_raised_as_far_as_the_version_allows() {
        let level_of = |text: &str| {
            let (text, drawing) = (text.to_owned(), draw(text).unwrap());
            let bits: Vec<bool> = drawing.dark.clone();
            [EcLevel::M, EcLevel::Q, EcLevel::H].into_iter().find(|&level| {
                let version = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap().version();
                QrCode::with_version(&text, version, level).is_ok_and(|code| Drawing::of(&code).dark == bits)
            })
        };
        assert_eq!(level_of("A"), Some(EcLevel::H), "17 would fit version 1 at M, 10 at H");
        assert_eq!(level_of(&"A".repeat(16)), Some(EcLevel::Q), "16 is the most of version 1 at Q");
        assert_eq!(level_of(&"A".repeat(20)), Some(EcLevel::M), "20 is the most of version 1 at M");
    }

    #[test]
    fn the_path_draws_exactly_the_dark_modules() {
        let drawing = draw(LINK).unwrap();
        let mut drawn = vec![false; drawing.dark.len()];
        for run in drawing.path().split('z').filter(|run| !run.is_empty()) {
            let numbers: Vec<usize> =
                run.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
            let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
            assert_eq!(length, back);
            for x in x..x + length {
                let module = &mut drawn[y * usize::from(drawing.size()) + x];
                assert!(!*module, "drawn twice");
                *module = true;
            }
            assert!(
                !drawing.is_dark(u16::try_from(x + length).unwrap(), u16::try_from(y).unwrap()),
                "a run is as long as it can be"
            );
        }
        assert_eq!(drawn, drawing.dark);
    }

    #[test]
    fn a_png_has_the_scale_asked_for_within_bounds() {
        let drawing = draw(LINK).unwrap();
        let side = |scale| image::load_from_memory(&drawing.png(scale)).unwrap().width();
        assert_eq!(side(10), u32::from(drawing.size()) * 10);
        assert_eq!(side(0), u32::from(drawing.size()));
        assert!(side(u32::MAX) <= MAX_PNG_SIDE);
    }

    #[test]
    fn says_why_it_cannot_draw() {
        assert_eq!(draw("").unwrap_err(), DrawError::Empty);
        assert_eq!(draw(&"x".repeat(10_000)).unwrap_err(), DrawError::TooLong);
    }

    #[test]
    fn never_prints_its_modules() {
        assert_eq!(format!("{:?}", draw(LINK).unwrap()), "Drawing { size: 41, .. }");
    }
}
