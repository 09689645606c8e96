//! What can be done at a gateway.

mod decide;
mod list;
mod manage;
mod setup;

pub use decide::DecisionError;
pub use list::{DeviceList, NodeRequests};
pub use manage::Rotated;
pub use setup::{MadeSetupCode, SetupStatus};
