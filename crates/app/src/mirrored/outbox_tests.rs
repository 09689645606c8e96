//! What is asked for through an app's platform against a real platform of ours, to which calls and answers are lost, and which others
//! change meanwhile.

mod model;
mod stand;
mod stories;
mod troubled;

use clawpair_mirror::{Conflict, Delivery};

use self::stand::Stand;
use self::troubled::Trouble;
use super::*;
use crate::view::many::{ChangeOutcome, OutcomeKind};
use crate::view::outbox::ErrandState;
