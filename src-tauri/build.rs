//! Lists every command the window may call; each is granted by name in `capabilities/window.json`.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&[
        "acknowledge_alert",
        "approve_request",
        "cancel_pairing",
        "change_devices",
        "copy_api_key",
        "copy_line",
        "copy_pairing",
        "create_api_key",
        "create_pairing",
        "deny_request",
        "device_summary",
        "disable_device",
        "edit_device",
        "enable_device",
        "export_activity",
        "grant_permissions",
        "hide_api_key",
        "hide_pairing",
        "list_activity",
        "list_alert_rules",
        "list_alerts",
        "list_api_keys",
        "list_devices",
        "list_pairings",
        "list_requests",
        "move_secrets_file",
        "overview",
        "refresh_addresses",
        "reveal_secrets_file",
        "revoke_api_key",
        "revoke_device",
        "rotate_api_key",
        "set_alert_rule",
        "set_nearby",
        "set_theme",
        "show_device",
        "verify_activity",
    ]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        panic!("{error:#}");
    }
}
