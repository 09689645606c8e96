//! `cargo xtask test`: runs the steps and tells how long each took.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::steps::{STEPS, Step};

/// Prints the steps.
pub(crate) fn list() -> ExitCode {
    for Step { name, about, .. } in STEPS {
        println!("{name:<12}{about}");
    }
    ExitCode::SUCCESS
}

/// Runs all steps, or those named, until one fails.
pub(crate) fn test(names: &[&str]) -> Result<ExitCode> {
    let chosen = choose(names)?;
    let mut rows = Vec::new();
    let mut failure = None;
    for step in &chosen {
        println!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let result = (step.run)();
        rows.push((step.name, if result.is_ok() { "ok" } else { "FAILED" }, Some(start.elapsed())));
        if let Err(error) = result {
            failure = Some(error.context(format!("the step “{0}” failed; “cargo xtask test {0}” repeats it", step.name)));
            break;
        }
    }
    rows.extend(chosen.iter().skip(rows.len()).map(|step| (step.name, "not run", None)));
    println!("\n{}", table(&rows));
    failure.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn choose(names: &[&str]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = names.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        bail!("There is no step “{unknown}”; “cargo xtask test --list” shows all.");
    }
    Ok(STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name)).collect())
}

fn table(rows: &[(&str, &str, Option<Duration>)]) -> String {
    let seconds = |duration: Duration| format!("{:>4}:{:04.1}", duration.as_secs() / 60, duration.as_secs_f64() % 60.0);
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(name, state, took)| format!("{name:<12}{state:<9}{}", took.map_or_else(String::new, seconds)).trim_end().to_owned())
        .collect();
    let total = rows.iter().filter_map(|(_, _, took)| *took).sum();
    lines.push(format!("{:<21}{}", "all", seconds(total)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_steps_run_in_the_order_of_the_list() {
        let names: Vec<&str> = choose(&["window", "format"]).unwrap().iter().map(|step| step.name).collect();
        assert_eq!(names, ["format", "window"]);
        assert_eq!(choose(&[]).unwrap().len(), STEPS.len());
    }

    #[test]
    fn an_unknown_step_is_named() {
        let refusal = choose(&["format", "clipy"]).err().unwrap().to_string();
        assert!(refusal.contains("clipy"), "{refusal}");
    }

    #[test]
    fn the_table_has_a_line_for_each_step_and_the_sum() {
        let rows = [
            ("one", "ok", Some(Duration::from_millis(61_500))),
            ("two", "FAILED", Some(Duration::from_secs(1))),
            ("three", "not run", None),
        ];
        assert_eq!(
            table(&rows),
            "one         ok          1:01.5\ntwo         FAILED      0:01.0\nthree       not run\nall                     1:02.5"
        );
    }
}
