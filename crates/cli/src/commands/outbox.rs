//! `outbox`: what was asked for and is not seen to be done.

use clap::ValueEnum;
use clawpair_app::Reach;
use clawpair_app::view::outbox::{ErrandChoice, ErrandView, OutboxPage};

use super::devices::sure;
use super::errands::{listed, what};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
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
        /// Do not ask
        #[arg(long)]
        yes: bool,
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

impl Choice {
    /// Whether it ends something that nobody gets back, and what.
    const fn undoes(self) -> Option<&'static str> {
        match self {
            Self::Overwrite => Some("Overwrite what somebody else has changed"),
            Self::RevokeReturned => Some("Revoke the device that has the key now, for good"),
            Self::TryAgain | Self::Leave => None,
        }
    }
}

impl Outbox {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let (app, output) = (context.app(Reach::Files).await?, context.output);
        let platform = context.of_app(&app)?.map(|view| view.id);
        let is_of_it = |errand: &ErrandView| platform.as_ref().is_none_or(|id| errand.platform == *id);
        let one_of_it = async |id| {
            let errand = app.errand(id).await?;
            if is_of_it(&errand) { Ok(errand) } else { Err(elsewhere()) }
        };
        match self.command {
            Command::List => {
                let mut page = app.outbox(0).await?;
                while let Some(after) = page.next {
                    let more = app.outbox(after).await?;
                    page.errands.extend(more.errands);
                    page.next = more.next;
                }
                page.errands.retain(is_of_it);
                output.show(&page, |page: &OutboxPage| listed(&page.errands))
            }
            Command::Withdraw { errand } => {
                let withdrawn = app.withdraw_errand(one_of_it(errand).await?.id).await?;
                output.show(&withdrawn, |errand| format!("Taken back: {}.", what(errand)))
            }
            Command::Choose { errand, choice, yes } => {
                let errand = one_of_it(errand).await?;
                if let Some(undone) = choice.undoes().filter(|_| !yes) {
                    sure(input::confirmed(&format!("{undone}: {}?", what(&errand))))?;
                }
                let anew: Option<ErrandView> = app.choose_errand(errand.id, choice.into()).await?;
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

fn elsewhere() -> Failure {
    Failure::new(Exit::NotFound, "not_found", "This errand is at another platform.").hint("clawpair outbox list says where.")
}
