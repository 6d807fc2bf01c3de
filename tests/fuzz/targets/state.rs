//! State that a checkpoint kept: other bytes are refused, and what is taken gives them again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use operators::account::{AccountLoop, AccountSpec};
use operators::market::{InstrumentEngine, MarketSpec};
use schemas::Instrument;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tapeflow::spec::{Files, plan};

const JOB: &str = include_str!("../../../config/quickstart.toml");

/// What is the same for every input is made once.
struct Given {
    market: Arc<MarketSpec>,
    instrument: Arc<Instrument>,
    account: Arc<AccountSpec>,
    /// Sound state of each.
    engine_state: Vec<u8>,
    account_state: Vec<u8>,
}

static GIVEN: LazyLock<Given> = LazyLock::new(|| {
    let plan = plan(Path::new("job.toml"), JOB, &[], Files::MayBeAbsent).expect("it is a job");
    let market = Arc::new(plan.market);
    let instrument = Arc::new(plan.instruments[0].clone());
    let account = Arc::new(plan.accounts[0].clone());
    let engine_state = InstrumentEngine::new(market.clone(), instrument.clone(), 0).snapshot();
    let account_state = AccountLoop::new(account.clone()).snapshot();
    Given { market, instrument, account, engine_state, account_state }
});

/// The bytes themselves, or sound ones that they change here and there or cut.
fn state(data: &[u8], sound: &[u8]) -> Vec<u8> {
    let (mode, data) = data.split_first().unwrap_or((&0, &[]));
    let mut bytes = if mode / 2 % 3 == 0 { data.to_vec() } else { sound.to_vec() };
    match mode / 2 % 3 {
        1 => {
            for change in data.chunks_exact(3) {
                let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
                bytes[place] = change[2];
            }
        }
        2 => {
            let length = usize::from(data.first().copied().unwrap_or(0));
            bytes.truncate(bytes.len().saturating_sub(length));
            bytes.extend_from_slice(data.get(1..).unwrap_or_default());
        }
        _ => {}
    }
    bytes
}

fuzz_target!(|data: &[u8]| {
    match data.first().is_some_and(|mode| mode % 2 == 1) {
        false => {
            let (market, instrument) = (GIVEN.market.clone(), GIVEN.instrument.clone());
            let mut it = InstrumentEngine::new(market, instrument, 0);
            if it.restore(&state(data, &GIVEN.engine_state)).is_ok() {
                let once = it.snapshot();
                it.restore(&once).expect("it was just taken");
                assert_eq!(it.snapshot(), once);
            }
        }
        true => {
            let mut it = AccountLoop::new(GIVEN.account.clone());
            if it.restore(&state(data, &GIVEN.account_state)).is_ok() {
                let once = it.snapshot();
                it.restore(&once).expect("it was just taken");
                assert_eq!(it.snapshot(), once);
            }
        }
    }
});
