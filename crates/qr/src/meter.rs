//! A picture that counts how often it is touched, so that no picture can keep the decoder busy for long.
//!
//! The decoder copies the whole picture for every group of three corner marks it suspects; a picture full of corner
//! marks would take hours. It cannot be told to stop, but it asks for every pixel: when the budget is spent, the next
//! question unwinds out of it, silently, to [`within`].

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

use image::{GenericImage, GenericImageView, GrayImage, Luma};

/// How many more pixels may be touched.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u64>);

impl Budget {
    pub(crate) const fn new(pixels: u64) -> Self {
        Self(Cell::new(pixels))
    }

    pub(crate) const fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    fn spend(&self, pixels: u64) {
        let left = self.0.get().checked_sub(pixels);
        self.0.set(left.unwrap_or(0));
        if left.is_none() {
            panic::resume_unwind(Box::new(Spent));
        }
    }
}

struct Spent;

/// Runs a decoder. `None` when the budget ran out or the decoder panicked, which it does on some pictures
/// (<https://github.com/WanzenBug/rqrr/issues/54>): both mean that this look found nothing.
pub(crate) fn within<T>(decoder: impl FnOnce() -> T) -> Option<T> {
    // Everything the decoder owned is gone after unwinding; the budget is a number and valid at any moment.
    panic::catch_unwind(AssertUnwindSafe(decoder)).map_err(drop::<Box<dyn Any + Send>>).ok()
}

/// A picture whose every access is charged.
pub(crate) struct Metered<'a> {
    picture: GrayImage,
    budget: &'a Budget,
}

impl<'a> Metered<'a> {
    pub(crate) const fn new(picture: GrayImage, budget: &'a Budget) -> Self {
        Self { picture, budget }
    }
}

impl Clone for Metered<'_> {
    fn clone(&self) -> Self {
        self.budget.spend(u64::from(self.picture.width()) * u64::from(self.picture.height()));
        Self { picture: self.picture.clone(), budget: self.budget }
    }
}

impl GenericImageView for Metered<'_> {
    type Pixel = Luma<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.picture.dimensions()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Luma<u8> {
        self.budget.spend(1);
        *self.picture.get_pixel(x, y)
    }
}

impl GenericImage for Metered<'_> {
    fn get_pixel_mut(&mut self, x: u32, y: u32) -> &mut Luma<u8> {
        self.budget.spend(1);
        self.picture.get_pixel_mut(x, y)
    }

    fn put_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        self.budget.spend(1);
        self.picture.put_pixel(x, y, pixel);
    }

    fn blend_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        self.put_pixel(x, y, pixel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_ends_the_work() {
        let budget = Budget::new(3);
        let metered = Metered::new(GrayImage::new(2, 1), &budget);
        assert!(within(|| metered.get_pixel(0, 0)).is_some());
        assert!(within(|| drop(metered.clone())).is_some(), "a copy costs its two pixels");
        assert!(budget.is_spent());
        assert!(within(|| metered.get_pixel(0, 0)).is_none());
    }

    #[test]
    fn a_panic_inside_is_no_panic_outside() {
        assert!(within(|| panic::resume_unwind(Box::new("a fault of the decoder"))).is_none());
    }
}
