//! The platforms the app knows, each by its id.

use std::sync::{Arc, PoisonError, RwLock};

use clawpair_api::Event;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use super::{Answer, News, Platform};
use crate::view::AppEvent;
use crate::view::Refusal;
use crate::view::platform::{PlatformKind, PlatformView};

/// The id of the platform inside the app.
pub const EMBEDDED: &str = "embedded";

/// What a person gave a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) id: String,
    pub(crate) kind: PlatformKind,
    pub(crate) name: String,
    pub(crate) address: Option<String>,
}

struct Entry {
    label: Label,
    platform: Arc<dyn Platform>,
    forwarding: JoinHandle<()>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.forwarding.abort();
    }
}

/// All platforms, in the order they were added, and what happens on them as one stream.
#[derive(Clone)]
pub(crate) struct Platforms(Arc<Inner>);

struct Inner {
    entries: RwLock<Vec<Entry>>,
    events: broadcast::Sender<AppEvent>,
}

impl Platforms {
    /// None yet; what happens goes into `events`.
    pub(crate) fn new(events: broadcast::Sender<AppEvent>) -> Self {
        Self(Arc::new(Inner { entries: RwLock::default(), events }))
    }

    /// A platform by its id.
    pub(crate) fn get(&self, id: &str) -> Answer<Arc<dyn Platform>> {
        let entries = self.0.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.iter().find(|entry| entry.label.id == id);
        entry.map(|entry| Arc::clone(&entry.platform)).ok_or_else(unknown)
    }

    /// Takes a platform in and listens to it.
    pub(crate) fn add(&self, label: Label, platform: Arc<dyn Platform>) {
        let forwarding = tokio::spawn(forward(Arc::downgrade(&self.0), label.id.clone(), platform.news()));
        self.0.entries.write().unwrap_or_else(PoisonError::into_inner).push(Entry { label, platform, forwarding });
        self.0.tell();
    }

    /// Puts another platform in the place of one, and listens to that.
    pub(crate) fn replace(&self, id: &str, platform: Arc<dyn Platform>) {
        let forwarding = tokio::spawn(forward(Arc::downgrade(&self.0), id.to_owned(), platform.news()));
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        match entries.iter_mut().find(|entry| entry.label.id == id) {
            Some(entry) => *entry = Entry { label: entry.label.clone(), platform, forwarding },
            // It was removed meanwhile.
            None => forwarding.abort(),
        }
        drop(entries);
        self.0.tell();
    }

    /// Lets a platform go; nothing is heard of it any more.
    pub(crate) fn remove(&self, id: &str) {
        self.0.entries.write().unwrap_or_else(PoisonError::into_inner).retain(|entry| entry.label.id != id);
        self.0.tell();
    }

    /// Calls a platform by another name.
    pub(crate) fn rename(&self, id: &str, name: &str) {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.iter_mut().find(|entry| entry.label.id == id) {
            name.clone_into(&mut entry.label.name);
        }
        drop(entries);
        self.0.tell();
    }

    /// How things stand with one of them.
    pub(crate) fn view(&self, id: &str) -> Answer<PlatformView> {
        self.views().into_iter().find(|view| view.id == id).ok_or_else(unknown)
    }

    /// How things stand with all of them.
    pub(crate) fn views(&self) -> Vec<PlatformView> {
        self.0.views()
    }
}

impl Inner {
    fn views(&self) -> Vec<PlatformView> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let own: Vec<Option<String>> = entries.iter().map(|entry| entry.platform.own_entry()).collect();
        let twin = |at: usize| {
            let is_same = |other: &usize| *other != at && own[at].is_some() && own[*other] == own[at];
            (0..own.len()).find(is_same).map(|other| &entries[other].label)
        };
        let all = entries.iter().enumerate();
        all.map(|(at, Entry { label, platform, .. })| view(label, platform.as_ref(), twin(at))).collect()
    }

    fn tell(&self) {
        // A window that is not there yet asks when it comes.
        let _ = self.events.send(AppEvent::Platforms { platforms: self.views() });
    }
}

/// `twin` is another one of the list that is the same platform.
fn view(label: &Label, platform: &dyn Platform, twin: Option<&Label>) -> PlatformView {
    let Label { id, kind, name, address } = label.clone();
    let standing = platform.standing();
    PlatformView {
        id,
        kind,
        name,
        address,
        pin: standing.pin,
        state: standing.state,
        capabilities: standing.capabilities.unwrap_or_else(|| kind.capabilities().to_vec()),
        notice: standing.notice.or_else(|| twin.map(twice)),
        as_of: standing.as_of,
    }
}

/// What to know of a platform that is in the list by two addresses.
fn twice(other: &Label) -> Refusal {
    let at = other.address.as_ref().map(|address| format!(", at {address}")).unwrap_or_default();
    let what = format!("This is the same gateway as “{}”{at}: what it has is listed twice.", other.name);
    Refusal::new("platform_twice", what, "Remove one of the two; the other goes on.")
}

/// What is said of a platform that is not there.
pub(crate) fn unknown() -> Refusal {
    Refusal::new("platform_unknown", "There is no such platform any more.", "Choose another one in the list of platforms.")
}

async fn forward(inner: std::sync::Weak<Inner>, platform: String, mut news: broadcast::Receiver<News>) {
    loop {
        let news = match news.recv().await {
            Ok(news) => news,
            Err(RecvError::Lagged(_)) => News::Event(Box::new(Event::Resync)),
            Err(RecvError::Closed) => return,
        };
        let Some(inner) = inner.upgrade() else { return };
        let platform = platform.clone();
        match news {
            News::State => inner.tell(),
            News::Event(event) => drop(inner.events.send(AppEvent::Platform { platform, event })),
            News::SetupCodeUsed(used) => drop(inner.events.send(AppEvent::SetupCodeUsed { platform, used })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::unopened::Unopened;

    #[test]
    fn a_platform_that_never_said_what_it_can_do_can_do_what_its_kind_can() {
        let platform = Unopened::new(unknown());
        for kind in [PlatformKind::Server, PlatformKind::Openclaw] {
            let label = Label { id: "plat-1".into(), kind, name: "Office".into(), address: None };
            assert_eq!(view(&label, &platform, None).capabilities, kind.capabilities());
        }
    }
}
