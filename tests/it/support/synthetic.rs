//! Facility lists as people send them, with the directory and the NPPES extract they are held against, and for each row
//! the codes it must get. Everything follows from the seed. What is expected is written down where a fault is planted;
//! nothing here looks at a row to find out what is wrong with it.
//!
//! No live provider is named: the NPIs begin with 2, the Medicaid IDs with 07 or 036, the addresses end in `.example`
//! (but for the mistyped mail providers) and the telephone numbers lie between 555-0100 and 555-0199.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
use serde_json::{Value, json};

/// The number of facilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    One,
    Fifty,
    FiveThousand,
}

/// A row of the sheet: contact email, contact phone, name, type, Medicaid ID and NPI as they stand there, and the codes
/// it must get, in order.
#[derive(Clone, Debug)]
pub struct SheetRow {
    pub cells: [String; 6],
    pub expected: Vec<&'static str>,
}

/// A row of the agency's provider directory. Dates are YYYY-MM-DD or empty, the status is `active` or `inactive`.
#[derive(Clone, Debug)]
pub struct DirectoryRow {
    pub medicaid_id: String,
    pub name: String,
    pub provider_type: String,
    pub npi: String,
    pub status: String,
    pub begin_date: String,
    pub end_date: String,
}

/// A row of the NPPES extract. Dates are MM/DD/YYYY or empty; entity type 1 is a person, 2 an organisation.
#[derive(Clone, Debug)]
pub struct NppesRow {
    pub npi: String,
    pub entity_type: String,
    pub organization_name: String,
    pub last_name: String,
    pub first_name: String,
    pub deactivation_date: String,
    pub reactivation_date: String,
}

/// One requester's list and the world it is sent into. `own`, `held_by_others` and `pending_elsewhere` are indexes into
/// `directory`: what the requester holds already, what other people hold, what stands in review in somebody else's request.
#[derive(Clone, Debug)]
pub struct Set {
    pub requester_name: String,
    pub requester_email: String,
    pub requester_phone: String,
    pub rows: Vec<SheetRow>,
    pub directory: Vec<DirectoryRow>,
    pub nppes: Vec<NppesRow>,
    pub own: Vec<usize>,
    pub held_by_others: Vec<usize>,
    pub pending_elsewhere: Vec<usize>,
}

const EMAIL: usize = 0;
const PHONE: usize = 1;
const NAME: usize = 2;
const TYPE: usize = 3;
const MEDICAID_ID: usize = 4;
const NPI: usize = 5;

pub const TITLE: &str = "Multiple Provider/Facility Registration Request Template";
pub const IMPORTANT: &str = "Important: Enter all information required below for each provider/facility. All fields are required.";
pub const HEADER: [&str; 6] =
    ["Contact Email*", "Contact Phone*", "Provider/Facility Name*", "Provider/Facility Type*", "Provider Medicaid ID*", "NPI Number*"];

const PRACTITIONER: &str = "Individual practitioner";
const TRANSPORTATION: &str = "Transportation";

/// Types with their share, in percent.
const TYPE_MIX: [(&str, u64); 12] = [
    ("Nursing facility", 28),
    ("Group practice", 10),
    ("Community mental health center", 10),
    ("Pharmacy", 10),
    ("Supportive living program", 8),
    ("Home health agency", 8),
    ("Federally qualified health center", 7),
    ("Hospital", 5),
    ("Durable medical equipment", 5),
    (TRANSPORTATION, 5),
    (PRACTITIONER, 3),
    ("Laboratory", 1),
];

/// Other words for a type that count as the type.
const SYNONYMS: [(&str, &str); 9] = [
    ("Nursing facility", "SNF"),
    ("Nursing facility", "Nursing home"),
    ("Federally qualified health center", "FQHC"),
    ("Community mental health center", "CMHC"),
    ("Supportive living program", "SLP"),
    ("Supportive living program", "SLF"),
    ("Durable medical equipment", "DME"),
    ("Home health agency", "HHA"),
    (TRANSPORTATION, "NEMT"),
];

/// Names as people write them, and as a directory without accents does. A company can bear any, a person the first 28.
const FAMILIES: [(&str, &str); 30] = [
    ("O'Hara", "O'Hara"),
    ("García-López", "Garcia-Lopez"),
    ("Nguyễn", "Nguyen"),
    ("Müller", "Muller"),
    ("D'Angelo", "D'Angelo"),
    ("Ó Briain", "O Briain"),
    ("Šimůnek", "Simunek"),
    ("Sørensen", "Sorensen"),
    ("Łukaszewicz", "Lukaszewicz"),
    ("Çelik", "Celik"),
    ("Al-Hassan", "Al-Hassan"),
    ("Okonkwo", "Okonkwo"),
    ("Begüm", "Begum"),
    ("St. John", "St. John"),
    ("Núñez", "Nunez"),
    ("Brontë", "Bronte"),
    ("Van der Merwe", "Van der Merwe"),
    ("Sukarno", "Sukarno"),
    ("Raghunathan", "Raghunathan"),
    ("Whitfield-Åström", "Whitfield-Astrom"),
    ("Hernández", "Hernandez"),
    ("Tanaka", "Tanaka"),
    ("Kovačević", "Kovacevic"),
    ("Lê", "Le"),
    ("N'Diaye", "N'Diaye"),
    ("Washington", "Washington"),
    ("Bełchatowska", "Belchatowska"),
    ("Santos", "Santos"),
    ("Müller, Sohn & Co.", "Muller, Sohn & Co."),
    ("\"Doc\" Hollis", "\"Doc\" Hollis"),
];

const FAMILIES_OF_PEOPLE: usize = 28;

const GIVEN: [(&str, &str); 14] = [
    ("Siobhán", "Siobhan"),
    ("José", "Jose"),
    ("Thị Minh", "Thi Minh"),
    ("Zoë", "Zoe"),
    ("Jean-Luc", "Jean-Luc"),
    ("Amara", "Amara"),
    ("François", "Francois"),
    ("Mei", "Mei"),
    ("Yusuf", "Yusuf"),
    ("Ana María", "Ana Maria"),
    ("Dwayne", "Dwayne"),
    ("Małgorzata", "Malgorzata"),
    ("Priya", "Priya"),
    ("Björn", "Bjorn"),
];

/// Names that share no word with any facility's.
const STRANGE_NAMES: [&str; 6] = [
    "Bluebird Imaging Partners",
    "Quartz Ridge Dialysis",
    "Harborlight Eye Surgeons",
    "Zenith Podiatry West",
    "Juniper Kids Dental Studio",
    "Wanderlust Travel Vaccines",
];

/// Generates the set that belongs to this seed.
pub fn generate(seed: u64, size: Size) -> Set {
    match size {
        Size::One => one(seed),
        Size::Fifty => fifty(seed),
        Size::FiveThousand => five_thousand(seed),
    }
}

/// A solo practice with nothing wrong.
fn one(seed: u64) -> Set {
    let mut world = World::new(seed, 1);
    let chain = world.new_chain(0, None);
    world.add_facility(PRACTITIONER, &chain, 1);
    world.add_clean_row(0, 0);
    world.add_strangers(20);
    world.finish()
}

/// What is wrong in a list of fifty, and how often.
const FAULTS_IN_FIFTY: [(Fault, usize); 8] = [
    (Fault::CheckDigit, 2),
    (Fault::SwappedColumns, 1),
    (Fault::SameId, 1),
    (Fault::Scientific, 1),
    (Fault::LostZero, 1),
    (Fault::UnknownType, 1),
    (Fault::WrappedEmail, 1),
    (Fault::Ended, 1),
];

/// One chain. 42 of its rows have no error; a transport company among those has no NPI and needs none.
fn fifty(seed: u64) -> Set {
    let mut world = World::new(seed, 2);
    let chain = world.new_chain(0, None);
    for site in 1..=50 {
        let kind = match site {
            7 | 23 => "Supportive living program",
            12 => "Pharmacy",
            31 => "Home health agency",
            40 => TRANSPORTATION,
            _ => "Nursing facility",
        };
        world.add_facility(kind, &chain, site);
    }
    for row in 0..50 {
        world.add_clean_row(row, usize::from(row % 11 == 5));
    }
    world.leave_out_npi(39, "");
    for (fault, times) in FAULTS_IN_FIFTY {
        for variant in 0..times {
            let row = world.take(|facility| facility.contact == 0 && facility.takes(fault));
            world.plant(fault, row, variant);
        }
    }
    world.add_strangers(100);
    world.finish()
}

const ROWS: usize = 5000;
const CHAINS: usize = 120;
const SOLO_PRACTICES: usize = 12;
const PEOPLE: usize = 25;
const TIMES_EACH_FAULT: usize = 10;
const ROWS_WITH_TWO_FAULTS: usize = 48;

/// A billing agent's list: 120 chains, a fifth of them with one NPI for all their sites, one row in twelve faulty, 25 people
/// to write to.
fn five_thousand(seed: u64) -> Set {
    let mut world = World::new(seed, PEOPLE);
    for (chain, sites) in chain_sizes().into_iter().enumerate() {
        world.add_chain(chain, sites);
    }
    for row in 0..ROWS {
        let person = if world.random.chance(60) { 0 } else { world.facilities[row].chain % PEOPLE };
        world.add_clean_row(row, person);
    }
    world.spell_clean_rows_differently();
    world.let_transport_go_without_npi();
    world.mark_shared_npis();
    world.add_strangers(900);
    world.add_changes_of_ownership();
    world.add_accounts();
    world.plant_rarities();
    world.plant_faults_in_pairs();
    world.plant_each_fault();
    world.finish()
}

/// Chains of up to 60 sites, the size falling with the rank, and a dozen solo practices: 5,000 sites together.
fn chain_sizes() -> Vec<usize> {
    let mut sizes: Vec<usize> = (1..=CHAINS - SOLO_PRACTICES).map(|rank| (2660 / rank).min(60)).collect();
    let missing = ROWS - SOLO_PRACTICES - sizes.iter().sum::<usize>();
    for size in sizes.iter_mut().rev().take(missing) {
        *size += 1;
    }
    sizes.extend([1; SOLO_PRACTICES]);
    sizes
}

/// What can be wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NoEmail,
    NotAnAddress,
    MistypedDomain,
    SeveralAddresses,
    WrappedEmail,
    NoPhone,
    OddPhone,
    PlaceholderPhone,
    NoName,
    LongName,
    OtherName,
    FormulaName,
    NoType,
    UnknownType,
    OtherType,
    NoId,
    OddLength,
    TextId,
    UnknownId,
    Ended,
    Scientific,
    LostZero,
    SwappedColumns,
    NoNpi,
    OddNpi,
    FirstDigit,
    CheckDigit,
    TextNpi,
    DirectoryNpi,
    Deactivated,
    PersonsNpi,
    SameId,
}

/// Faults of the contact's cells. They go with any other fault.
const CONTACT_FAULTS: [Fault; 8] = [
    Fault::NoEmail,
    Fault::NotAnAddress,
    Fault::MistypedDomain,
    Fault::SeveralAddresses,
    Fault::WrappedEmail,
    Fault::NoPhone,
    Fault::OddPhone,
    Fault::PlaceholderPhone,
];

/// Faults of the facility's cells.
const FACILITY_FAULTS: [Fault; 23] = [
    Fault::NoName,
    Fault::LongName,
    Fault::OtherName,
    Fault::FormulaName,
    Fault::NoType,
    Fault::UnknownType,
    Fault::OtherType,
    Fault::NoId,
    Fault::OddLength,
    Fault::TextId,
    Fault::UnknownId,
    Fault::Ended,
    Fault::Scientific,
    Fault::LostZero,
    Fault::SwappedColumns,
    Fault::NoNpi,
    Fault::OddNpi,
    Fault::FirstDigit,
    Fault::CheckDigit,
    Fault::TextNpi,
    Fault::DirectoryNpi,
    Fault::Deactivated,
    Fault::PersonsNpi,
];

/// Faults of the facility's cells that leave each other alone.
const PAIRS: [(Fault, Fault); 9] = [
    (Fault::NoName, Fault::NoType),
    (Fault::UnknownId, Fault::CheckDigit),
    (Fault::UnknownType, Fault::TextNpi),
    (Fault::Scientific, Fault::CheckDigit),
    (Fault::NoId, Fault::NoNpi),
    (Fault::OtherName, Fault::OtherType),
    (Fault::Ended, Fault::OddNpi),
    (Fault::OtherType, Fault::DirectoryNpi),
    (Fault::Deactivated, Fault::PersonsNpi),
];

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to but not including `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// True that many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn provider_type(&mut self) -> &'static str {
        let mut left = self.number() % 100;
        for (kind, share) in TYPE_MIX {
            if left < share {
                return kind;
            }
            left -= share;
        }
        "Nursing facility"
    }
}

/// Somebody to write to.
struct Person {
    name: String,
    given: &'static str,
    family: &'static str,
    email: String,
    area: &'static str,
    line: usize,
}

impl Person {
    fn phone(&self) -> String {
        format!("{}-555-01{:02}", self.area, self.line)
    }

    /// The same number as others would write it.
    fn phone_spelled(&self, way: usize) -> String {
        let (area, line) = (self.area, format!("01{:02}", self.line));
        match way % 8 {
            0 => format!("({area}) 555-{line}"),
            1 => format!("{area}.555.{line}"),
            2 => format!("{area}555{line}"),
            3 => format!("+1 {area} 555 {line}"),
            4 => format!("1-{area}-555-{line}"),
            5 => format!("{area}-555-{line} ext. 12"),
            6 => format!("{area}-555-{line} x204"),
            _ => format!("{area} 555 {line}"),
        }
    }
}

/// Sites under one roof: the first nine digits of their IDs, the name over the door, and, if they share one, the place of
/// their NPI in the extract.
struct Chain {
    index: usize,
    ein: String,
    family: usize,
    shared: Option<usize>,
}

/// What is true of the facility a row is about, and the places of its rows in the directory and the extract.
struct Facility {
    kind: &'static str,
    name: String,
    medicaid_id: String,
    npi: String,
    chain: usize,
    shares_npi: bool,
    contact: usize,
    directory: usize,
    nppes: usize,
}

impl Facility {
    fn is_organization(&self) -> bool {
        self.kind != PRACTITIONER && self.kind != TRANSPORTATION
    }

    /// Whether the fault can stand on this facility's row and mean that one thing only. A shared NPI is left alone, so that
    /// the other rows with it keep their company.
    fn takes(&self, fault: Fault) -> bool {
        if CONTACT_FAULTS.contains(&fault) {
            return true;
        }
        let ordinary = !self.shares_npi && !self.npi.is_empty() && self.kind != TRANSPORTATION;
        match fault {
            Fault::OtherType | Fault::UnknownType | Fault::PersonsNpi | Fault::Scientific => ordinary && self.is_organization(),
            _ => ordinary,
        }
    }
}

/// A set in the making. The facility of a row has the row's index.
struct World {
    random: Random,
    people: Vec<Person>,
    facilities: Vec<Facility>,
    rows: Vec<SheetRow>,
    untouched: Vec<bool>,
    directory: Vec<DirectoryRow>,
    nppes: Vec<NppesRow>,
    strangers: Vec<usize>,
    own: Vec<usize>,
    held_by_others: Vec<usize>,
    pending_elsewhere: Vec<usize>,
    start: u64,
    eins: u64,
    licences: u64,
    npis: u64,
}

// What there is to begin with: people, chains, facilities, clean rows.
impl World {
    fn new(seed: u64, people: usize) -> Self {
        let mut random = Random(seed);
        let start = random.number() % 1_000_000;
        let people = (0..people).map(|index| new_person(&mut random, index)).collect();
        Self {
            random,
            people,
            facilities: Vec::new(),
            rows: Vec::new(),
            untouched: Vec::new(),
            directory: Vec::new(),
            nppes: Vec::new(),
            strangers: Vec::new(),
            own: Vec::new(),
            held_by_others: Vec::new(),
            pending_elsewhere: Vec::new(),
            start,
            eins: 0,
            licences: 0,
            npis: 0,
        }
    }

    /// 07 and seven digits, never the same twice: the factor has no divisor in common with the power of ten.
    fn next_ein(&mut self) -> String {
        self.eins += 1;
        format!("07{:07}", (self.start + self.eins * 3_571_429) % 10_000_000)
    }

    /// A practitioner's ID, never the same twice.
    fn next_licence(&mut self) -> String {
        self.licences += 1;
        format!("036{:06}", (self.start + self.licences * 271_829) % 1_000_000)
    }

    /// A valid NPI, never the same twice.
    fn next_npi(&mut self) -> String {
        self.npis += 1;
        valid_npi((self.start + self.npis * 48_271_373) % 100_000_000)
    }

    fn new_chain(&mut self, index: usize, shared: Option<usize>) -> Chain {
        Chain { index, ein: self.next_ein(), family: self.random.below(FAMILIES.len()), shared }
    }

    fn add_chain(&mut self, index: usize, sites: usize) {
        let shares = sites > 1 && matches!(index % 9, 1 | 5);
        let main_kind = if sites == 1 { PRACTITIONER } else { self.random.provider_type() };
        let mut chain = self.new_chain(index, None);
        if shares {
            let name = format!("Synthetic {} Holdings", FAMILIES[chain.family].1);
            chain.shared = Some(self.add_organization_npi(&name));
        }
        for site in 1..=sites {
            let kind = if self.random.chance(80) { main_kind } else { self.random.provider_type() };
            self.add_facility(kind, &chain, site);
        }
    }

    fn add_facility(&mut self, kind: &'static str, chain: &Chain, site: usize) {
        if kind == PRACTITIONER { self.add_practitioner(chain) } else { self.add_organization(kind, chain, site) }
    }

    fn add_practitioner(&mut self, chain: &Chain) {
        let ((given, plain_given), (family, plain_family)) = (self.random.pick(&GIVEN), self.random.pick(&FAMILIES[..FAMILIES_OF_PEOPLE]));
        let nppes = self.add_person_npi(plain_family, plain_given);
        let medicaid_id = self.next_licence();
        let names = (format!("{given} {family}"), format!("{plain_given} {plain_family}"));
        self.register(PRACTITIONER, names, medicaid_id, chain, (nppes, false));
    }

    /// A transport company's NPI is now and then its owner's own.
    fn add_organization(&mut self, kind: &'static str, chain: &Chain, site: usize) {
        let (family, plain) = FAMILIES[chain.family];
        let number = self.facilities.len() + 1;
        let names = (format!("Synthetic {family} {kind} {number:04}"), format!("Synthetic {plain} {kind} {number:04}"));
        let nppes = match chain.shared {
            Some(nppes) => nppes,
            None if kind == TRANSPORTATION && self.random.chance(20) => self.add_person_npi(plain, "Jordan"),
            None => self.add_organization_npi(&names.1),
        };
        let medicaid_id = format!("{}{site:03}", chain.ein);
        self.register(kind, names, medicaid_id, chain, (nppes, chain.shared.is_some()));
    }

    /// Puts a facility into the directory, under one of the ways a directory has of writing a name.
    fn register(&mut self, kind: &'static str, names: (String, String), medicaid_id: String, chain: &Chain, npi: (usize, bool)) {
        let (name, plain) = names;
        let (nppes, shares_npi) = npi;
        let npi = self.nppes[nppes].npi.clone();
        let directory_name = match self.random.below(4) {
            0 => plain.to_uppercase(),
            1 => plain,
            2 if kind != PRACTITIONER => format!("{plain} Inc."),
            _ => name.clone(),
        };
        self.directory.push(DirectoryRow {
            medicaid_id: medicaid_id.clone(),
            name: directory_name,
            provider_type: kind.into(),
            npi: npi.clone(),
            status: "active".into(),
            begin_date: format!("20{:02}-{:02}-01", 2 + self.random.below(22), 1 + self.random.below(12)),
            end_date: if self.random.chance(10) { "2027-12-31".into() } else { String::new() },
        });
        let directory = self.directory.len() - 1;
        let chain = chain.index;
        self.facilities.push(Facility { kind, name, medicaid_id, npi, chain, shares_npi, contact: 0, directory, nppes });
    }

    fn add_organization_npi(&mut self, name: &str) -> usize {
        let row = NppesRow { organization_name: name.to_uppercase(), ..nppes_row(self.next_npi(), "2") };
        self.nppes.push(row);
        self.nppes.len() - 1
    }

    fn add_person_npi(&mut self, family: &str, given: &str) -> usize {
        let names = (family.to_uppercase(), given.to_uppercase());
        let row = NppesRow { last_name: names.0, first_name: names.1, ..nppes_row(self.next_npi(), "1") };
        self.nppes.push(row);
        self.nppes.len() - 1
    }

    /// The row of the facility with this index, with this person to write to.
    fn add_clean_row(&mut self, index: usize, person: usize) {
        let facility = &mut self.facilities[index];
        facility.contact = person;
        let person = &self.people[person];
        let cells = [
            person.email.clone(),
            person.phone(),
            facility.name.clone(),
            facility.kind.into(),
            facility.medicaid_id.clone(),
            facility.npi.clone(),
        ];
        let expected = if facility.contact == 0 { Vec::new() } else { vec!["EM05"] };
        self.rows.push(SheetRow { cells, expected });
        self.untouched.push(true);
    }

    /// Directory entries nobody asks for; one in twenty has ended.
    fn add_strangers(&mut self, number: usize) {
        let chain = self.new_chain(usize::MAX, None);
        let rows = self.facilities.len();
        for site in 1..=number {
            let kind = self.random.provider_type();
            self.add_facility(kind, &chain, site);
            let directory = self.directory.len() - 1;
            if site % 20 == 0 {
                self.directory[directory].status = "inactive".into();
                self.directory[directory].end_date = "2024-12-31".into();
            } else {
                self.strangers.push(directory);
            }
        }
        self.facilities.truncate(rows);
    }

    fn finish(self) -> Set {
        let requester = &self.people[0];
        Set {
            requester_name: requester.name.clone(),
            requester_email: requester.email.clone(),
            requester_phone: requester.phone(),
            rows: self.rows,
            directory: self.directory,
            nppes: self.nppes,
            own: self.own,
            held_by_others: self.held_by_others,
            pending_elsewhere: self.pending_elsewhere,
        }
    }
}

fn new_person(random: &mut Random, index: usize) -> Person {
    let ((given, plain_given), (family, plain_family)) = (random.pick(&GIVEN), random.pick(&FAMILIES[..FAMILIES_OF_PEOPLE]));
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    Person {
        name: format!("{given} {family}"),
        given,
        family,
        email: format!("{}.{}{index}@billing.example", letters(plain_given), letters(plain_family)),
        area: random.pick(&["217", "312", "618"]),
        line: random.below(100),
    }
}

fn nppes_row(npi: String, entity_type: &str) -> NppesRow {
    NppesRow {
        npi,
        entity_type: entity_type.into(),
        organization_name: String::new(),
        last_name: String::new(),
        first_name: String::new(),
        deactivation_date: String::new(),
        reactivation_date: String::new(),
    }
}

/// 2, the eight digits of the number, and the check digit. 24 is what the prefix 80840 adds to the sum.
fn valid_npi(number: u64) -> String {
    let body = format!("2{number:08}");
    let mut sum = 24;
    for (place, digit) in body.bytes().map(|byte| u32::from(byte - b'0')).enumerate() {
        sum += match (place % 2, digit) {
            (0, 5..) => digit * 2 - 9,
            (0, _) => digit * 2,
            _ => digit,
        };
    }
    format!("{body}{}", (10 - sum % 10) % 10)
}

// Rows that are right in a way of their own, and rows that are right but not news.
impl World {
    /// Other ways to write the same telephone number, ID, NPI, type or address.
    fn spell_clean_rows_differently(&mut self) {
        for row in 0..self.rows.len() {
            let facility = &self.facilities[row];
            let person = &self.people[facility.contact];
            let cells = &mut self.rows[row].cells;
            if self.random.chance(50) {
                cells[PHONE] = person.phone_spelled(self.random.below(8));
            }
            if self.random.chance(10) {
                cells[MEDICAID_ID] = grouped_id(&facility.medicaid_id, self.random.pick(&["-", " ", "."]));
            }
            if self.random.chance(5) {
                cells[NPI] = grouped_npi(&facility.npi, self.random.pick(&["-", " ", "."]));
            }
            let synonyms: Vec<&str> = SYNONYMS.iter().filter(|(kind, _)| *kind == facility.kind).map(|(_, word)| *word).collect();
            if !synonyms.is_empty() && self.random.chance(15) {
                cells[TYPE] = self.random.pick(&synonyms).into();
            }
            if self.random.chance(5) {
                cells[EMAIL] = person.email.to_uppercase();
            }
        }
    }

    /// A third of the transport companies has no NPI and says so in one way or another.
    fn let_transport_go_without_npi(&mut self) {
        for row in 0..self.rows.len() {
            if self.facilities[row].kind == TRANSPORTATION && self.random.chance(33) {
                let words = self.random.pick(&["", "", "N/A", "none"]);
                self.leave_out_npi(row, words);
            }
        }
    }

    fn leave_out_npi(&mut self, row: usize, words: &str) {
        let facility = &mut self.facilities[row];
        facility.npi.clear();
        facility.shares_npi = false;
        self.directory[facility.directory].npi.clear();
        self.rows[row].cells[NPI] = words.into();
    }

    /// Two sites or more that bring the same NPI.
    fn mark_shared_npis(&mut self) {
        for chain in 0..CHAINS {
            let sharing: Vec<usize> =
                (0..self.rows.len()).filter(|row| self.facilities[*row].chain == chain && self.facilities[*row].shares_npi).collect();
            if sharing.len() > 1 {
                sharing.into_iter().for_each(|row| self.mark(row, "DU05"));
            }
        }
    }

    /// Facilities with a new owner: the directory also has the old ID, which ended.
    fn add_changes_of_ownership(&mut self) {
        for row in (0..self.rows.len()).step_by(33) {
            let ein = self.next_ein();
            let current = &self.directory[self.facilities[row].directory];
            let former = DirectoryRow {
                medicaid_id: format!("{ein}001"),
                status: "inactive".into(),
                begin_date: "2001-01-01".into(),
                end_date: "2002-01-31".into(),
                ..current.clone()
            };
            self.directory.push(former);
        }
    }

    /// What the requester holds, what others hold, what others have asked for; some of each is not in the sheet.
    fn add_accounts(&mut self) {
        for (number, code) in [(5, "DU02"), (60, "DU03"), (10, "DU04")] {
            for _ in 0..number {
                let row = self.take(|_| true);
                self.mark(row, code);
                let directory = self.facilities[row].directory;
                self.accounts(code).push(directory);
            }
            for _ in 0..number / 3 {
                let directory = self.strangers.pop().unwrap();
                self.accounts(code).push(directory);
            }
        }
    }

    fn accounts(&mut self, code: &str) -> &mut Vec<usize> {
        match code {
            "DU02" => &mut self.own,
            "DU03" => &mut self.held_by_others,
            _ => &mut self.pending_elsewhere,
        }
    }
}

/// The ID in groups: 07-1234567-001, 036-123-456.
fn grouped_id(id: &str, between: &str) -> String {
    let ends: &[usize] = if id.len() == 12 { &[0, 2, 9, 12] } else { &[0, 3, 6, 9] };
    ends.windows(2).map(|ends| &id[ends[0]..ends[1]]).collect::<Vec<_>>().join(between)
}

/// The NPI in groups, 2123 456 789; none stays none.
fn grouped_npi(npi: &str, between: &str) -> String {
    if npi.is_empty() { String::new() } else { [&npi[..4], &npi[4..7], &npi[7..]].join(between) }
}

// Planting.
impl World {
    /// A row nothing was done to yet, which is taken by this.
    fn take(&mut self, suits: impl Fn(&Facility) -> bool) -> usize {
        let found: Vec<usize> = (0..self.rows.len()).filter(|row| self.untouched[*row] && suits(&self.facilities[*row])).collect();
        let row = self.random.pick(&found);
        self.untouched[row] = false;
        row
    }

    fn mark(&mut self, row: usize, code: &'static str) {
        let expected = &mut self.rows[row].expected;
        expected.push(code);
        expected.sort_unstable();
        expected.dedup();
    }

    fn unmark(&mut self, row: usize, code: &str) {
        self.rows[row].expected.retain(|known| *known != code);
    }

    fn put(&mut self, row: usize, cell: usize, text: impl Into<String>) {
        self.rows[row].cells[cell] = text.into();
    }

    fn plant_each_fault(&mut self) {
        for fault in CONTACT_FAULTS.into_iter().chain(FACILITY_FAULTS).chain([Fault::SameId]) {
            for variant in 0..TIMES_EACH_FAULT {
                let row = self.take(|facility| facility.takes(fault));
                self.plant(fault, row, variant);
            }
        }
    }

    fn plant_faults_in_pairs(&mut self) {
        for variant in 0..ROWS_WITH_TWO_FAULTS {
            let (one, other) = (CONTACT_FAULTS[variant % 8], FACILITY_FAULTS[variant % 23]);
            self.plant_both(one, other, variant);
        }
        for variant in 0..3 {
            for (one, other) in PAIRS {
                self.plant_both(one, other, variant);
            }
        }
    }

    fn plant_both(&mut self, one: Fault, other: Fault, variant: usize) {
        let row = self.take(|facility| facility.takes(one) && facility.takes(other));
        self.plant(one, row, variant);
        self.plant(other, row, variant);
    }

    /// Does this to the row, spelled in the variant's way, and notes what must be found.
    fn plant(&mut self, fault: Fault, row: usize, variant: usize) {
        match fault {
            Fault::NoEmail | Fault::NotAnAddress | Fault::MistypedDomain | Fault::SeveralAddresses => {
                self.spoil_email(fault, row, variant);
            }
            Fault::WrappedEmail => self.wrap_email(row, variant),
            Fault::NoPhone | Fault::OddPhone | Fault::PlaceholderPhone => self.spoil_phone(fault, row, variant),
            Fault::NoName | Fault::LongName | Fault::OtherName | Fault::FormulaName => self.spoil_name(fault, row, variant),
            Fault::NoType | Fault::UnknownType | Fault::OtherType => self.spoil_type(fault, row, variant),
            Fault::NoId | Fault::OddLength | Fault::TextId | Fault::UnknownId => self.spoil_id(fault, row, variant),
            Fault::Scientific | Fault::LostZero => self.spoil_id_by_spreadsheet(fault, row, variant),
            Fault::Ended => self.end_id(row, variant),
            Fault::SwappedColumns => self.swap_columns(row, variant),
            Fault::NoNpi | Fault::OddNpi | Fault::FirstDigit | Fault::CheckDigit | Fault::TextNpi => {
                self.spoil_npi(fault, row, variant);
            }
            Fault::DirectoryNpi => self.differ_from_directory_npi(row, variant),
            Fault::Deactivated => self.deactivate_npi(row, variant),
            Fault::PersonsNpi => self.make_npi_a_persons(row),
            Fault::SameId => self.repeat_id(row, variant),
        }
    }

    /// An address that cannot be used differs from nobody's.
    fn spoil_email(&mut self, fault: Fault, row: usize, variant: usize) {
        let email = &self.people[self.facilities[row].contact].email;
        let (before, _) = email.split_once('@').unwrap();
        let (text, code) = match fault {
            Fault::NoEmail => (way(&["", "  "], variant).to_owned(), "EM01"),
            Fault::NotAnAddress => (way(&NOT_ADDRESSES, variant).to_owned(), "EM02"),
            Fault::MistypedDomain => (format!("{before}@{}", way(&MISTYPED_DOMAINS, variant)), "EM03"),
            _ => (format!("{email}{}desk@site.example", way(&["; ", ";", ", ", ",", " / ", "/", " "], variant)), "EM04"),
        };
        self.put(row, EMAIL, text);
        self.unmark(row, "EM05");
        self.mark(row, code);
    }

    fn wrap_email(&mut self, row: usize, variant: usize) {
        let person = &self.people[self.facilities[row].contact];
        let email = &person.email;
        let text = match variant % 5 {
            0 => format!("mailto:{email}"),
            1 => format!("{} {} <{email}>", person.given, person.family),
            2 => format!("<{email}>"),
            3 => format!("MAILTO:{email}"),
            _ => format!("\"{}, {}\" <{email}>", person.family, person.given),
        };
        self.put(row, EMAIL, text);
        self.mark(row, "EM06");
    }

    fn spoil_phone(&mut self, fault: Fault, row: usize, variant: usize) {
        let (text, code) = match fault {
            Fault::NoPhone => (way(&["", " "], variant), "PH01"),
            Fault::OddPhone => (way(&ODD_PHONES, variant), "PH02"),
            _ => (way(&PLACEHOLDER_PHONES, variant), "PH03"),
        };
        self.put(row, PHONE, text);
        self.mark(row, code);
    }

    /// Behind the formula sign stands the name the directory has.
    fn spoil_name(&mut self, fault: Fault, row: usize, variant: usize) {
        let facility = &self.facilities[row];
        let (text, code) = match fault {
            Fault::NoName => (way(&["", "   "], variant).to_owned(), "NM01"),
            Fault::LongName => (lengthened(&facility.name, 201 + variant * 37), "NM02"),
            Fault::OtherName => (way(&STRANGE_NAMES, variant).to_owned(), "NM03"),
            _ => (format!("{}{}", way(&["=", "+", "-", "@"], variant), self.directory[facility.directory].name), "NM04"),
        };
        self.put(row, NAME, text);
        self.mark(row, code);
    }

    fn spoil_type(&mut self, fault: Fault, row: usize, variant: usize) {
        let kind = self.facilities[row].kind;
        let (text, code) = match fault {
            Fault::NoType => (way(&["", " "], variant), "TY01"),
            Fault::UnknownType => (way(&UNKNOWN_TYPES, variant), "TY02"),
            _ => (another_type(kind, variant), "TY03"),
        };
        self.put(row, TYPE, text);
        self.mark(row, code);
    }

    /// A number of the wrong length that nobody has is unknown as well. No padding makes it one somebody has.
    fn spoil_id(&mut self, fault: Fault, row: usize, variant: usize) {
        let id = self.facilities[row].medicaid_id.clone();
        let fresh = format!("{}{:03}", self.next_ein(), 1 + variant);
        let (text, codes): (String, &[&'static str]) = match fault {
            Fault::NoId => (way(&["", "  "], variant).to_owned(), &["MI01"]),
            Fault::OddLength => (format!("5{}", &fresh[..way(&[6, 7, 9, 10, 12], variant)]), &["MI02", "MI03"]),
            Fault::TextId => (way(&TEXT_IDS, variant).replace("ID", &id), &["MI02"]),
            _ if variant % 3 == 1 => (grouped_id(&fresh, "-"), &["MI03"]),
            _ if variant % 3 == 2 => (self.next_licence(), &["MI03"]),
            _ => (fresh, &["MI03"]),
        };
        self.put(row, MEDICAID_ID, text);
        codes.iter().for_each(|code| self.mark(row, code));
    }

    /// What a spreadsheet makes of digits it takes for a number.
    fn spoil_id_by_spreadsheet(&mut self, fault: Fault, row: usize, variant: usize) {
        let id = &self.facilities[row].medicaid_id;
        let (text, code) = match fault {
            Fault::LostZero => (id[1..].to_owned(), "MI06"),
            _ => (scientific(id, variant), "MI05"),
        };
        self.put(row, MEDICAID_ID, text);
        self.mark(row, code);
    }

    fn end_id(&mut self, row: usize, variant: usize) {
        let (status, end_date) = way(
            &[("inactive", "2025-06-30"), ("inactive", ""), ("active", "2026-03-03"), ("active", "2026-03-02"), ("inactive", "2027-06-30")],
            variant,
        );
        if variant.is_multiple_of(5) {
            self.add_successor(row);
        }
        let directory = &mut self.directory[self.facilities[row].directory];
        directory.status = status.into();
        directory.end_date = end_date.into();
        self.mark(row, "MI04");
    }

    /// The new owner's entry for the same place.
    fn add_successor(&mut self, row: usize) {
        let medicaid_id = format!("{}001", self.next_ein());
        let current = &self.directory[self.facilities[row].directory];
        let successor = DirectoryRow { medicaid_id, begin_date: "2025-07-01".into(), end_date: String::new(), ..current.clone() };
        self.directory.push(successor);
    }

    fn swap_columns(&mut self, row: usize, variant: usize) {
        let facility = &self.facilities[row];
        let (id, npi) = (facility.medicaid_id.clone(), facility.npi.clone());
        match variant % 4 {
            1 => self.put(row, NPI, grouped_id(&id, "-")),
            2 => self.put(row, NPI, ""),
            _ => self.put(row, NPI, id),
        }
        self.put(row, MEDICAID_ID, if variant % 4 == 3 { grouped_npi(&npi, " ") } else { npi });
        self.mark(row, "MI07");
    }

    fn spoil_npi(&mut self, fault: Fault, row: usize, variant: usize) {
        let facility = &self.facilities[row];
        let npi = &facility.npi;
        let (text, code) = match fault {
            Fault::NoNpi => (way(&["", " "], variant).to_owned(), "NP01"),
            Fault::OddNpi => (odd_npi(npi, &facility.medicaid_id, variant), "NP02"),
            Fault::FirstDigit => (format!("{}{}", way(&["3", "0", "9", "7"], variant), &npi[1..]), "NP04"),
            Fault::CheckDigit => (wrong_check_digit(npi, variant), "NP03"),
            _ => (way(&TEXT_NPIS, variant).to_owned(), "NP08"),
        };
        self.put(row, NPI, text);
        self.mark(row, code);
    }

    /// Either the sheet or the directory has another valid NPI.
    fn differ_from_directory_npi(&mut self, row: usize, variant: usize) {
        let facility = &self.facilities[row];
        let (name, directory, entity_type) = (facility.name.clone(), facility.directory, self.nppes[facility.nppes].entity_type.clone());
        let other = self.add_organization_npi(&name);
        self.nppes[other].entity_type = entity_type;
        let other = self.nppes[other].npi.clone();
        match variant % 3 {
            0 => self.put(row, NPI, other),
            1 => self.put(row, NPI, grouped_npi(&other, " ")),
            _ => self.directory[directory].npi = other,
        }
        self.mark(row, "NP05");
    }

    fn deactivate_npi(&mut self, row: usize, variant: usize) {
        let date = way(&["01/15/2024", "11/30/2019", "03/02/2026"], variant);
        self.nppes[self.facilities[row].nppes].deactivation_date = date.into();
        self.mark(row, "NP06");
    }

    fn make_npi_a_persons(&mut self, row: usize) {
        let nppes = &mut self.nppes[self.facilities[row].nppes];
        nppes.entity_type = "1".into();
        nppes.organization_name.clear();
        nppes.last_name = "OKONKWO".into();
        nppes.first_name = "ADAEZE".into();
        self.mark(row, "NP07");
    }

    /// The later of two rows becomes the earlier one again, with the ID in another spelling at times.
    fn repeat_id(&mut self, row: usize, variant: usize) {
        let other = self.take(|facility| facility.takes(Fault::SameId));
        self.copy_row(row.min(other), row.max(other), variant);
    }

    fn copy_row(&mut self, from: usize, to: usize, variant: usize) {
        self.rows[to] = self.rows[from].clone();
        let id = &self.facilities[from].medicaid_id;
        let text = way(&[id.clone(), grouped_id(id, " "), grouped_id(id, "-")], variant);
        self.put(to, MEDICAID_ID, text);
        self.mark(to, "DU01");
    }
}

// What is seldom, three times each.
impl World {
    fn plant_rarities(&mut self) {
        for variant in 0..3 {
            self.plant_transport_rarities(variant);
            self.plant_person_as_practice();
            self.plant_old_id_of_ten_digits(variant);
            self.plant_npi_twice();
            self.plant_id_three_times();
            self.plant_right_but_odd(variant);
        }
    }

    /// A transport company whose NPI is on its way must wait for it; under another type it needs one.
    fn plant_transport_rarities(&mut self, variant: usize) {
        let waiting = self.take(|facility| facility.kind == TRANSPORTATION && !facility.shares_npi);
        self.put(waiting, NPI, way(&["pending", "Applied", "TBD"], variant));
        self.mark(waiting, "NP08");
        let mistyped = self.take(|facility| facility.kind == TRANSPORTATION && facility.npi.is_empty());
        let (text, code) = way(&[("", "NP01"), ("N/A", "NP08"), ("", "NP01")], variant);
        self.put(mistyped, NPI, text);
        self.put(mistyped, TYPE, "Durable medical equipment");
        self.mark(mistyped, "TY03");
        self.mark(mistyped, code);
    }

    fn plant_person_as_practice(&mut self) {
        let row = self.take(|facility| facility.kind == PRACTITIONER);
        self.put(row, TYPE, "Group practice");
        self.mark(row, "TY03");
        self.mark(row, "NP07");
    }

    /// The directory knows it, so its length is all there is to say.
    fn plant_old_id_of_ten_digits(&mut self, variant: usize) {
        let row = self.take(|facility| facility.takes(Fault::UnknownId));
        let id = format!("0{}{variant}", &self.next_ein()[1..]);
        let id = &id[..way(&[10, 10, 7], variant)];
        self.directory[self.facilities[row].directory].medicaid_id = id.into();
        self.put(row, MEDICAID_ID, id);
        self.mark(row, "MI02");
    }

    /// The NPI in both columns is no swap.
    fn plant_npi_twice(&mut self) {
        let row = self.take(|facility| facility.takes(Fault::UnknownId));
        let npi = self.facilities[row].npi.clone();
        self.put(row, MEDICAID_ID, npi.clone());
        self.put(row, NPI, npi);
        self.mark(row, "MI02");
        self.mark(row, "MI03");
    }

    fn plant_id_three_times(&mut self) {
        let mut rows = [0; 3].map(|_| self.take(|facility| facility.takes(Fault::SameId)));
        rows.sort_unstable();
        self.copy_row(rows[0], rows[1], 0);
        self.copy_row(rows[0], rows[2], 1);
    }

    /// A reactivated NPI, a name of exactly 200 characters, an NPI the extract or the directory lacks, a type the house does
    /// not know in the directory: all of that is as it should be.
    fn plant_right_but_odd(&mut self, variant: usize) {
        let rows = [0; 5].map(|_| self.take(|facility| facility.takes(Fault::OtherType)));
        let places = rows.map(|row| (self.facilities[row].directory, self.facilities[row].nppes));
        self.nppes[places[0].1].deactivation_date = way(&["01/15/2024", "11/30/2019", "02/01/2026"], variant).into();
        self.nppes[places[0].1].reactivation_date = way(&["02/20/2024", "12/05/2019", "03/02/2026"], variant).into();
        let long = lengthened(&self.facilities[rows[1]].name, 200);
        self.directory[places[1].0].name = long.clone();
        self.put(rows[1], NAME, long);
        self.nppes[places[2].1].npi = self.next_npi();
        self.directory[places[3].0].npi.clear();
        self.directory[places[4].0].provider_type = way(&["Managed care plan", "", "School district"], variant).into();
    }
}

const NOT_ADDRESSES: [&str; 8] =
    ["frontdesk", "frontdesk@", "@site.example", "see above", "n/a", "office.site.example", "office@@site.example", "217-555-0100"];

const MISTYPED_DOMAINS: [&str; 10] = [
    "gmial.com",
    "gmai.com",
    "gamil.com",
    "yaho.com",
    "yahooo.com",
    "hotmial.com",
    "hotmal.com",
    "outlok.com",
    "outloook.com",
    "iclod.com",
];

const ODD_PHONES: [&str; 6] = ["555-0142", "217-555-014", "217-555-01423", "call the office", "+44 20 7946 0018", "n/a"];

const PLACEHOLDER_PHONES: [&str; 6] = ["000-000-0000", "123-456-7890", "(999) 999-9999", "1111111111", "(123) 456-7890", "555.555.5555"];

const UNKNOWN_TYPES: [&str; 6] = ["Clinic", "Dialysis center", "Doctor's office", "Various", "see list", "Rehab"];

/// `ID` stands for the facility's own.
const TEXT_IDS: [&str; 6] = ["ILID", "pending", "n/a", "IDA", "#ID", "see attached letter"];

const TEXT_NPIS: [&str; 9] = ["N/A", "none", "pending", "applied", "TBD", "n/a", "None", "Pending", "tbd"];

/// One of several ways, in turn.
fn way<T: Clone>(ways: &[T], variant: usize) -> T {
    ways[variant % ways.len()].clone()
}

/// The name with words added until it has this many characters.
fn lengthened(name: &str, characters: usize) -> String {
    format!("{name}{}", " formerly known as Ľubové Center".repeat(characters / 20)).chars().take(characters - 1).chain(['x']).collect()
}

/// A type that is neither this one nor transport. At times it stands there as a synonym, at times an organisation calls
/// itself a practitioner.
fn another_type(kind: &str, variant: usize) -> &'static str {
    match variant % 4 {
        0 if kind != "Hospital" => "Hospital",
        1 if kind != "Nursing facility" => "SNF",
        2 => PRACTITIONER,
        _ if kind != "Laboratory" => "Laboratory",
        _ => "Pharmacy",
    }
}

/// The ID as a spreadsheet shows a number of that size: 7.00001E+10.
fn scientific(id: &str, variant: usize) -> String {
    let number: f64 = id.parse().unwrap();
    let text = if variant % 3 == 2 { format!("{number:.2E}") } else { format!("{number:.5E}") }.replace('E', "E+");
    if variant % 3 == 1 { text.to_lowercase() } else { text }
}

fn odd_npi(npi: &str, medicaid_id: &str, variant: usize) -> String {
    match variant % 5 {
        0 => npi[..9].to_owned(),
        1 => format!("{npi}0"),
        2 => format!("{}O{}", &npi[..3], &npi[4..]),
        3 => medicaid_id.to_owned(),
        _ => format!("{}ABC", &npi[..7]),
    }
}

/// The last digit off by one, or two neighbours the wrong way round. The check digit tells any two neighbours apart but 0
/// and 9.
fn wrong_check_digit(npi: &str, variant: usize) -> String {
    let mut digits = npi.as_bytes().to_vec();
    let neighbours = (1..9).find(|place| {
        let (one, other) = (digits[*place], digits[place + 1]);
        one != other && !matches!((one, other), (b'0', b'9') | (b'9', b'0'))
    });
    match neighbours {
        Some(place) if variant % 2 == 1 => digits.swap(place, place + 1),
        _ => digits[9] = b'0' + (digits[9] - b'0' + 1) % 10,
    }
    String::from_utf8(digits).unwrap()
}

// The set as files.
impl Set {
    /// The number of the first facility's row in the template, from 1.
    pub fn first_row_number(&self) -> usize {
        self.top().len() + 1
    }

    /// The rows above the facilities.
    fn top(&self) -> Vec<[&str; 6]> {
        vec![
            [TITLE, "", "", "", "", ""],
            ["Portal User Contact Name:", &self.requester_name, "", "Portal User Contact Phone Number:", &self.requester_phone, ""],
            ["Portal User Contact Email Address:", &self.requester_email, "", "", "", ""],
            [IMPORTANT, "", "", "", "", ""],
            HEADER,
        ]
    }

    fn lines(&self) -> Vec<[&str; 6]> {
        let mut lines = self.top();
        lines.extend(self.rows.iter().map(|row| row.cells.each_ref().map(String::as_str)));
        lines
    }

    /// The agency's template, as a spreadsheet writes it out.
    pub fn template_csv(&self) -> String {
        self.lines().iter().map(|line| csv_line(line)).collect()
    }

    /// The header and the rows, as a spreadsheet puts them on the clipboard.
    pub fn pasted(&self) -> String {
        let from_header = &self.lines()[self.first_row_number() - 2..];
        from_header.iter().map(|line| line.join("\t") + "\r\n").collect()
    }

    /// The agency's template as a workbook. Every cell is text.
    pub fn xlsx(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let written = ExcelDateTime::from_ymd(2026, 3, 3).unwrap();
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
        let sheet = workbook.add_worksheet().set_name("Request").unwrap();
        for (row, line) in (0..).zip(self.lines()) {
            for (column, text) in (0..).zip(line).filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(row, column, text).unwrap();
            }
        }
        workbook.save_to_buffer().unwrap()
    }

    pub fn directory_csv(&self) -> String {
        let header = csv_line(&["medicaid_id", "name", "provider_type", "npi", "status", "begin_date", "end_date"]);
        let rows = self
            .directory
            .iter()
            .map(|row| csv_line(&[&row.medicaid_id, &row.name, &row.provider_type, &row.npi, &row.status, &row.begin_date, &row.end_date]));
        std::iter::once(header).chain(rows).collect()
    }

    pub fn nppes_csv(&self) -> String {
        let header = csv_line(&[
            "NPI",
            "Entity Type Code",
            "Provider Organization Name (Legal Business Name)",
            "Provider Last Name (Legal Name)",
            "Provider First Name",
            "NPI Deactivation Date",
            "NPI Reactivation Date",
        ]);
        let rows = self.nppes.iter().map(|row| {
            csv_line(&[
                &row.npi,
                &row.entity_type,
                &row.organization_name,
                &row.last_name,
                &row.first_name,
                &row.deactivation_date,
                &row.reactivation_date,
            ])
        });
        std::iter::once(header).chain(rows).collect()
    }

    /// What must be found, row by row.
    pub fn truth(&self) -> Value {
        let first = self.first_row_number();
        let rows: Vec<Value> =
            self.rows.iter().enumerate().map(|(index, row)| json!({ "number": first + index, "codes": row.expected })).collect();
        json!({ "requester_email": self.requester_email, "rows": rows })
    }
}

/// A line in RFC 4180.
fn csv_line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { (*cell).to_owned() })
        .collect();
    cells.join(",") + "\r\n"
}
