//! Reads a directory file line by line: the agency's provider list, or an NPPES extract. Nothing is held but one row.

use std::io::Read;

use csv::StringRecord;

use super::{NpiEntry, ProviderEntry};

/// Which file it is, told by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Providers,
    Npis,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Providers => "providers",
            Self::Npis => "npis",
        }
    }
}

/// One row that could be read.
pub enum Entry {
    Provider(ProviderEntry),
    Npi(NpiEntry),
}

/// Where the columns are.
pub struct Columns {
    pub kind: Kind,
    places: Vec<Option<usize>>,
}

/// The columns of the agency's list, by the names they may have.
const PROVIDERS: &[&[&str]] = &[
    &["medicaid_id", "medicaid id", "provider_medicaid_id", "provider key", "provider_key", "provider id"],
    &["name", "provider_name", "provider name", "facility_name"],
    &["provider_type", "provider type", "type"],
    &["npi"],
    &["status", "enrollment_status", "enrolment_status", "enrollment status"],
    &["begin_date", "begin date", "enrollment_begin", "start_date"],
    &["end_date", "end date", "enrollment_end"],
];

/// The columns of the NPPES extract that are kept, of some 330.
const NPIS: &[&[&str]] = &[
    &["npi"],
    &["entity type code"],
    &["provider organization name (legal business name)"],
    &["provider last name (legal name)"],
    &["provider first name"],
    &["npi deactivation date"],
    &["npi reactivation date"],
];

/// Opens a file as CSV, with whatever line ends it has.
pub fn reader<R: Read>(file: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 17).from_reader(file)
}

/// The columns that `header` names; `None` where it is neither file.
pub fn columns(header: &StringRecord) -> Option<Columns> {
    let label = |text: &str| text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
    let find = |names: &[&str]| header.iter().position(|text| names.contains(&label(text).as_str()));
    let places = |columns: &[&[&str]]| columns.iter().map(|names| find(names)).collect::<Vec<_>>();
    let (providers, npis) = (places(PROVIDERS), places(NPIS));
    if providers[0].is_some() && providers[1].is_some() {
        return Some(Columns { kind: Kind::Providers, places: providers });
    }
    (npis[0].is_some() && npis[1].is_some()).then_some(Columns { kind: Kind::Npis, places: npis })
}

impl Columns {
    /// The row as an entry; `None` where it has no usable key.
    pub fn entry(&self, record: &StringRecord) -> Option<Entry> {
        let text = |n: usize| self.places[n].and_then(|place| record.get(place)).unwrap_or("").trim();
        match self.kind {
            Kind::Providers => {
                let medicaid_id = text(0);
                if medicaid_id.is_empty() || medicaid_id.len() > 20 || !medicaid_id.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                let status = text(4).to_ascii_lowercase();
                Some(Entry::Provider(ProviderEntry {
                    medicaid_id: medicaid_id.to_owned(),
                    name: short(text(1), 200),
                    provider_type: short(text(2), 100),
                    npi: if text(3).bytes().all(|b| b.is_ascii_digit()) { short(text(3), 10) } else { String::new() },
                    is_active: status.is_empty() || matches!(status.as_str(), "active" | "a" | "r" | "enrolled" | "reinstated"),
                    begins_on: date(text(5)),
                    ends_on: date(text(6)),
                }))
            }
            Kind::Npis => {
                let npi = text(0);
                if npi.len() != 10 || !npi.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                let organization = text(2);
                let name = if organization.is_empty() { format!("{} {}", text(4), text(3)) } else { organization.to_owned() };
                let (gone, back) = (date(text(5)), date(text(6)));
                Some(Entry::Npi(NpiEntry {
                    npi: npi.to_owned(),
                    entity_type: short(text(1), 1),
                    name: short(name.trim(), 200),
                    is_deactivated: !gone.is_empty() && back < gone,
                }))
            }
        }
    }
}

fn short(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

/// `2026-03-01`, `03/01/2026` or `20260301` as `2026-03-01`; anything else, and the far future that stands for "no end", as none.
fn date(text: &str) -> String {
    let formats = ["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d"];
    let day = formats.iter().find_map(|format| chrono::NaiveDate::parse_from_str(text, format).ok());
    day.filter(|day| *day < chrono::NaiveDate::from_ymd_opt(2200, 1, 1).unwrap_or_default()).map_or_else(String::new, |day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_files_are_known_by_their_header() {
        let header = StringRecord::from(vec!["\u{feff}Medicaid_ID", "Name", "NPI"]);
        assert_eq!(columns(&header).map(|c| c.kind), Some(Kind::Providers));
        let header = StringRecord::from(vec!["NPI", "Entity Type Code", "Replacement NPI"]);
        assert_eq!(columns(&header).map(|c| c.kind), Some(Kind::Npis));
        assert!(columns(&StringRecord::from(vec!["a", "b"])).is_none());
    }

    #[test]
    fn a_reactivated_number_is_not_deactivated() {
        let header = StringRecord::from(vec!["NPI", "Entity Type Code", "NPI Deactivation Date", "NPI Reactivation Date"]);
        let columns = columns(&header).unwrap();
        let read = |cells: [&str; 4]| match columns.entry(&StringRecord::from(cells.to_vec())) {
            Some(Entry::Npi(entry)) => entry.is_deactivated,
            _ => panic!("not read"),
        };
        assert!(read(["2000000002", "", "01/05/2024", ""]));
        assert!(!read(["2000000002", "2", "01/05/2024", "03/05/2024"]));
        assert!(read(["2000000002", "2", "01/05/2026", "03/05/2024"]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut reader = reader(&bytes[..]);
            if let Some(columns) = reader.headers().ok().cloned().as_ref().and_then(columns) {
                for record in reader.records().flatten() {
                    let _ = columns.entry(&record);
                }
            }
        }
    }
}
