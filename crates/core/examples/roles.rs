//! Prints `docs/ROLES.md`.

fn main() {
    print!("{}", clawpair_core::roles_page::markdown());
}
