//! Pages of neighbouring levels, found by their numbers.
//!
//! A table of our own, since the look-up of a page is most of what a change of a level costs: an
//! entry is a quarter of a cache line, those of neighbouring pages share one, and says which levels
//! there are, so that a change touches one line of the table and one of quantities. With the
//! standard library's map a book takes a quarter longer.

/// Levels in a page.
pub(super) const WIDTH: u64 = 16;

/// Entries of neighbouring pages that lie in a row.
const ROW: u64 = 8;

/// Pages that are found by number. The place of a level is the page's number times [`WIDTH`] and
/// its place there.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    /// A power of two of them, or none: each page where its number says or in the next free one
    /// after that. At most half of them are taken.
    entries: Vec<Entry>,
    quantities: Vec<Quantities>,
    /// Of `quantities` those that no page has.
    free: Vec<u32>,
}

/// A page; no level there: none.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    number: u64,
    /// Where its quantities are.
    at: u32,
    /// Which levels there are, the least one in the lowest bit.
    there: u16,
}

#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Quantities([i64; WIDTH as usize]);

impl Pages {
    /// Sets a level of a page that is there; gives whether the level was, and which levels of the
    /// page are now. A page without any is to be removed next.
    #[inline(always)]
    pub fn set(&mut self, place: u64, quantity: i64) -> Option<(bool, u16)> {
        let (number, at) = (place / WIDTH, place % WIDTH);
        let found = self.find(number)?;
        let entry = &mut self.entries[found];
        let was = entry.there >> at & 1 == 1;
        entry.there = entry.there & !(1 << at) | u16::from(quantity > 0) << at;
        self.quantities[entry.at as usize].0[at as usize] = quantity;
        Some((was, entry.there))
    }

    /// The quantity of a level, 0 when there is none.
    #[inline]
    pub fn get(&self, place: u64) -> i64 {
        let (number, at) = (place / WIDTH, place % WIDTH);
        let entry = self.find(number).map(|found| self.entries[found]);
        let entry = entry.filter(|entry| entry.there >> at & 1 == 1);
        entry.map_or(0, |entry| self.quantities[entry.at as usize].0[at as usize])
    }

    /// Which levels of a page there are.
    pub fn there(&self, number: u64) -> u16 {
        self.find(number).map_or(0, |found| self.entries[found].there)
    }

    /// Adds a page that is not there, with one level.
    pub fn insert(&mut self, place: u64, quantity: i64) {
        let (number, at) = (place / WIDTH, place % WIDTH);
        let taken = self.quantities.len() - self.free.len();
        if 2 * taken >= self.entries.len() {
            self.grow();
        }
        let mut quantities = Quantities::default();
        quantities.0[at as usize] = quantity;
        let page = match self.free.pop() {
            Some(page) => {
                self.quantities[page as usize] = quantities;
                page
            }
            None => {
                self.quantities.push(quantities);
                self.quantities.len() as u32 - 1
            }
        };
        self.enter(Entry { number, at: page, there: 1 << at });
    }

    /// Removes a page.
    pub fn remove(&mut self, number: u64) {
        let mask = self.entries.len().wrapping_sub(1);
        let mut next = self.home(number);
        while self.entries[next].number != number {
            next = (next + 1) & mask;
        }
        self.free.push(self.entries[next].at);
        // What came after it moves up, unless it is where its number says or after that.
        let mut hole = next;
        loop {
            next = (next + 1) & mask;
            let entry = self.entries[next];
            if entry.there == 0 {
                break;
            }
            let from_home = next.wrapping_sub(self.home(entry.number)) & mask;
            if from_home >= next.wrapping_sub(hole) & mask {
                self.entries[hole] = entry;
                hole = next;
            }
        }
        self.entries[hole] = Entry::default();
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.entries.fill(Entry::default());
        self.quantities.clear();
        self.free.clear();
    }

    /// Where the entry of a page belongs. Numbers of which only the lower bits differ lie in a row.
    #[inline(always)]
    fn home(&self, number: u64) -> usize {
        // Fibonacci hashing: Knuth, "The Art of Computer Programming", volume 3, section 6.4.
        let row = (number / ROW).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        ((row * ROW + number % ROW) as usize) & self.entries.len().wrapping_sub(1)
    }

    #[inline(always)]
    fn find(&self, number: u64) -> Option<usize> {
        let mut next = self.home(number);
        loop {
            let entry = self.entries.get(next)?;
            if entry.there == 0 {
                return None;
            }
            if entry.number == number {
                return Some(next);
            }
            next = (next + 1) & (self.entries.len() - 1);
        }
    }

    fn enter(&mut self, entry: Entry) {
        let mut next = self.home(entry.number);
        while self.entries[next].there != 0 {
            next = (next + 1) & (self.entries.len() - 1);
        }
        self.entries[next] = entry;
    }

    fn grow(&mut self) {
        let entries = vec![Entry::default(); (2 * self.entries.len()).max(2 * ROW as usize)];
        let before = std::mem::replace(&mut self.entries, entries);
        before.into_iter().filter(|entry| entry.there != 0).for_each(|entry| self.enter(entry));
    }
}
