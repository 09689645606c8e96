//! Many codes, and going on after an interruption.
//!
//! Before anything is asked, a file beside the output says which names the calls will have. A code that was made and not yet written when
//! the program ended is asked for again under its name and comes out the same, so no code is made twice.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clawpair_api::{CreatePairingCode, PairingCodeCreated};
use clawpair_client::{Client, ClientError, Retry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::create::new_name;
use super::rows;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::private;

/// How often a call that may pass by itself is tried.
const TRIES: u32 = 6;
/// Before the second try, doubled with each.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// What is going to be made, and what was already.
pub(super) struct Batch {
    forms: Vec<CreatePairingCode>,
    out: PathBuf,
    job: Job,
}

/// What is kept until all is done.
#[derive(Serialize, Deserialize)]
struct Job {
    /// All names follow from it.
    id: Uuid,
    forms: Vec<CreatePairingCode>,
}

/// A line of the output.
#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    #[serde(flatten)]
    created: PairingCodeCreated,
}

impl Batch {
    /// What the options and the list say, compared with what an earlier try was for.
    pub(super) fn plan(template: &CreatePairingCode, count: Option<u32>, from: Option<&Path>, out: &Path) -> Result<Self, Failure> {
        let forms = match from {
            Some(path) => {
                let rows = rows::read(template, path)?;
                if let Some(count) = count.filter(|&count| rows.len() != count as usize) {
                    let message =
                        format!("{} has {} rows, and --count says {count}; nothing was made.", path.display(), rows.len());
                    return Err(Failure::input(message));
                }
                rows
            }
            None => rows::numbered(template, count.unwrap_or(1)),
        };
        let path = job_path(out);
        let job = match std::fs::read(&path) {
            Ok(bytes) => {
                let job: Job = serde_json::from_slice(&bytes).map_err(|error| Failure::file(&path, error))?;
                if job.forms != forms {
                    let message = format!("{} was begun with other options or another list.", out.display());
                    let hint =
                        format!("Repeat the command as it was, or begin anew with another --out; then remove {}.", path.display());
                    return Err(Failure::input(message).hint(hint));
                }
                job
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Failure::file(&path, error)),
            Err(_) => {
                if out.exists() {
                    return Err(Failure::file(out, "it is there already").hint("Name another file, or remove that one."));
                }
                let job = Job { id: new_name(), forms: forms.clone() };
                let text = serde_json::to_vec(&job).map_err(|error| Failure::file(&path, error))?;
                private::create(&path, &text)?;
                job
            }
        };
        Ok(Self { forms, out: out.to_owned(), job })
    }

    /// Makes what is missing, in order, and says how far it has come.
    pub(super) async fn run(self, client: &Client, output: Output) -> Result<(), Failure> {
        let failed = |error| Failure::file(&self.out, error);
        let (mut file, done) = self.opened().map_err(failed)?;
        let all = self.forms.len();
        if done > 0 {
            output.note(&format!("Going on after {done} of {all}."));
        }
        for (index, form) in self.forms.iter().enumerate().skip(done) {
            let created =
                patiently(client, self.job.name(index), form).await.map_err(|failure| unfinished(&failure, index, all))?;
            let written = Written { name: form.name.clone(), created };
            let mut text = serde_json::to_string(&written).map(zeroize::Zeroizing::new).map_err(|error| failed(error.into()))?;
            text.push('\n');
            file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(failed)?;
            output.progress(index + 1, all);
        }
        let path = job_path(&self.out);
        std::fs::remove_file(&path).map_err(|error| Failure::file(&path, error))?;
        output.note(&format!("{all} codes are in {}; whoever reads it can use them.", self.out.display()));
        Ok(())
    }

    /// The output after its last whole line, and how many there are.
    fn opened(&self) -> std::io::Result<(File, usize)> {
        let mut file = private::options().read(true).create(true).truncate(false).open(&self.out)?;
        let (mut whole, mut lines) = (0, 0);
        let mut reader = BufReader::new(&mut file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 || !line.ends_with(b"\n") {
                break;
            }
            whole += read as u64;
            lines += 1;
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok((file, lines))
    }
}

impl Job {
    /// Another for each, and the same each time.
    fn name(&self, index: usize) -> Uuid {
        let number = u128::try_from(index).unwrap_or_default();
        Uuid::from_u128(self.id.as_u128().wrapping_add(number))
    }
}

fn job_path(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    out.with_file_name(name)
}

/// Tries again what may pass by itself, and not before the platform's own time.
async fn patiently(client: &Client, name: Uuid, form: &CreatePairingCode) -> Result<PairingCodeCreated, ClientError> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match client.create_pairing_code_as(name, form).await {
            Err(error) => match error.retry() {
                Retry::Later(at_least) => tokio::time::sleep(at_least.unwrap_or(wait)).await,
                Retry::No => return Err(error),
            },
            made => return made,
        }
        wait *= 2;
    }
    client.create_pairing_code_as(name, form).await
}

fn unfinished(error: &ClientError, done: usize, all: usize) -> Failure {
    let cause = Failure::from(error.clone());
    let message = format!("{done} of {all} codes were made. {}", cause.message);
    let hint = format!("{} Repeating the command goes on from there.", cause.hint.unwrap_or_default());
    Failure { hint: Some(hint.trim().to_owned()), ..Failure::new(Exit::Unfinished, &cause.code, message) }
}
