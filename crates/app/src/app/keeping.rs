//! The file that is kept of all platforms: where it is, copying it, and putting a copy in its place.

use std::path::{Path, PathBuf};

use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_mirror::{Act, Backup, Mirror, MirrorError};

use super::{Answer, App, storage};
use crate::platform::known::KnownPlatforms;
use crate::view::data::{BackupView, DataFile, Restored};
use crate::view::{ActivityCheck, AppEvent, Refusal};
use crate::whole_file::unwritable;

impl App {
    /// The file, and how much is in it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn data_file(&self) -> Answer<DataFile> {
        self.0
            .mirroring
            .ask(|mirror| {
                let rest = ["", "-wal"].map(|rest| with(mirror.path(), rest));
                let size = rest.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|found| found.len()).sum();
                let path = mirror.path().display().to_string();
                Ok(DataFile { path, size, entries: mirror.journal_length()?, waiting: mirror.outbox_counts()?.waiting })
            })
            .await
    }

    /// Copies the file as it is at this moment. What was there is replaced once all is written, not before.
    ///
    /// # Errors
    /// When it cannot be read, the copy cannot be written, or it would replace a file of the app's own.
    pub async fn back_up(&self, path: &Path) -> Answer<()> {
        self.leaves_own_files(path)?;
        let to = path.to_owned();
        let copied = move |mirror: &Mirror| {
            let unfinished = to.with_added_extension("part");
            let _ = std::fs::remove_file(&unfinished);
            let copied = mirror.backup(&unfinished).map_err(|error| cannot_copy(&to, &error));
            let placed = copied.and_then(|()| Ok(std::fs::rename(&unfinished, &to).map_err(|error| unwritable(&to, &error))?));
            if placed.is_err() {
                let _ = std::fs::remove_file(&unfinished);
            }
            Ok(placed)
        };
        self.0.mirroring.ask(copied).await??;
        self.note_own(Act::BackUp, path.file_name().map(|name| name.to_string_lossy().into_owned())).await;
        Ok(())
    }

    /// Looks at a backup. It is the one that [`Self::restore`] puts in the place of the file.
    ///
    /// # Errors
    /// When it is damaged, none of ours, or of a newer format.
    pub async fn look_at_backup(&self, path: &Path) -> Answer<BackupView> {
        let (from, file) = (path.to_owned(), self.0.mirroring.path().to_owned());
        let looked = tokio::task::spawn_blocking(move || Mirror::look_at_backup(&from, &file)).await;
        let Backup { as_of, devices, waiting, since, journal } =
            looked.map_err(|error| broken(&error))?.map_err(|error| cannot_put_back(&error))?;
        let mut chosen = self.0.chosen_backup.lock().await;
        *chosen = Some(path.to_owned());
        Ok(BackupView {
            file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            as_of: as_of.map(|at| at.to_string()),
            devices,
            waiting,
            since,
            journal: match journal {
                Ok(whole) => ActivityCheck::Whole { first: whole.first, last: whole.last.number },
                Err(fault) => ActivityCheck::Broken { fault: fault.to_string() },
            },
        })
    }

    /// Puts the backup that was looked at last in the place of the file. Meanwhile all platforms are asked themselves; afterwards each is
    /// read again. Those that were removed since the backup was made stay removed.
    ///
    /// # Errors
    /// When nobody has looked at one, or it cannot be put there; the file that was there is in use then.
    pub async fn restore(&self) -> Answer<Restored> {
        let _changing = self.0.changing_platforms.lock().await;
        let mut chosen = self.0.chosen_backup.lock().await;
        let Some(backup) = chosen.clone() else {
            return Err(Refusal::new("invalid_request", "No backup was chosen.", "Choose one, and look at what is in it."));
        };
        let known = self.0.settings.known_platforms().map_err(|error| storage(&error))?;
        let bare = self.0.mirroring.bare(&known);
        for (known, platform) in &bare {
            // Whoever reads the file of it ends with what goes.
            self.0.platforms.replace(&known.id, platform.clone());
        }
        let (now, strangers) = (SystemClock.now(), self.strangers());
        let placed = self.0.mirroring.replace(move |path| Mirror::restore(&backup, path, now)).await;
        if placed.is_ok() {
            // Those that were removed since are in it.
            self.forget_removed(&strangers);
        }
        for (known, platform) in bare {
            let mirrored = self.0.mirroring.around(&known, platform);
            self.0.platforms.replace(&known.id, mirrored);
        }
        if let Ok(kept) = self.0.mirroring.outbox() {
            let _ = tokio::task::spawn_blocking(move || kept.tell()).await;
        }
        let _ = self.0.events.send(AppEvent::Resync);
        let put_back = placed?;
        *chosen = None;
        Ok(Restored {
            replaced: put_back.replaced.map(|path| path.display().to_string()),
            questions: u64::try_from(put_back.questions).unwrap_or(u64::MAX),
            whole: put_back.whole,
        })
    }
}

fn with(path: &Path, rest: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(rest);
    path.with_file_name(name)
}

fn cannot_copy(to: &Path, error: &MirrorError) -> Refusal {
    match error {
        MirrorError::Unavailable(why) => unwritable(to, &std::io::Error::other(why.clone())).into(),
        other => other.body().into(),
    }
}

/// Why a backup stays where it is. What to do about the file itself would mislead.
pub(super) fn cannot_put_back(error: &MirrorError) -> Refusal {
    let mut refusal = Refusal::from(error.body());
    if matches!(error, MirrorError::Invalid(_) | MirrorError::Damaged(_)) {
        refusal.hint = Some("Choose another backup. Nothing was changed.".to_owned());
    }
    refusal
}

pub(super) fn broken(error: &tokio::task::JoinError) -> Refusal {
    Refusal::new("internal", error.to_string(), "Start Clawpair again.")
}
