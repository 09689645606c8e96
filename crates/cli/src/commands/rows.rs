//! What many codes are for: the rows of a list, or numbers.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use clawpair_api::CreatePairingCode;
use clawpair_core::link::Address;
use clawpair_core::pairing::Lifetime;
use clawpair_core::permission::Permissions;
use clawpair_core::text::{DeviceType, Name};

use super::words::{List, minutes};
use crate::failure::Failure;

/// Stands for the number of a code in its name.
const NUMBER: &str = "{n}";
/// Most rows of a list.
const MOST: usize = 100_000;
const COLUMNS: [&str; 4] = ["name", "type", "permissions", "expires_in"];

/// The same form so many times, with numbers in the names.
pub(super) fn numbered(template: &CreatePairingCode, count: u32) -> Result<Vec<CreatePairingCode>, Failure> {
    let named = |number: u32| {
        let name = if template.name.contains(NUMBER) {
            template.name.replace(NUMBER, &number.to_string())
        } else if count > 1 {
            format!("{} {number}", template.name)
        } else {
            template.name.clone()
        };
        CreatePairingCode { name, ..template.clone() }
    };
    (1..=count).map(|number| fit(named(number)).map_err(Failure::input)).collect()
}

/// A form for each row of a CSV file (RFC 4180) with a head.
pub(super) fn read(template: &CreatePairingCode, path: &Path) -> Result<Vec<CreatePairingCode>, Failure> {
    let wrong = |why: String| Failure::input(format!("{}: {why}", path.display()));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(|error| wrong(format!("{error}.")))?;
    let head = reader.headers().map_err(|error| wrong(format!("{error}.")))?.clone();
    if let Some(unknown) = head.iter().find(|column| !COLUMNS.contains(column)) {
        let unknown = clawpair_core::text::sanitised(unknown);
        return Err(wrong(format!("there is no column “{unknown}”; the columns are {}.", COLUMNS.join(", "))));
    }
    let mut forms = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let number = index + 1;
        if number > MOST {
            return Err(wrong(format!("it has more than {MOST} rows.")));
        }
        let record = record.map_err(|error| wrong(format!("row {number}: {error}.")))?;
        let cell = |name: &str| {
            head.iter().zip(&record).find(|(column, _)| *column == name).map(|(_, cell)| cell).filter(|cell| !cell.is_empty())
        };
        forms.push(form(template, number, cell).map_err(|why| wrong(format!("row {number}: {why}.")))?);
    }
    if forms.is_empty() { Err(wrong("it has no row below its head.".into())) } else { Ok(forms) }
}

fn form<'a>(
    template: &CreatePairingCode,
    number: usize,
    cell: impl Fn(&str) -> Option<&'a str>,
) -> Result<CreatePairingCode, String> {
    let mut form = template.clone();
    if let Some(name) = cell("name") {
        name.clone_into(&mut form.name);
    } else {
        form.name = form.name.replace(NUMBER, &number.to_string());
    }
    if let Some(device_type) = cell("type") {
        device_type.clone_into(&mut form.device_type);
    }
    if let Some(permissions) = cell("permissions") {
        form.permissions = permissions.parse::<List>()?.0;
    }
    if let Some(time) = cell("expires_in") {
        form.expires_in_minutes = minutes(time)?;
    }
    for (what, missing) in
        [("name", form.name.is_empty()), ("type", form.device_type.is_empty()), ("permissions", form.permissions.is_empty())]
    {
        if missing {
            return Err(format!("there is no {what}, neither here nor as --{what}"));
        }
    }
    // The sentence goes on after the row.
    fit(form).map_err(|why| why.trim_end_matches('.').to_owned())
}

/// What every platform would refuse is told before anything is made.
fn fit(form: CreatePairingCode) -> Result<CreatePairingCode, String> {
    fn read<T: FromStr<Err: Display>>(text: &str) -> Result<(), String> {
        text.parse::<T>().map(drop).map_err(|why| why.to_string())
    }
    read::<Name>(&form.name)?;
    read::<DeviceType>(&form.device_type)?;
    Permissions::parse(&form.permissions).map_err(|why| why.to_string())?;
    Lifetime::try_from(form.expires_in_minutes).map_err(|why| why.to_string())?;
    form.addresses.iter().flatten().try_for_each(|address| read::<Address>(address))?;
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> CreatePairingCode {
        CreatePairingCode {
            name: "Sensor {n}".into(),
            device_type: "IoT Sensor".into(),
            permissions: vec!["sensor:read".into()],
            expires_in_minutes: 10,
            addresses: None,
            ask_first: None,
            typed: Some(false),
        }
    }

    fn rows(text: &str, template: &CreatePairingCode) -> Result<Vec<CreatePairingCode>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        read(template, &path).map_err(|failure| failure.message.split_once(": ").unwrap().1.to_owned())
    }

    #[test]
    fn cells_come_before_options() {
        let text = "name,type,permissions,expires_in\nHall,,\"sensor:read, sensor:report\",1h\n,Cloud VM,,\n";
        let [first, second] = rows(text, &template()).unwrap().try_into().unwrap();
        assert_eq!((first.name.as_str(), first.device_type.as_str(), first.expires_in_minutes), ("Hall", "IoT Sensor", 60));
        assert_eq!(first.permissions, ["sensor:read", "sensor:report"]);
        assert_eq!((second.name.as_str(), second.device_type.as_str(), second.expires_in_minutes), ("Sensor 2", "Cloud VM", 10));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said_with_its_row() {
        assert!(rows("name,colour\nx,red\n", &template()).unwrap_err().contains("no column “colour”"));
        assert!(rows("name\n", &template()).unwrap_err().contains("no row"));
        assert!(rows("name,expires_in\na,1h\nb,soon\n", &template()).unwrap_err().contains("row 2: write a time"));
        assert!(rows("name,type\na\n", &template()).unwrap_err().contains("row 1"));
        assert!(rows("name,permissions\na,a:read\nb,All\n", &template()).unwrap_err().contains("row 2: “All” is no permission"));
        assert!(rows("name,expires_in\na,2d\n", &template()).unwrap_err().contains("row 1: "));
        assert!(numbered(&CreatePairingCode { name: "x".repeat(64), ..template() }, 2).is_err());
        let bare = CreatePairingCode { permissions: Vec::new(), ..template() };
        assert!(
            rows("name\na\n", &bare).unwrap_err().contains("row 1: there is no permissions, neither here nor as --permissions")
        );
    }

    #[test]
    fn many_of_one_have_numbers() {
        let names = |name: &str, count| -> Vec<String> {
            let template = CreatePairingCode { name: name.into(), ..template() };
            numbered(&template, count).unwrap().into_iter().map(|form| form.name).collect()
        };
        assert_eq!(names("Sensor {n} of hall", 2), ["Sensor 1 of hall", "Sensor 2 of hall"]);
        assert_eq!(names("Sensor", 2), ["Sensor 1", "Sensor 2"]);
        assert_eq!(names("Sensor", 1), ["Sensor"]);
    }
}
