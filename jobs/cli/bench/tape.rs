//! A long tape of trades alone, as `ingest` writes it.

use pipeline::lake::{
    EpochDraft, Facts, InputFile, Lake, LakeError, SourceFact, market_batches, recording_id,
};
use schemas::{Chunk, EventTime, Instrument, InstrumentId, Side, chunk::RowHead, instrument::Kind};

/// Instruments of it.
const INSTRUMENTS: u32 = 64;

/// Rows of a chunk.
const CHUNK: u64 = 16_384;

/// First trade: 2024-01-01T00:00:00Z.
const START: i64 = 1_704_067_200_000_000_000;

/// Nanoseconds between two trades, on average half of this: a thousand trades a second.
const APART: i64 = 2_000_000;

fn instrument(number: u32) -> Instrument {
    Instrument {
        id: InstrumentId::new("demo", &format!("S{number:02}")),
        base: "S".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale: 2,
        quantity_scale: 3,
        tick: 1,
        lot: 100,
        multiplier: 1,
        inverse: false,
    }
}

/// A market of random walks; `xorshift64` is random enough for that.
struct Walks {
    bits: u64,
    prices: [i64; INSTRUMENTS as usize],
    ts: i64,
}

impl Walks {
    fn trade(&mut self, offset: u64, chunk: &mut Chunk) {
        self.bits ^= self.bits << 13;
        self.bits ^= self.bits >> 7;
        self.bits ^= self.bits << 17;
        let bits = self.bits;
        let number = (bits % u64::from(INSTRUMENTS)) as usize;
        self.ts += (bits >> 8) as i64 % APART;
        let price = (self.prices[number] + (bits >> 32) as i64 % 7 - 3).max(100);
        self.prices[number] = price;
        let at = EventTime(self.ts);
        let head = RowHead {
            ts: at,
            recv_ts: at,
            exchange_ts: Some(at),
            offset,
            seq: 0,
            instrument: number as u32,
        };
        let side = if bits >> 63 == 0 { Side::Buy } else { Side::Sell };
        chunk.push_trade(head, price, 1 + (bits >> 40) as i64 % 5_000, Some(side), "");
    }
}

/// Records so many trades; `told` hears how many there are. Nothing to do if they are there.
pub(super) fn record(
    folder: &str,
    trades: u64,
    mut told: impl FnMut(u64),
) -> Result<(), LakeError> {
    let lake = Lake::open(folder)?;
    let (name, digest) = recording_id("trades", &trades.to_string(), &[] as &[InputFile]);
    let Some(mut journal) = lake.start_recording(&name, "trades", digest)? else { return Ok(()) };
    let instruments: Vec<Instrument> = (0..INSTRUMENTS).map(instrument).collect();
    let source = SourceFact {
        rank: 0,
        name: "trades".into(),
        kind: "trades".into(),
        partitions: vec!["0".into()],
    };
    journal.set_facts(Facts { sources: vec![source], instruments: instruments.clone() });
    let mut writer = journal.writer(0);
    let prices = [10_000; INSTRUMENTS as usize];
    let mut walks = Walks { bits: 0x9e37_79b9_7f4a_7c15, prices, ts: START };
    let mut offset = 0;
    while offset < trades {
        let mut chunk = Chunk::mixed(0, 0);
        for _ in 0..CHUNK.min(trades - offset) {
            walks.trade(offset, &mut chunk);
            offset += 1;
        }
        for batch in market_batches(&chunk, &instruments, &name) {
            writer.append(batch.table, &batch.batch, batch.digest)?;
        }
        told(offset);
    }
    let files = writer.finish_epoch()?;
    journal.commit(EpochDraft::last(EventTime(walks.ts + 1), files, None)).map(drop)
}
