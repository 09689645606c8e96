//! The desktop shell: one window over `clawpair-app`. No rules of its own.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod badge;
mod clipboard;
mod commands;
mod log;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clawpair_app::view::{AppEvent, Refusal};
use clawpair_app::{App, Config, SystemKeyring};
use clawpair_core::link::DEFAULT_PORT;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Emitter, Manager, RunEvent};
use tokio::sync::broadcast::error::RecvError;

/// The event by which the window hears of everything.
const EVENT: &str = "clawpair";

/// The app as it starts: the window is there at once, and its first call waits until the app is, or learns why not.
type Starting = Shared<BoxFuture<'static, Result<App, Refusal>>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    // Somebody else's program must not drive a window that shows pairing codes.
    if cfg!(not(debug_assertions)) && std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some() {
        anyhow::bail!("This build does not let itself be driven by others. Unset TAURI_WEBVIEW_AUTOMATION and start it again.");
    }
    if let Some(answer) = arguments::answer(std::env::args_os().skip(1))? {
        println!("{answer}");
        return Ok(());
    }
    let data_dir = clawpair_app::data_dir::find(|name| std::env::var_os(name).map(PathBuf::from))?;
    log::start(&data_dir);
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| show(app)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(commands::handler())
        .on_page_load(|webview, load| {
            // A page that loads anew has lost what it showed; nobody would hide it.
            if load.event() == PageLoadEvent::Started
                && let Some(starting) = webview.try_state::<Starting>()
                && let Some(Ok(app)) = starting.peek()
            {
                app.hide_all();
            }
        })
        .setup(move |app| {
            let clipboard = Arc::new(clipboard::SystemClipboard::default());
            let keyring = Arc::new(SystemKeyring);
            let starting: Starting = App::start(Config { data_dir, clipboard, keyring, first_port: DEFAULT_PORT }).boxed().shared();
            app.manage(starting.clone());
            tauri::async_runtime::spawn(forward_events(starting, app.handle().clone()));
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event
            && let Some(Ok(app)) = app.state::<Starting>().peek()
        {
            tracing::info!("Clawpair ends");
            tauri::async_runtime::block_on(app.leave());
        }
    });
    Ok(())
}

/// A second start brings the first one's window to the front.
fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        for result in [window.unminimize(), window.show(), window.set_focus()] {
            if let Err(error) = result {
                tracing::warn!(%error, "the window could not be brought to the front");
            }
        }
    }
}

async fn forward_events(starting: Starting, window: AppHandle) {
    let app = match starting.await {
        Ok(app) => app,
        Err(error) => return tracing::error!(%error, "the app could not start"),
    };
    let mut events = app.events();
    badge::show(&window, app.outbox_summary());
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => AppEvent::Resync,
            Err(RecvError::Closed) => return,
        };
        match &event {
            AppEvent::Outbox { summary } => badge::show(&window, *summary),
            AppEvent::Resync => badge::show(&window, app.outbox_summary()),
            _ => {}
        }
        if let Err(error) = window.emit(EVENT, event) {
            tracing::warn!(%error, "an event did not reach the window");
        }
    }
}
