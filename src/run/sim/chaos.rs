//! How the simulated cloud misbehaves, from a seed.

/// When the run ends, relative to a call that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before it is sent.
    Before,
    /// It was executed; its answer never arrives.
    Lost,
    /// It was executed and answered, and nothing comes after it.
    Answered,
}

/// The call at which the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The how-manieth call that changes something, from 1.
    pub call: u64,
    /// When.
    pub moment: Moment,
}

/// Probabilities are per call, times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chaos {
    /// How long a call takes: from, to.
    pub latency: (u64, u64),
    /// Share of calls refused because there are too many.
    pub throttled: f64,
    /// Share of calls that break off before they are executed.
    pub unsent: f64,
    /// Share of calls that are executed and whose answer is lost.
    pub lost: f64,
    /// How far reads lag behind at most.
    pub lag: u64,
    /// Share of creations that leave properties to later updates.
    pub partial: f64,
    /// The end.
    pub kill: Option<Kill>,
}

impl Chaos {
    /// A cloud on a good day.
    pub const CALM: Self =
        Self { latency: (40, 120), throttled: 0.0, unsent: 0.0, lost: 0.0, lag: 0, partial: 0.0, kill: None };

    /// A bad day: about a quarter of all calls fail, reads are up to 20 s old.
    pub const STORM: Self = Self {
        latency: (40, 900),
        throttled: 0.12,
        unsent: 0.06,
        lost: 0.06,
        lag: 20_000,
        partial: 0.5,
        kill: None,
    };

    /// The same, ending at a call.
    #[must_use]
    pub fn killed_at(mut self, call: u64, moment: Moment) -> Self {
        self.kill = Some(Kill { call, moment });
        self
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// From the first to the second, both included.
    pub fn between(&mut self, (low, high): (u64, u64)) -> u64 {
        low + self.next() % (high.saturating_sub(low) + 1)
    }
}
