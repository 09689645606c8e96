//! Looking for QR codes in a grey picture, in several ways until one of them shows something.

use std::collections::BTreeSet;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use rqrr::PreparedImage;

use crate::meter::{self, Budget, Metered};

/// Pixels that may be touched for one picture; some seconds of work on a small machine.
const BUDGET: u64 = 1_500_000_000;
/// A picture is first looked at as a whole, made smaller to this if it is larger.
const WHOLE: u32 = 1_600;
/// A second, smaller look, in which noise and blur have averaged out.
const SMALL: u32 = 640;
/// Blur, in pixels, of a third look, for grain in a picture too small to be averaged by shrinking.
const SOFT: f32 = 1.5;
/// Pictures up to this side are also looked at enlarged, for codes with few pixels per module.
const TINY: u32 = 480;
/// A picture larger than [`WHOLE`] is also looked at in full, in overlapping tiles of this side.
const TILE: u32 = 1_280;
/// A code up to `TILE - STEP` pixels wide lies in one tile whole.
const STEP: u32 = 800;

/// The contents of the QR codes in the first look that shows any; each once, in no particular order.
pub(crate) fn find(picture: &GrayImage) -> BTreeSet<Vec<u8>> {
    let budget = Budget::new(BUDGET);
    let whole = shrunk(picture, WHOLE);
    let soft = imageops::blur(&whole, SOFT);
    let mut views = vec![whole, soft];
    if picture.width().max(picture.height()) <= TINY {
        views.push(imageops::resize(picture, picture.width() * 3, picture.height() * 3, FilterType::CatmullRom));
    } else {
        views.push(shrunk(picture, SMALL));
    }
    let tiles = tiles(picture).map(|(x, y)| imageops::crop_imm(picture, x, y, TILE, TILE).to_image());
    for view in views.into_iter().chain(tiles) {
        for way in [adaptive, global, adaptive_inverted, global_inverted] {
            let found = way(&view, &budget);
            if !found.is_empty() || budget.is_spent() {
                return found;
            }
        }
    }
    BTreeSet::new()
}

fn shrunk(picture: &GrayImage, side: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return picture.clone();
    }
    let scaled = |length: u32| u32::try_from(u64::from(length) * u64::from(side) / u64::from(longest)).unwrap_or(side).max(1);
    imageops::resize(picture, scaled(width), scaled(height), FilterType::Triangle)
}

/// Corners of the tiles of a large picture.
fn tiles(picture: &GrayImage) -> impl Iterator<Item = (u32, u32)> {
    let (width, height) = picture.dimensions();
    let starts = |length: u32| (0..length.saturating_sub(TILE - STEP).max(1)).step_by(STEP as usize);
    let large = width.max(height) > WHOLE;
    starts(height).flat_map(move |y| starts(width).map(move |x| (x, y))).filter(move |_| large)
}

/// Dark is what is darker than its surroundings: copes with shadows and gradients.
fn adaptive(view: &GrayImage, budget: &Budget) -> BTreeSet<Vec<u8>> {
    let view = view.clone();
    decode(|| PreparedImage::prepare(Metered::new(view, budget)))
}

fn adaptive_inverted(view: &GrayImage, budget: &Budget) -> BTreeSet<Vec<u8>> {
    let mut view = view.clone();
    imageops::invert(&mut view);
    decode(|| PreparedImage::prepare(Metered::new(view, budget)))
}

/// Dark is what is darker than the best single threshold: copes with blur and little contrast.
fn global(view: &GrayImage, budget: &Budget) -> BTreeSet<Vec<u8>> {
    let threshold = otsu(view);
    binary(view, budget, |grey| grey <= threshold)
}

fn global_inverted(view: &GrayImage, budget: &Budget) -> BTreeSet<Vec<u8>> {
    let threshold = otsu(view);
    binary(view, budget, |grey| grey > threshold)
}

fn binary(view: &GrayImage, budget: &Budget, is_dark: impl Fn(u8) -> bool) -> BTreeSet<Vec<u8>> {
    let mut view = view.clone();
    for Luma([grey]) in view.pixels_mut() {
        *grey = u8::from(is_dark(*grey));
    }
    decode(|| PreparedImage::without_preparation(Metered::new(view, budget)))
}

fn decode<'a>(prepare: impl FnOnce() -> PreparedImage<Metered<'a>>) -> BTreeSet<Vec<u8>> {
    let contents = || {
        let mut prepared = prepare();
        let grids = prepared.detect_grids();
        grids
            .iter()
            .filter_map(|grid| {
                let mut content = Vec::new();
                grid.decode_to(&mut content).ok().map(|_| content)
            })
            .collect()
    };
    meter::within(contents).unwrap_or_default()
}

/// Otsu's threshold: the one that leaves the least variance within dark and light.
#[expect(clippy::cast_precision_loss, reason = "a picture has fewer than 2⁵² pixels")]
fn otsu(view: &GrayImage) -> u8 {
    let mut histogram = [0u64; 256];
    for Luma([grey]) in view.pixels() {
        histogram[usize::from(*grey)] += 1;
    }
    let total: u64 = histogram.iter().sum();
    let weighted: u64 = histogram.iter().zip(0..).map(|(&count, grey): (_, u64)| count * grey).sum();
    let (mut dark, mut dark_weighted, mut best, mut threshold) = (0, 0, -1.0, 0);
    for (grey, count) in (0u8..=255).zip(histogram) {
        dark += count;
        dark_weighted += count * u64::from(grey);
        let light = total - dark;
        if dark == 0 || light == 0 {
            continue;
        }
        let difference = dark_weighted as f64 / dark as f64 - (weighted - dark_weighted) as f64 / light as f64;
        let between = dark as f64 * light as f64 * difference * difference;
        if between > best {
            (best, threshold) = (between, grey);
        }
    }
    threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otsu_separates_two_greys() {
        let view = GrayImage::from_fn(10, 10, |x, _| Luma([if x < 3 { 100 } else { 112 }]));
        assert!((100..112).contains(&otsu(&view)));
    }

    #[test]
    fn tiles_cover_a_large_picture_with_overlap() {
        let (width, height) = (4_000, 1_700);
        let corners: Vec<_> = tiles(&GrayImage::new(width, height)).collect();
        for (x, y) in [(0, 0), (width - 480, 0), (0, height - 480), (width - 480, height - 480), (799, 799), (1_999, 810)] {
            let whole = |&(left, top): &(u32, u32)| left <= x && x + 480 <= left + TILE && top <= y && y + 480 <= top + TILE;
            assert!(corners.iter().any(whole), "a code at {x}, {y}");
        }
        assert_eq!(tiles(&GrayImage::new(WHOLE, WHOLE)).count(), 0);
    }
}
