//! The page that prints the table of [`crate::access`], `docs/ROLES.md`.

use std::fmt::Write as _;

use crate::access::{Operation, Role, Scope};

/// The page's text. It is generated so that it cannot differ from what is enforced.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Roles\n\nMade by `cargo xtask generate` from the one table in `crates/core/src/access.rs`, which every call is checked against.\n\n\
         An API key or a member has a role. A role has scopes; an API key may be narrowed to some of its role's. Every call takes one\n\
         scope, and a refusal names it. `GET /api/v1/roles` tells the same to programs, `GET /api/v1/me` what the caller itself may do.\n",
    );
    table(
        &mut page,
        "Calls",
        "call | scope",
        Operation::ALL.iter().map(|call| (format!("`{}` | `{}`", call.word(), call.scope()), call.scope())),
    );
    table(&mut page, "Scopes", "scope", Scope::ALL.iter().map(|&scope| (format!("`{scope}`"), scope)));
    page
}

fn table(page: &mut String, title: &str, columns: &str, rows: impl Iterator<Item = (String, Scope)>) {
    let names = Role::ALL.map(Role::name).join(" | ");
    let rules = "|---".repeat(columns.split('|').count()) + &"|:-:".repeat(Role::ALL.len());
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {title}\n\n| {columns} | {names} |\n{rules}|\n");
    for (cells, scope) in rows {
        let marks = Role::ALL.map(|role| if scope.roles().contains(&role) { "yes" } else { "–" }).join(" | ");
        let _ = writeln!(page, "| {cells} | {marks} |");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_printed_matrix_is_the_enforced_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ROLES.md");
        let printed = std::fs::read_to_string(path).unwrap();
        assert!(printed == super::markdown(), "docs/ROLES.md is not what the table says; run “cargo xtask generate”.");
    }
}
