//! Random numbers that are the same for ever: xoshiro256++ seeded by SplitMix64 (Blackman and
//! Vigna, public domain). Crates change their streams between versions; a recorded seed must not.

/// The step of SplitMix64's counter.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64: turns any seed, however plain, into well-mixed words.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream with this name and number under a seed.
    pub(super) fn new(seed: u64, name: &str, number: u64) -> Rng {
        let mut mix = SplitMix64(seed);
        for word in name.bytes().map(u64::from).chain([number]) {
            mix.0 = mix.next() ^ word;
        }
        Rng { state: std::array::from_fn(|_| mix.next()) }
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number strictly between 0 and 1: the middle of one of 2^52 equal parts, exactly.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// A number between two others.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `n`, which is small.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (((self.bits() >> 32) * n as u64) >> 32) as usize
    }

    /// A number of mean 0 and variance 1 that is bell-shaped: the sum of four uniform ones, which
    /// needs no logarithm and never strays beyond 3.5.
    pub(super) fn bell(&mut self) -> f64 {
        let sum = self.unit() + self.unit() + self.unit() + self.unit();
        // Four uniform numbers have mean 2 and variance 1/3.
        (sum - 2.0) * 1.732_050_807_568_877_2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generators_give_their_published_vectors() {
        let mut mix = SplitMix64(1_234_567);
        let words: Vec<u64> = (0..5).map(|_| mix.next()).collect();
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let words: Vec<u64> = (0..10).map(|_| rng.bits()).collect();
        assert_eq!(
            words,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386,
                9_228_616_714_210_784_205,
                9_973_669_472_204_895_162,
                14_011_001_112_246_962_877,
                12_406_186_145_184_390_807,
                15_849_039_046_786_891_736,
                10_450_023_813_501_588_000
            ]
        );
    }

    #[test]
    fn streams_differ_by_seed_name_and_number() {
        let first = |seed, name, number| Rng::new(seed, name, number).bits();
        let all = [
            first(1, "a", 0),
            first(2, "a", 0),
            first(1, "b", 0),
            first(1, "a", 1),
            first(0, "", 0),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|other| other != one));
        }
        assert_eq!(first(1, "a", 0), all[0]);
    }

    #[test]
    fn numbers_are_spread_as_promised() {
        let mut rng = Rng::new(3, "spread", 0);
        let units: Vec<f64> = (0..100_000).map(|_| rng.unit()).collect();
        assert!(units.iter().all(|u| 0.0 < *u && *u < 1.0));
        assert!((units.iter().sum::<f64>() / 1e5 - 0.5).abs() < 0.005);
        let bells: Vec<f64> = (0..100_000).map(|_| rng.bell()).collect();
        let square = bells.iter().map(|b| b * b).sum::<f64>() / 1e5;
        assert!((square - 1.0).abs() < 0.02, "{square}");
        let mut counts = [0; 7];
        (0..70_000).for_each(|_| counts[rng.below(7)] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
