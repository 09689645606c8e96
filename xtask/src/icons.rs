//! The app's icons, drawn from `icons/clawpair.svg` by the Tauri command line tool.

use anyhow::{Context, Result, ensure};

use crate::commands::{npm, root, run};
use crate::generate::{Files, Mode, read, settle};
use crate::node;

/// What the app and its packages use, of all that the tool draws.
const ICONS: &[&str] = &["128x128.png", "128x128@2x.png", "32x32.png", "icon.icns", "icon.ico", "icon.png"];

/// Draws the icons, or checks that they are drawn.
pub(crate) fn icons(mode: Mode) -> Result<()> {
    node::install()?;
    let folder = tempfile::tempdir()?;
    let source = root().join("icons/clawpair.svg");
    let mut tauri = npm(["exec", "--no", "--", "tauri", "icon"]);
    tauri.arg(source).arg("--output").arg(folder.path());
    run(tauri.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null())).context("The icons cannot be drawn")?;
    let mut fresh: Files = read(folder.path(), |name| ICONS.contains(&name))?;
    ensure!(fresh.len() == ICONS.len(), "The tool drew only {:?}.", fresh.keys());
    if let Some(icns) = fresh.get_mut("icon.icns") {
        *icns = sorted(icns).context("icon.icns is no icon file")?;
    }
    settle(mode, &fresh, &root().join("icons"), |name| ICONS.contains(&name), "cargo xtask icons")
}

/// The same Apple icon file with its pictures in the order of their types; the tool writes them in any order.
///
/// The file is `icns`, its length, and for each picture a type of four bytes, its length with these eight bytes, and data.
fn sorted(icns: &[u8]) -> Option<Vec<u8>> {
    let (head, mut rest) = icns.split_at_checked(8)?;
    let mut pictures = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest.get(4..8)?.try_into().ok()?);
        let (picture, after) = rest.split_at_checked(usize::try_from(length).ok()?.max(8))?;
        pictures.push(picture);
        rest = after;
    }
    pictures.sort_unstable();
    (head.starts_with(b"icns")).then(|| [&[head], pictures.as_slice()].concat().concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_put_in_order_and_kept_whole() {
        let file = b"icns\x00\x00\x00\x1cic08\x00\x00\x00\x0aBBic07\x00\x00\x00\x0aAA".to_vec();
        let in_order = b"icns\x00\x00\x00\x1cic07\x00\x00\x00\x0aAAic08\x00\x00\x00\x0aBB".to_vec();
        assert_eq!(sorted(&file).as_ref(), Some(&in_order));
        assert_eq!(sorted(&in_order).as_ref(), Some(&in_order));
    }

    #[test]
    fn what_is_no_icon_file_is_refused() {
        assert_eq!(sorted(b"icn"), None);
        assert_eq!(sorted(b"nope\x00\x00\x00\x08"), None);
        assert_eq!(sorted(b"icns\x00\x00\x00\x08ic07\x00\x00\x00\xffAA"), None);
    }
}
