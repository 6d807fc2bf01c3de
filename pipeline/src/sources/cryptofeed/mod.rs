//! Captures of [cryptofeed](https://github.com/bmoscon/cryptofeed), form 2: a header, and then a
//! line for each message as it came, for each reply of a REST server and for each connection, of
//! one exchange and any of its instruments. Plain, gzip, zip or zstd.
//!
//! Trades and books land (order by order where the exchange tells them so), and best bids and
//! offers of streams that have every change of them. Each
//! message of an exchange about a book is a message here, with the ids that it has. Where these
//! cannot show that one is missing, what can (checksums, numbers of a connection, a line that
//! cannot be used) makes the book void by a row of its own ([`DeltaFlags::GAP`]). A line lands, is
//! a reject, or is counted as one that says nothing that lands ([`Idle`]).
//!
//! A line takes effect when it was written down, but never before one above it of the same run:
//! captures may have one connection after another, which are merged by time.
//!
//! Bybit's own archive of books (`SYMBOL_ob500.data.zip`) has the same messages without a header: a
//! line takes effect when the venue made it.
//!
//! To add an exchange write `NAME.rs` after the model of `gateio.rs`, and add `mod NAME;` and a
//! line to `EXCHANGES`.
//!
//! [`DeltaFlags::GAP`]: schemas::chunk::DeltaFlags::GAP

mod binance;
mod bitfinex;
mod bitstamp;
mod bybit;
mod coinbase;
mod deribit;
mod event;
mod fault;
mod frame;
mod gateio;
mod independent_reserve;
mod kraken;
mod kucoin;
mod land;
mod names;
mod orders;
mod read;
mod runs;
mod upbit;

use super::{CHUNK_ROWS, Reader, SourceError};
pub use event::Idle;
use event::Venue;
use land::Landing;
pub use names::{Named, named};
use runs::Merge;
use schemas::{Chunk, Instrument};
use std::collections::BTreeMap;
use std::path::Path;

/// An exchange: its name in a header, the venue of its instruments, and what reads its messages.
type Exchange = (&'static str, &'static str, fn() -> Box<dyn Venue>);

/// Exchanges whose captures are read.
const EXCHANGES: [Exchange; 12] = [
    ("BINANCE", "binance", || Box::new(binance::Binance)),
    ("BINANCE_FUTURES", "binance_usdm", || Box::new(binance::Binance)),
    ("BITFINEX", "bitfinex", || Box::<bitfinex::Bitfinex>::default()),
    ("BITSTAMP", "bitstamp", || Box::new(bitstamp::Bitstamp)),
    ("BYBIT", "bybit", || Box::<bybit::Bybit>::default()),
    ("COINBASE", "coinbase", || Box::<coinbase::Coinbase>::default()),
    ("DERIBIT", "deribit", || Box::<deribit::Deribit>::default()),
    ("GATEIO", "gateio", || Box::new(gateio::Gateio)),
    ("INDEPENDENT_RESERVE", "independent_reserve", || {
        Box::<independent_reserve::IndependentReserve>::default()
    }),
    ("KRAKEN", "kraken", || Box::<kraken::Kraken>::default()),
    ("KUCOIN", "kucoin", || Box::new(kucoin::Kucoin)),
    ("UPBIT", "upbit", || Box::new(upbit::Upbit)),
];

/// The venues of captures, where nothing else is said.
pub const VENUES: [&str; EXCHANGES.len()] = {
    let mut venues = [""; EXCHANGES.len()];
    let mut place = 0;
    while place < venues.len() {
        venues[place] = EXCHANGES[place].1;
        place += 1;
    }
    venues
};

/// Those of them whose books are told order by order.
pub const BY_ORDER: [&str; 1] = ["independent_reserve"];

/// A capture as one partition: the offset is the number of the line.
pub struct Cryptofeed {
    source: (u16, u32),
    merge: Merge,
    venue: Box<dyn Venue>,
    landing: Landing,
}

impl Cryptofeed {
    /// Opens a capture as a partition of the source with this rank; `venue` stands for the name
    /// that its exchange has here. `instruments` is the plan's list.
    ///
    /// # Errors
    /// When the file cannot be read, is no capture, or is one of an exchange that is not read.
    pub fn open(
        source: (u16, u32),
        path: &Path,
        venue: Option<&str>,
        instruments: &[Instrument],
    ) -> Result<Cryptofeed, SourceError> {
        let (name, reader) = exchange(path)?;
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Cryptofeed {
            source,
            merge: Merge::new(path, runs::survey(path)?),
            venue: reader,
            landing: Landing::new(venue.unwrap_or(name), file, instruments),
        })
    }

    /// Lines so far that are neither records nor rejects, by what they are.
    pub fn idle(&self) -> &BTreeMap<Idle, u64> {
        self.landing.idle()
    }
}

/// The venue of a capture, and what reads its messages.
fn exchange(path: &Path) -> Result<(&'static str, Box<dyn Venue>), SourceError> {
    let (name, _) = runs::header(path)?;
    if name == runs::ARCHIVE {
        return Ok(("bybit", Box::new(bybit::Bybit::of_archive())));
    }
    let known = EXCHANGES.iter().find(|exchange| exchange.0 == name);
    let (_, venue, reader) = known.ok_or_else(|| SourceError::Format {
        path: path.display().to_string(),
        expected: format!(
            "a capture of an exchange that is read, {}",
            EXCHANGES.map(|exchange| exchange.0).join(", ")
        ),
        found: format!("it is one of {}", fault::cut(&name)),
    })?;
    Ok((*venue, reader()))
}

impl Reader for Cryptofeed {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.source.0, self.source.1);
        while chunk.len() < CHUNK_ROWS {
            let Some(item) = self.merge.next()? else { break };
            self.landing.land(item, &mut *self.venue, &mut chunk);
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.merge.progress()
    }
}
