//! `outbox`: what was asked for and is not seen to be done.

use clap::ValueEnum;
use clawpair_app::Reach;
use clawpair_app::view::outbox::{ErrandChoice, ErrandView, OutboxPage};

use super::errands::{listed, what};
use crate::failure::Failure;
use crate::session::Context;

/// What was asked for of the app's platforms and is not seen to be done
#[derive(clap::Args)]
pub(crate) struct Outbox {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List it, the oldest first
    List,
    /// Take back what was never sent
    Withdraw {
        #[arg(value_name = "ERRAND")]
        errand: i64,
    },
    /// Decide about something that was not done; clawpair sync sends what is asked for instead
    Choose {
        #[arg(value_name = "ERRAND")]
        errand: i64,
        choice: Choice,
    },
}

/// What a person may do about a conflict.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// Ask for the same again
    TryAgain,
    /// Ask for it whatever has changed
    Overwrite,
    /// Revoke the device that has the key now
    RevokeReturned,
    /// Leave it as it is
    Leave,
}

impl From<Choice> for ErrandChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::TryAgain => Self::TryAgain,
            Choice::Overwrite => Self::Overwrite,
            Choice::RevokeReturned => Self::RevokeReturned,
            Choice::Leave => Self::Leave,
        }
    }
}

impl Outbox {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let (app, output) = (context.app(Reach::Files).await?, context.output);
        match self.command {
            Command::List => {
                let mut page = app.outbox(0).await?;
                while let Some(after) = page.next {
                    let more = app.outbox(after).await?;
                    page.errands.extend(more.errands);
                    page.next = more.next;
                }
                output.show(&page, |page: &OutboxPage| listed(&page.errands))
            }
            Command::Withdraw { errand } => {
                let withdrawn = app.withdraw_errand(errand).await?;
                output.show(&withdrawn, |errand| format!("Taken back: {}.", what(errand)))
            }
            Command::Choose { errand, choice } => {
                let anew: Option<ErrandView> = app.choose_errand(errand, choice.into()).await?;
                output.show(&anew, |anew| match anew {
                    Some(errand) => format!("Asked for as errand {}: {}.", errand.id, what(errand)),
                    None => "Left as it is.".to_owned(),
                })?;
                if anew.is_some() {
                    output.note("clawpair sync sends it; so does the window when it is open.");
                }
                Ok(())
            }
        }
    }
}
