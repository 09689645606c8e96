//! What a search through everything finds besides devices; from the mirror alone.

use clawpair_api::{Pairing, PairingStatus};
use clawpair_core::clock::Timestamp;
use clawpair_core::search::Search;
use clawpair_mirror::{Mirror, MirrorError, RequestRecord};

use super::across::Names;
use super::looked::page;
use super::records::Clocks;
use crate::view::PAGE;
use crate::view::elsewhere::{FoundActivity, FoundActivityPage, FoundWaiting, WaitingKind};

/// Entries of all platforms' activity, before the one that became known as this number.
pub(crate) fn activity(mirror: &Mirror, search: &Search, before: Option<i64>) -> Result<FoundActivityPage, MirrorError> {
    let names = Names::of(mirror)?;
    let (found, next) = page(mirror.search_activity(search, before, PAGE + 1)?, PAGE, |found| found.known);
    let shown = |found: clawpair_mirror::FoundActivity| FoundActivity {
        known: found.known,
        platform_name: names.get(&found.platform),
        platform: found.platform.to_string(),
        entry: found.entry,
    };
    Ok(FoundActivityPage { entries: found.into_iter().map(shown).collect(), next })
}

/// So many are found on each platform, and no more.
const MOST: usize = 1_000;

/// All that a platform's list has, page by page, as far as [`MOST`].
fn all<T>(mut page: impl FnMut(Option<&str>) -> Result<(Vec<T>, Option<String>), MirrorError>) -> Result<Vec<T>, MirrorError> {
    let (mut found, mut next) = page(None)?;
    while let Some(after) = next.filter(|_| found.len() < MOST) {
        let more = page(Some(&after))?;
        found.extend(more.0);
        next = more.1;
    }
    Ok(found)
}

/// Who asks to be let in and which codes work, on all platforms, the latest of each platform first.
pub(crate) fn waiting(mirror: &Mirror, search: &Search, now: Timestamp) -> Result<Vec<FoundWaiting>, MirrorError> {
    let mut found = Vec::new();
    for platform in mirror.platforms()? {
        let clocks = Clocks { now, ahead_millis: platform.ahead_millis };
        let shown = |kind, id, name, device_type, at| FoundWaiting {
            kind,
            platform: platform.id.to_string(),
            platform_name: platform.name.to_string(),
            id,
            name,
            device_type,
            at: clocks.here(at),
        };
        let asks = |RequestRecord { request, .. }: &RequestRecord| {
            let said =
                [&request.said_name, &request.said_device_type, &request.said_platform, &request.said_version, &request.address];
            let texts =
                [request.name.as_str(), &request.device_type, &request.key_fingerprint, &request.id, platform.name.as_str()];
            request.status == PairingStatus::Waiting
                && clocks.lasts(&request.expires_at)
                && search.finds_in(
                    texts
                        .into_iter()
                        .chain(said.into_iter().flatten().map(String::as_str))
                        .chain(request.permissions.iter().map(String::as_str)),
                )
        };
        let requests = all(|after| mirror.open_requests_of(&platform.id, after, PAGE, asks))?;
        found.extend(requests.into_iter().map(|RequestRecord { request, .. }| {
            shown(WaitingKind::Request, request.id, request.name, request.device_type, request.asked_at)
        }));
        let works = |code: &Pairing| {
            let texts = [code.name.as_str(), &code.device_type, &code.id, platform.name.as_str()];
            code.status == PairingStatus::Open
                && clocks.lasts(&code.expires_at)
                && search.finds_in(texts.into_iter().chain(code.permissions.iter().map(String::as_str)))
        };
        let codes = all(|after| mirror.open_pairings_of(&platform.id, after, PAGE, works))?;
        let code = |code: Pairing| shown(WaitingKind::Code, code.id, code.name, code.device_type, code.created_at);
        found.extend(codes.into_iter().map(code));
    }
    Ok(found)
}
