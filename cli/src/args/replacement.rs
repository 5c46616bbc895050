//! New cards, as staff type it: `agency`, `stock`, `case`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand};
use simrecall_core::notice::Language;
use simrecall_core::replacement::State;
use simrecall_core::replacement::documents::Person;

use super::swap::{LineClear, LineHold};

#[derive(Debug, Subcommand)]
pub(crate) enum AgencyVerb {
    /// Take a list of agencies; one that is known by its code is written anew
    Import {
        /// CSV: `code,name,kind,region,address,desks,opens,closes,weekdays`
        file: PathBuf,
        /// Who imports
        #[arg(long)]
        by: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StockVerb {
    /// Take a supplier's batch in, as lots on their way: whole, or not at all
    Import(StockImport),
    /// A lot came and was counted
    Receive {
        /// Its name, or what the supplier calls it
        lot: String,
        /// A list of the ICCIDs that are missing, one a line
        #[arg(long)]
        missing: Option<PathBuf>,
        /// Who counted
        #[arg(long)]
        by: String,
    },
    /// What is where, and what comes
    Show {
        /// Only this agency's, by its code
        #[arg(long)]
        agency: Option<String>,
    },
    /// Send cards that nobody was promised from one agency to another
    Transfer {
        /// Who gives, by code
        #[arg(long)]
        from: String,
        /// Who gets, by code
        #[arg(long)]
        to: String,
        /// How many
        #[arg(long)]
        count: u32,
        /// Of which product
        #[arg(long, default_value = "usim")]
        product: String,
        /// Who sends them
        #[arg(long)]
        by: String,
    },
    /// A card does not work
    Defective(OneCard),
    /// A card is missing; whoever was promised it is in line again
    Lost(OneCard),
    /// A card that was put aside was looked at, and is good
    Inspect(OneCard),
    /// When stock runs out, by the swaps of the last seven days and what is booked; which transfers would help
    Forecast {
        /// The incident whose swaps count
        #[arg(long)]
        incident: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StockImport {
    /// CSV `iccid,imsi,k,opc,product`, encrypted with age
    pub(crate) batch: PathBuf,
    /// The agency it goes to, by its code
    #[arg(long)]
    pub(crate) agency: String,
    /// What the supplier calls the lot
    #[arg(long)]
    pub(crate) lot: String,
    /// The day it is expected on
    #[arg(long)]
    pub(crate) expected: NaiveDate,
    /// The identity it was encrypted for, as age-keygen made it
    #[arg(long)]
    pub(crate) identity: PathBuf,
    /// Who takes it in
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OneCard {
    /// Its number, as it stands on it; `-` reads it from standard input
    pub(crate) card: String,
    /// Who says so
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaseVerb {
    /// Say that nothing may be swapped on a case's line: "this was not me"
    Hold(LineHold),
    /// Say that it may again: by somebody else than who held it, and than who verified the customer
    Clear(LineClear),
    /// Open a case for a line, for whoever calls or walks in; every reason against it comes at once
    Open(CaseOpen),
    /// One case, and what happened to it
    Show(CaseBy),
    /// The cases that are open, in the order of the line
    List {
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Only those in this state
        #[arg(long, value_parser = state)]
        state: Option<State>,
    },
    /// The days and hours that are free at an agency
    Free {
        /// Its code
        agency: String,
        /// For which product; the programme's own when absent
        #[arg(long)]
        product: Option<String>,
    },
    /// Book a visit, or another one instead
    Book(CaseBook),
    /// Put a case in line at an agency; it gets a visit when cards come
    Wait {
        #[command(flatten)]
        at: CaseAt,
        /// For which product; the programme's own when absent
        #[arg(long)]
        product: Option<String>,
    },
    /// Take a case back for whoever asked
    Cancel(CaseBy),
    /// The customer is at a counter, booked or not
    CheckIn(CaseAt),
    /// Look at papers, and at the code of the customer's own session; its first call has everybody told
    Verify(CaseVerify),
    /// Keep a card for a verified case, for ten minutes
    Reserve {
        #[command(flatten)]
        of: CaseBy,
        /// Its number, as it stands on it; `-` reads it from standard input
        #[arg(long)]
        card: String,
    },
    /// The customer goes; they are in line, and a card that was kept for them lies there again
    Leave(CaseAt),
    /// What somebody has to bring
    Documents {
        /// In which language
        #[arg(long, default_value = "ko", value_parser = Language::parse)]
        language: Language,
    },
    /// Bring in cards that were changed where nobody works with us; all of the list, or nothing
    ImportCompleted {
        /// CSV: `number,completed_at,new_imsi,new_iccid,paid_won,agency`; the last four may be empty
        file: PathBuf,
        /// The incident's code
        #[arg(long)]
        incident: String,
        /// Who brings it in: give this twice, of two roles
        #[arg(long, required = true)]
        by: Vec<String>,
    },
    /// Put a case in line for a parcel to its holder's home; it goes only where the registry says since before the exposure
    WantParcel(CaseBy),
    /// The customer would rather go to a shop: the parcel's card is put aside
    NoParcel(CaseBy),
    /// Send cards to the first of those who wait for a parcel
    Ship {
        /// How many at most
        #[arg(long)]
        limit: u64,
        /// Who sends them
        #[arg(long)]
        by: String,
    },
    /// Take in what the carrier of parcels reports; what is said twice changes nothing
    Parcels {
        /// CSV `reference,event,at`: delivered, returned or lost
        file: PathBuf,
        /// Who takes it in
        #[arg(long)]
        by: String,
    },
    /// Do what time does: days end, cards are given to those who wait, who did not come is told once more
    Tick,
    /// Send what people are to be told about their cases
    Notify {
        /// The incident's code
        #[arg(long)]
        incident: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseOpen {
    /// The line's number
    #[arg(long)]
    pub(crate) number: String,
    /// Money was taken by way of the card
    #[arg(long)]
    pub(crate) lost_money: bool,
    /// The day they leave the country
    #[arg(long)]
    pub(crate) leaves: Option<NaiveDate>,
    /// They are registered as disabled
    #[arg(long)]
    pub(crate) disabled: bool,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// Who opens it
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseName {
    /// The case's name, as the list shows it
    pub(crate) case: String,
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseBy {
    #[command(flatten)]
    pub(crate) of: CaseName,
    /// Who does it
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseAt {
    #[command(flatten)]
    pub(crate) of: CaseName,
    /// The agency, by its code
    #[arg(long)]
    pub(crate) agency: String,
    /// Who does it
    #[arg(long)]
    pub(crate) by: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseBook {
    #[command(flatten)]
    pub(crate) at: CaseAt,
    /// The day
    #[arg(long)]
    pub(crate) day: NaiveDate,
    /// The hour, from 0 to 23
    #[arg(long)]
    pub(crate) hour: u8,
    /// For which product; the programme's own when absent
    #[arg(long)]
    pub(crate) product: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseVerify {
    #[command(flatten)]
    pub(crate) at: CaseAt,
    /// Who comes: adult, minor, child, foreigner, company or proxy; as the case says when absent
    #[arg(long, value_parser = person)]
    pub(crate) person: Option<Person>,
    /// A kind of document that was shown, by its name in the rules; again for each
    #[arg(long)]
    pub(crate) shown: Vec<String>,
    /// The code that the customer's own session shows
    #[arg(long)]
    pub(crate) code: Option<String>,
}

fn state(text: &str) -> Result<State, String> {
    State::parse(text).ok_or_else(|| format!("one of {}", State::ALL.map(State::name).join(", ")))
}

fn person(text: &str) -> Result<Person, String> {
    let all = || Person::ALL.map(Person::name).join(", ");
    Person::parse(text).ok_or_else(|| format!("one of {}", all()))
}

#[derive(Debug, ClapArgs)]
pub(crate) struct KpiArgs {
    /// The incident's code
    #[arg(long)]
    pub(crate) incident: String,
    /// The day; today when absent
    #[arg(long)]
    pub(crate) day: Option<NaiveDate>,
    /// The first of several days, up to that one
    #[arg(long)]
    pub(crate) from: Option<NaiveDate>,
    /// As CSV, one row a day
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}
