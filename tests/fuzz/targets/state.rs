//! State that a checkpoint kept: other bytes are refused, and what is taken gives them again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use operators::account::AccountLoop;
use operators::market::InstrumentEngine;
use pipeline::plan::Plan;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tapeflow::spec::{Files, plan};

const JOB: &str = include_str!("../../../config/quickstart.toml");

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    plan(Path::new("job.toml"), JOB, &[], Files::MayBeAbsent).expect("it is a job")
});

fn engine() -> InstrumentEngine {
    let instrument = Arc::new(PLAN.instruments[0].clone());
    InstrumentEngine::new(Arc::new(PLAN.market.clone()), instrument, 0)
}

fn account() -> AccountLoop {
    AccountLoop::new(Arc::new(PLAN.accounts[0].clone()))
}

/// The bytes themselves, or sound ones that they change here and there or cut.
fn state(data: &[u8], sound: impl Fn() -> Vec<u8>) -> Vec<u8> {
    let (mode, data) = data.split_first().unwrap_or((&0, &[]));
    let mut bytes = if mode / 2 % 3 == 0 { data.to_vec() } else { sound() };
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
            let mut it = engine();
            if it.restore(&state(data, || engine().snapshot())).is_ok() {
                let once = it.snapshot();
                it.restore(&once).expect("it was just taken");
                assert_eq!(it.snapshot(), once);
            }
        }
        true => {
            let mut it = account();
            if it.restore(&state(data, || account().snapshot())).is_ok() {
                let once = it.snapshot();
                it.restore(&once).expect("it was just taken");
                assert_eq!(it.snapshot(), once);
            }
        }
    }
});
