//! Reading a QR code from the bytes of a picture.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageError, ImageFormat, ImageReader, Limits, Luma};

use crate::look;

/// Largest picture file, in bytes.
pub const MAX_BYTES: usize = 16 * 1_024 * 1_024;
/// Longest side of a picture, in pixels.
pub const MAX_SIDE: u32 = 8_192;
/// Most memory the decoder may take: 8,192 × 8,192 pixels of four bytes and some change.
const MAX_ALLOCATION: u64 = 320 * 1_024 * 1_024;

/// Why no text came out of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// More than [`MAX_BYTES`].
    #[error("This file is larger than 16 MiB; save the picture smaller, or take a screenshot of the QR code alone.")]
    FileTooLarge,
    /// Wider or higher than [`MAX_SIDE`], or more memory than any such picture needs.
    #[error("This picture has more than 8192 pixels on a side, or too many colours to open; cut out the QR code and try again.")]
    PictureTooLarge,
    /// Neither PNG nor JPEG.
    #[error("This file is no PNG or JPEG picture; save the picture as PNG, or take a screenshot of the QR code.")]
    NotAPicture,
    /// Begins like a picture and does not go on like one.
    #[error("This picture is damaged or incomplete; save or send it again.")]
    Damaged,
    /// Nothing found in any way of looking.
    #[error(
        "No QR code could be read in this picture; take it again closer, sharp, straight and with the white edge around the code."
    )]
    NoCode,
    /// Several codes with different contents.
    #[error("This picture shows {found} different QR codes; cut out the one you mean and try again.")]
    SeveralCodes {
        /// How many there are.
        found: usize,
    },
    /// The code's content is not UTF-8.
    #[error("The QR code in this picture holds no text, so it is no pairing link; check that it is the right one.")]
    NotText,
}

/// The text of the one QR code in a PNG or JPEG picture.
///
/// # Errors
/// When the file is no such picture or too large, or does not show exactly one code with text; the same code shown
/// twice is one code.
pub fn read(bytes: &[u8]) -> Result<String, ReadError> {
    let mut found = look::find(&grey(open(bytes)?));
    match (found.pop_first(), found.len()) {
        (None, _) => Err(ReadError::NoCode),
        (Some(content), 0) => String::from_utf8(content).map_err(|_| ReadError::NotText),
        (Some(_), others) => Err(ReadError::SeveralCodes { found: others + 1 }),
    }
}

fn open(bytes: &[u8]) -> Result<DynamicImage, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::FileTooLarge);
    }
    let format = match bytes {
        [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
        [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
        _ => return Err(ReadError::NotAPicture),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => ReadError::PictureTooLarge,
        _ => ReadError::Damaged,
    })
}

/// In grey, with whatever is transparent on white, as a screen would mostly show it.
fn grey(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let picture = picture.into_luma_alpha8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [grey, alpha] = picture.get_pixel(x, y).0.map(u16::from);
        Luma([u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)])
    })
}
