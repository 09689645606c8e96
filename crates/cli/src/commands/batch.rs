//! Many codes, and going on after an interruption.
//!
//! Before anything is asked, a file beside the output says which names the calls will have. A code that was made and not yet written when
//! the program ended is asked for again under its name and comes out the same, so no code is made twice.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clawpair_api::{CreatePairingCode, ErrorCode, PairingCodeCreated};
use clawpair_client::{Client, ClientError, Retry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::create::new_name;
use super::made::Maker;
use super::rows;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::private;

/// How often a call that may pass by itself is tried.
const TRIES: u32 = 6;
/// Before the second try, doubled with each.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Longest wait between two tries; who asks for more is asked again by another run.
const MOST_WAIT: Duration = Duration::from_mins(1);

/// What is going to be made, and what was already.
pub(super) struct Batch {
    out: PathBuf,
    job: Job,
    /// Whether no earlier run has asked for any of it.
    is_new: bool,
}

/// What is kept until all is done.
#[derive(Serialize, Deserialize)]
struct Job {
    /// All names follow from it.
    id: Uuid,
    /// Under whom alone the same names get the same codes.
    #[serde(flatten)]
    maker: Maker,
    forms: Vec<CreatePairingCode>,
}

/// A line of the output.
#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    #[serde(flatten)]
    created: PairingCodeCreated,
}

/// What was made, for programs.
#[derive(Serialize)]
struct Done<'a> {
    file: &'a Path,
    codes: usize,
}

/// What the options and the list say.
pub(super) fn forms(
    template: &CreatePairingCode,
    count: Option<u32>,
    from: Option<&Path>,
) -> Result<Vec<CreatePairingCode>, Failure> {
    let Some(path) = from else { return rows::numbered(template, count.unwrap_or(1)) };
    let rows = rows::read(template, path)?;
    match count.filter(|&count| rows.len() != count as usize) {
        Some(count) => {
            let message = format!("{} has {} rows, and --count says {count}; nothing was made.", path.display(), rows.len());
            Err(Failure::input(message))
        }
        None => Ok(rows),
    }
}

impl Batch {
    /// A new one, or what an earlier run was for, if that was the same.
    pub(super) fn plan(maker: Maker, forms: Vec<CreatePairingCode>, out: &Path) -> Result<Self, Failure> {
        let path = job_path(out);
        let (job, is_new) = match std::fs::read(&path) {
            Ok(bytes) => {
                let job: Job = serde_json::from_slice(&bytes).map_err(|error| Failure::file(&path, error))?;
                let other = if job.maker == maker {
                    (job.forms != forms).then_some("with other options or another list")
                } else {
                    Some("at another platform, or with another key or account")
                };
                if let Some(other) = other {
                    let hint =
                        format!("Repeat the command as it was, or begin anew with another --out; then remove {}.", path.display());
                    return Err(Failure::input(format!("{} was begun {other}.", out.display())).hint(hint));
                }
                (job, false)
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Failure::file(&path, error)),
            Err(_) => {
                private::is_free(out)?;
                let job = Job { id: new_name(), maker, forms };
                let text = serde_json::to_vec(&job).map_err(|error| Failure::file(&path, error))?;
                private::create(&path, &text)?;
                (job, true)
            }
        };
        Ok(Self { out: out.to_owned(), job, is_new })
    }

    /// Makes what is missing, in order, and says how far it has come.
    pub(super) async fn run(self, client: &Client, output: Output) -> Result<(), Failure> {
        let failed = |error| Failure::file(&self.out, error);
        let (mut file, done) = self.opened().map_err(failed)?;
        let all = self.job.forms.len();
        if done > 0 {
            output.note(&format!("Going on after {done} of {all}."));
        }
        for (index, form) in self.job.forms.iter().enumerate().skip(done) {
            let created = match patiently(client, self.job.name(index), form, output).await {
                Ok(created) => created,
                Err(error) => return Err(self.stopped(&error, index)),
            };
            let written = Written { name: form.name.clone(), created };
            let mut text = serde_json::to_string(&written).map(zeroize::Zeroizing::new).map_err(|error| failed(error.into()))?;
            text.push('\n');
            file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(failed)?;
            output.progress(index + 1, all);
        }
        let path = job_path(&self.out);
        std::fs::remove_file(&path).map_err(|error| Failure::file(&path, error))?;
        output.note(&format!("{all} codes are in {}; whoever reads it can use them.", self.out.display()));
        output.for_programs(&Done { file: &self.out, codes: all })
    }

    /// Why it goes no further, and whether repeating the command helps.
    fn stopped(&self, error: &ClientError, done: usize) -> Failure {
        let cause = Failure::from(error.clone());
        let message = format!("{done} of {} codes were made. {}", self.job.forms.len(), cause.message);
        let hint = cause.hint.unwrap_or_default();
        let passes = matches!(error.retry(), Retry::Later(_)) || error.refusal() == Some(ErrorCode::GuessBudgetSpent);
        if passes {
            let then = match error.retry() {
                Retry::Later(Some(wait)) => format!("Not before {} seconds from now, repeating", wait.as_secs()),
                _ => "Repeating".to_owned(),
            };
            let hint = format!("{hint} {then} the command goes on from there.");
            return Failure::new(Exit::Unfinished, &cause.code, message).hint(hint.trim());
        }
        if self.is_new && done == 0 {
            // Nothing was made, so nothing has to go on as it was begun.
            let _ = std::fs::remove_file(&self.out).and_then(|()| std::fs::remove_file(job_path(&self.out)));
            return Failure::new(cause.exit, &cause.code, message).hint(hint);
        }
        let hint = format!("{hint} Once that is mended the same command goes on from there.");
        Failure::new(cause.exit, &cause.code, message).hint(hint.trim())
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
async fn patiently(
    client: &Client,
    name: Uuid,
    form: &CreatePairingCode,
    output: Output,
) -> Result<PairingCodeCreated, ClientError> {
    let client = client.named(&name.to_string())?;
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        let error = match client.create_pairing_code(form).await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        let Retry::Later(at_least) = error.retry() else { return Err(error) };
        let next = at_least.unwrap_or(wait);
        if next > MOST_WAIT {
            return Err(error);
        }
        output.note(&format!("{error} Trying again in {next:?}."));
        tokio::time::sleep(next).await;
        wait *= 2;
    }
    client.create_pairing_code(form).await
}
