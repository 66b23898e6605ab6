//! Random runs: two people say what comes to their minds, the outside works or does not, the program is started again or
//! killed; and a ledger of what is live where, which knows nothing of Shipgate's own records, says after each of these
//! what must be so (`ledger`). Service, store (a real file) and runner are the real ones (`house`); only what is outside
//! plays a part (`outside`). A run that fails shrinks to a short story.

mod environment;
mod happens;
mod house;
mod ledger;
mod outside;

use proptest::test_runner::{Config, FileFailurePersistence};
use proptest_state_machine::{StateMachineTest, prop_state_machine};

use happens::Happens;
use house::House;
use ledger::Ledger;

struct Runs;

impl StateMachineTest for Runs {
    type SystemUnderTest = House;
    type Reference = Ledger;

    fn init_test(_: &Ledger) -> House {
        House::begin()
    }

    fn apply(mut house: House, expected: &Ledger, happens: Happens) -> House {
        house.happens(&happens, expected);
        house
    }

    fn check_invariants(house: &House, expected: &Ledger) {
        house.is_as(expected);
    }

    fn teardown(house: House, _: Ledger) {
        house.ends();
    }
}

prop_state_machine! {
    #![proptest_config(Config {
        cases: 256,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 400,
        ..Config::default()
    })]

    #[test]
    fn whatever_happens_the_ledger_knows_what_is_live(sequential 1..14 => Runs);
}
