//! Lists every command the window may call; each is granted by name in `capabilities/window.json`.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&[
        "cancel_pairing",
        "copy_api_key",
        "copy_line",
        "copy_pairing",
        "create_api_key",
        "create_pairing",
        "hide_api_key",
        "hide_pairing",
        "list_api_keys",
        "list_devices",
        "list_pairings",
        "move_secrets_file",
        "overview",
        "refresh_addresses",
        "reveal_secrets_file",
        "revoke_api_key",
        "revoke_device",
        "set_nearby",
        "set_theme",
    ]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        panic!("{error:#}");
    }
}
