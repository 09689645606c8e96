//! Pictures as people take them, and as an attacker makes them.

use std::io::Cursor;

use clawpair_qr::{MAX_BYTES, MAX_SIDE, ReadError, draw, read};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use qrcode::{Color, EcLevel, QrCode};

const LINK: &str = "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11";
const LONG_LINK: &str =
    "CPAIR:1/FD00::2:21327+10.0.0.7+192.168.100.100+HUB.EXAMPLE.LOCAL:8443/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11";

fn picture(text: &str, scale: u32) -> GrayImage {
    image::load_from_memory(&draw(text).unwrap().png(scale)).unwrap().into_luma8()
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    bytes
}

/// Reads the destination's pixels from `from(x, y)` of the source, white outside, with bilinear interpolation.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "coordinates of a picture")]
fn warped(source: &GrayImage, (width, height): (u32, u32), from: impl Fn(f64, f64) -> (f64, f64)) -> GrayImage {
    let at = |x: i64, y: i64| -> f64 {
        let inside = |v: i64, end: u32| u32::try_from(v).ok().filter(|&v| v < end);
        match (inside(x, source.width()), inside(y, source.height())) {
            (Some(x), Some(y)) => f64::from(source.get_pixel(x, y).0[0]),
            _ => 255.0,
        }
    };
    GrayImage::from_fn(width, height, |x, y| {
        let (x, y) = from(f64::from(x), f64::from(y));
        let (left, top, right, low) = (x.floor() as i64, y.floor() as i64, x - x.floor(), y - y.floor());
        let upper = at(left, top) * (1.0 - right) + at(left + 1, top) * right;
        let lower = at(left, top + 1) * (1.0 - right) + at(left + 1, top + 1) * right;
        Luma([(upper * (1.0 - low) + lower * low) as u8])
    })
}

fn rotated(source: &GrayImage, degrees: f64) -> GrayImage {
    let side = source.width() * 3 / 2;
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (new, old) = (f64::from(side) / 2.0, f64::from(source.width()) / 2.0);
    warped(source, (side, side), |x, y| {
        let (x, y) = (x - new, y - new);
        (x * cos + y * sin + old, y * cos - x * sin + old)
    })
}

/// A surface that no two places of are alike, without being random.
fn texture(x: u32, y: u32) -> u8 {
    let mixed = (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35);
    (mixed >> 24) as u8
}

fn on(background: &mut GrayImage, code: &GrayImage, x: u32, y: u32) {
    imageops::replace(background, code, i64::from(x), i64::from(y));
}

#[test]
fn reads_what_it_drew_at_any_scale() {
    for scale in [1, 2, 3, 5, 8, 20] {
        assert_eq!(read(&draw(LINK).unwrap().png(scale)).as_deref(), Ok(LINK), "scale {scale}");
        assert_eq!(read(&draw(LONG_LINK).unwrap().png(scale)).as_deref(), Ok(LONG_LINK), "scale {scale}");
    }
    for text in ["a", "Grüße, 温度 🌡", &"0123456789".repeat(30), &"mixed CASE and 123 ".repeat(20)] {
        assert_eq!(read(&draw(text).unwrap().png(4)).as_deref(), Ok(text));
    }
}

/// A link that our own decoder could not read back would be an error for the person who makes it.
#[test]
fn every_link_can_be_drawn() {
    const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for seed in 0..120 {
        let keys: String = (0..52).map(|i| char::from(SYMBOLS[usize::from(texture(i, seed) % 32)])).collect();
        let link = format!("CPAIR:1/10.0.{}.7:{}/{keys}", texture(seed, 1), 1_024 + seed);
        assert_eq!(read(&draw(&link).unwrap().png(3)), Ok(link));
    }
}

#[test]
fn reads_rotated_pictures() {
    for degrees in [7.0, 33.0, 45.0, 90.0, 180.0, 251.0] {
        assert_eq!(read(&png(rotated(&picture(LINK, 8), degrees))).as_deref(), Ok(LINK), "{degrees}°");
    }
}

#[test]
fn reads_a_picture_taken_from_the_side() {
    let code = picture(LINK, 10);
    let seen = warped(&code, (520, 520), |x, y| {
        let depth = 1.0 + x / 1_400.0;
        ((x * 1.1 - 20.0) / depth, ((y - 230.0) / depth + 210.0).mul_add(1.0, x / 20.0))
    });
    assert_eq!(read(&png(seen)).as_deref(), Ok(LINK));
}

#[test]
fn reads_blurred_pictures() {
    for sigma in [2.0, 3.0, 4.0] {
        assert_eq!(read(&png(imageops::blur(&picture(LINK, 10), sigma))).as_deref(), Ok(LINK), "σ = {sigma} of 10 per module");
    }
}

#[test]
fn reads_low_contrast_and_inverted_pictures() {
    for (dark, light) in [(0u8, 40u8), (110, 130), (200, 255), (255, 0), (130, 110), (120, 126)] {
        let mut code = picture(LINK, 6);
        code.pixels_mut().for_each(|p| p.0[0] = if p.0[0] == 0 { dark } else { light });
        assert_eq!(read(&png(code)).as_deref(), Ok(LINK), "{dark} on {light}");
    }
}

#[test]
fn reads_in_uneven_light() {
    let mut code = picture(LINK, 8);
    for (x, y, pixel) in code.enumerate_pixels_mut() {
        let light = 60 + 195 * (x + y) / 656;
        pixel.0[0] = u8::try_from((u32::from(pixel.0[0]) / 2 + 100) * light / 255).unwrap();
    }
    assert_eq!(read(&png(code)).as_deref(), Ok(LINK));
}

#[test]
fn reads_noisy_and_heavily_compressed_pictures() {
    let mut code = picture(LINK, 8);
    for (x, y, pixel) in code.enumerate_pixels_mut() {
        pixel.0[0] = pixel.0[0] / 2 + texture(x, y) / 2;
    }
    assert_eq!(read(&png(code)).as_deref(), Ok(LINK));
    assert_eq!(read(&jpeg(&picture(LINK, 6), 10)).as_deref(), Ok(LINK));
}

#[test]
fn finds_a_code_on_a_busy_wall_and_behind_a_dark_frame() {
    let mut wall = GrayImage::from_fn(1_500, 1_100, |x, y| Luma([texture(x / 9, y / 9)]));
    on(&mut wall, &picture(LINK, 7), 811, 402);
    assert_eq!(read(&png(wall)).as_deref(), Ok(LINK));
    let mut framed = GrayImage::from_pixel(500, 500, Luma([20]));
    on(&mut framed, &picture(LINK, 8), 86, 86);
    assert_eq!(read(&jpeg(&framed, 80)).as_deref(), Ok(LINK));
}

#[test]
fn finds_a_small_code_in_a_screenshot_of_three_screens() {
    let mut screens = GrayImage::from_pixel(7_680, 2_160, Luma([236]));
    for line in 0..80 {
        for column in 0..900 {
            let ink = GrayImage::from_pixel(4, 10, Luma([40 + texture(line, column) / 4]));
            on(&mut screens, &ink, 20 + column * 8, 30 + line * 24);
        }
    }
    on(&mut screens, &picture(LINK, 3), 5_203, 1_611);
    assert_eq!(read(&png(screens)).as_deref(), Ok(LINK));
}

#[test]
fn reads_dark_modules_on_a_transparent_ground() {
    let code = picture(LINK, 6);
    let clear = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
        if code.get_pixel(x, y).0[0] == 0 { Rgba([0, 0, 60, 255]) } else { Rgba([0, 0, 0, 0]) }
    });
    assert_eq!(read(&png(clear)).as_deref(), Ok(LINK));
}

#[test]
fn the_same_code_twice_is_one_and_two_codes_are_a_question() {
    let two = |second: &str| {
        let mut both = GrayImage::from_pixel(900, 450, Luma([255]));
        on(&mut both, &picture(LINK, 6), 20, 20);
        on(&mut both, &imageops::resize(&picture(second, 8), 300, 300, FilterType::Triangle), 500, 60);
        read(&png(both))
    };
    assert_eq!(two(LINK).as_deref(), Ok(LINK));
    assert_eq!(two("https://example.org/"), Err(ReadError::SeveralCodes { found: 2 }));
}

#[test]
fn a_code_that_is_no_text_is_refused() {
    let code = QrCode::with_error_correction_level([0xff, 0xfe, 0x00, 0x80], EcLevel::M).unwrap();
    let (width, colors) = (u32::try_from(code.width()).unwrap(), code.to_colors());
    let drawn = GrayImage::from_fn((width + 8) * 5, (width + 8) * 5, |x, y| {
        let (x, y) = ((x / 5).wrapping_sub(4), (y / 5).wrapping_sub(4));
        Luma([if x < width && y < width && colors[(y * width + x) as usize] == Color::Dark { 0 } else { 255 }])
    });
    assert_eq!(read(&png(drawn)), Err(ReadError::NotText));
}

#[test]
fn files_that_are_no_pictures_are_refused() {
    let good = draw(LINK).unwrap().png(4);
    assert_eq!(read(b""), Err(ReadError::NotAPicture));
    assert_eq!(read(b"GIF89a and more"), Err(ReadError::NotAPicture));
    assert_eq!(read(&good[..good.len() / 2]), Err(ReadError::Damaged));
    assert_eq!(read(b"\xff\xd8\xff\xe0 no picture after all"), Err(ReadError::Damaged));
    assert_eq!(read(&vec![0x89; MAX_BYTES + 1]), Err(ReadError::FileTooLarge));
    assert_eq!(read(&png(GrayImage::from_pixel(300, 200, Luma([255])))), Err(ReadError::NoCode));
    assert_eq!(read(&png(GrayImage::new(1, 1))), Err(ReadError::NoCode));
    assert_eq!(read(&png(GrayImage::new(8_000, 1))), Err(ReadError::NoCode));
}

#[test]
fn a_picture_larger_than_any_screen_is_refused_by_its_header() {
    assert_eq!(read(&png(GrayImage::new(MAX_SIDE + 1, 1))), Err(ReadError::PictureTooLarge));
    // A small file that promises 65,000 × 65,000 pixels: height and width stand five bytes into the frame header.
    let mut bomb = jpeg(&GrayImage::new(8, 8), 50);
    let frame = bomb.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    bomb[frame + 5..frame + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
    assert_eq!(read(&bomb), Err(ReadError::PictureTooLarge));
}

/// Every corner mark might belong to a code with every two others. Counted pixels end that, so this test ends.
#[test]
fn a_wall_of_corner_marks_is_given_up() {
    let mark = |x: u32, y: u32| {
        let ring = x.abs_diff(4).max(y.abs_diff(4));
        ring != 2 && ring < 4
    };
    let wall = GrayImage::from_fn(1_600, 1_600, |x, y| Luma([if mark(x / 2 % 9, y / 2 % 9) { 0 } else { 255 }]));
    assert_eq!(read(&png(wall)), Err(ReadError::NoCode));
}

#[test]
fn noise_shows_nothing() {
    for grain in [1, 3, 6] {
        let noise = GrayImage::from_fn(700, 500, |x, y| Luma([texture(x / grain, y / grain)]));
        assert_eq!(read(&png(noise)), Err(ReadError::NoCode), "grain {grain}");
    }
}
