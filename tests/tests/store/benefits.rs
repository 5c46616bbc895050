//! Benefits: of a group one stands for a line, whoever is fastest, until it is handed over.

use std::sync::atomic::{AtomicUsize, Ordering};

use rstest::rstest;
use simrecall_core::incident::IncidentState;
use simrecall_store::StoreError;
use simrecall_store::benefit::Benefit;
use simrecall_tests::Backend;

use crate::stage::{Cast, at, by_hand, cast, line_id, person_id};
use crate::visit::winners;

fn choice(cast: &Cast, line: usize, group: &str, code: &str) -> Benefit {
    Benefit {
        incident: cast.keys.incident(),
        line: line_id(&cast.keys, line),
        group: group.to_owned(),
        code: code.to_owned(),
        person: person_id(&cast.keys, line),
        chosen_at: at(1),
        exported_at: None,
    }
}

fn choose(cast: &Cast, choice: &Benefit) -> bool {
    cast.stage.store.write(|tx| tx.choose_benefit(choice)).unwrap()
}

fn all(cast: &Cast) -> Vec<Benefit> {
    cast.stage.store.read(|tx| tx.benefits(cast.keys.incident())).unwrap()
}

#[rstest]
fn of_racing_choices_one_stands_until_it_is_handed_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 2);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let next = AtomicUsize::new(0);
    let done = winners(store, |store| {
        let code = format!("code_{}", next.fetch_add(1, Ordering::Relaxed));
        store.write(|tx| tx.choose_benefit(&choice(&cast, 0, "relief", &code))).unwrap()
    });
    assert!(done >= 8, "each is taken over by the next: {done}");
    let [stands] = &all(&cast)[..] else { panic!("{:?}", all(&cast)) };
    assert!(stands.code.starts_with("code_"));

    assert!(choose(&cast, &choice(&cast, 0, "relief", "bill_discount")));
    assert!(choose(&cast, &choice(&cast, 0, "insurance", "insurance")));
    assert!(choose(&cast, &choice(&cast, 1, "relief", "device_discount")));
    let codes: Vec<String> = store
        .read(|tx| tx.benefits_of(incident, &[line_id(&cast.keys, 0)]))
        .unwrap()
        .into_iter()
        .map(|one| one.code)
        .collect();
    assert_eq!(codes, ["insurance", "bill_discount"]);

    // What somebody changed meanwhile is not handed over.
    let export = |one: &Benefit| store.write(|tx| tx.export_benefit(one, at(9))).unwrap();
    assert!(!export(&choice(&cast, 0, "relief", "device_discount")));
    let kept = choice(&cast, 0, "relief", "bill_discount");
    assert_eq!(winners(store, |_| export(&kept)), 1);
    assert!(!choose(&cast, &choice(&cast, 0, "relief", "penalty_waiver")), "it was handed over");
    assert!(choose(&cast, &choice(&cast, 1, "relief", "penalty_waiver")));
    let exported: Vec<_> = all(&cast).into_iter().filter(|one| one.exported_at.is_some()).collect();
    assert_eq!(exported, [Benefit { exported_at: Some(at(9)), ..kept }]);
    for change in [
        "UPDATE benefit SET code = 'x' WHERE exported_at IS NOT NULL",
        "UPDATE benefit SET grp = 'x'",
        "DELETE FROM benefit",
    ] {
        let refused = by_hand(&cast.stage.url, change).unwrap_err();
        assert!(refused.contains("rows are immutable"), "{change}: {refused}");
    }

    store.write(|tx| tx.set_incident_state(incident, IncidentState::Erasing)).unwrap();
    let late = store.write(|tx| tx.choose_benefit(&choice(&cast, 1, "relief", "bill_discount")));
    assert!(matches!(late, Err(StoreError::State(_))), "{late:?}");
    store.write(|tx| tx.erase_customers(incident)).unwrap();
    assert_eq!(all(&cast), []);
}
