//! What each command says of itself, and what those print that ask nobody. `TRYCMD=overwrite` writes it anew.

#[test]
fn every_command_says_what_it_says() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}
