//! What a swap costs the database: PostgreSQL's own log says what it was asked.

use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{self, Ended, Order, Pace, Unwatched};
use simrecall_tests::Backend;
use simrecall_tests::postgres::Cluster;

use crate::stage::{CLERK, LONG, PACE, Stage, USUAL};

/// Every statement that is sent to this database stands in the cluster's log from now on.
fn talkative() -> (String, simrecall_tests::Guard) {
    let (url, guard) = Backend::Postgres.fresh().unwrap();
    let name = url.rsplit_once('/').unwrap().1;
    let told = format!("ALTER DATABASE {name} SET log_statement = 'all'");
    Cluster::shared().unwrap().run_sql(&url, &[told]).unwrap();
    (url, guard)
}

/// What was asked so far; no other database of this cluster says what it is asked.
fn asked() -> Vec<String> {
    let log = std::fs::read_to_string(Cluster::shared().unwrap().log_file()).unwrap();
    let statement = |line: &str| {
        let (_, said) = line.split_once("LOG:  ")?;
        let (how, what) = said.split_once(": ")?;
        (how == "statement" || how.starts_with("execute ")).then(|| what.to_owned())
    };
    log.lines().filter_map(statement).collect()
}

/// Statements, transactions, and those of them that write.
fn cost(asked: &[String]) -> (usize, usize, usize) {
    let count = |what: &str| asked.iter().filter(|one| one.ends_with(what)).count();
    (asked.len(), count("COMMIT"), count("READ WRITE"))
}

#[test]
fn a_swap_asks_the_database_no_more_than_it_has_to() {
    let stage = Stage::at(talkative(), 2, LONG);
    let pace = Pace { stay: false, ..PACE };
    // What a connection asks when it is opened is the first one's.
    for no in 1..=2 {
        let customer = stage.customer(no);
        stage.reserve(&customer).unwrap();
        let case = customer.case.to_string();
        let order = Order { incident: CODE, case: &case, by: CLERK };
        let before = asked().len();
        let begun = swap::begin(&stage.home, &stage.hlr, &order, &pace).unwrap();
        let id = begun.id();
        let ended = begun.run(&stage.home, &stage.hlr, &pace, &mut Unwatched);
        assert_eq!(ended.unwrap(), Ended::Waiting);
        assert_eq!(stage.commands(id).len(), USUAL.len());
        let all = asked();
        let intents = all.iter().skip(before).filter(|one| one.contains("INTO \"swap_step\""));
        assert_eq!(intents.count(), USUAL.len(), "the log says what was asked");
        // Among them this test's own look at the commands. Each command is a transaction of at most nine statements; before them
        // are the permits and the beginning, after them the wait.
        let (statements, transactions, writes) = cost(&all[before..]);
        if no == 2 {
            assert!(statements <= 130, "{statements} statements: {:#?}", &all[before..]);
            assert!(transactions <= 18 && writes <= 10, "{transactions}, of them {writes} write");
        }
    }
}
