//! Numbers that only look random.

/// A stream of numbers that follows from its seed (splitmix64).
pub(crate) struct Dice {
    state: u64,
    hour: usize,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, hour: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of 0, 1, … `below` - 1.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % below.max(1) as u64).unwrap_or_default()
    }

    /// So many in a hundred are true.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        let at = self.below(among.len());
        among.get(at).expect("there is something to pick from")
    }

    /// Low numbers come far more often, as a few functions make most of an estate's calls.
    pub(crate) fn pick_early<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        let bound = self.below(among.len()) + 1;
        let bound = self.below(bound) + 1;
        let at = self.below(bound);
        among.get(at).expect("there is something to pick from")
    }

    /// What `hour` [`Dice::pick_now`] is asked in.
    pub(crate) fn set_hour(&mut self, hour: usize) {
        self.hour = hour;
    }

    /// One of the two that are there in this hour.
    pub(crate) fn pick_now<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        let at = self.hour * 2 + self.below(2);
        among.get(at % among.len()).expect("there is something to pick from")
    }

    fn text(&mut self, letters: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(letters))).collect()
    }

    pub(crate) fn letters(&mut self, length: usize) -> String {
        self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    pub(crate) fn capitals(&mut self, length: usize) -> String {
        self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
    }

    pub(crate) fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }
}
