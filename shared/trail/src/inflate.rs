use libdeflater::{Crc, DecompressionError, Decompressor};
use memchr::memmem;

/// What a gzip member begins with.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// CRC-32 and size, which a gzip member ends with.
const TRAILER: usize = 8;
/// The least a gzip member has.
const SMALLEST: usize = 18;
/// CloudTrail writes at most 50 MB into a file.
const LARGEST: usize = 96 << 20;
/// libdeflate copies words, so that this much behind the damage may be noise.
const NOISE: usize = 64;

/// Decompresses files one after the other into the same memory.
pub(crate) struct Inflater {
    decompressor: Decompressor,
    text: Vec<u8>,
    /// As long a text at most.
    largest: usize,
}

/// Why a file could not be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Larger than a log file can be.
    TooLarge,
    /// The compressed data ends early or is not what was written.
    Corrupt,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self::up_to(LARGEST)
    }

    fn up_to(largest: usize) -> Self {
        Self { decompressor: Decompressor::new(), text: Vec::new(), largest }
    }

    /// The text of a file, and what is wrong with it. Plain files are their own text; of a damaged
    /// one there is the text before the damage.
    pub(crate) fn open<'a>(&'a mut self, file: &'a [u8]) -> (&'a [u8], Option<Damage>) {
        if !file.starts_with(&MAGIC) {
            return (file, None);
        }
        let mut end = 0;
        let mut rest = file;
        while rest.starts_with(&MAGIC) {
            match self.member(rest, end) {
                Ok(length) => {
                    let member = self.text.get(end..end + length).unwrap_or_default();
                    rest = behind(rest, member);
                    end += length;
                }
                Err(Damage::TooLarge) => return (&[], Some(Damage::TooLarge)),
                Err(Damage::Corrupt) => {
                    let kept = end + self.salvage(rest, end);
                    return (self.text.get(..kept).unwrap_or_default(), Some(Damage::Corrupt));
                }
            }
        }
        let is_clean = rest.iter().all(|&byte| byte == 0);
        (self.text.get(..end).unwrap_or_default(), (!is_clean).then_some(Damage::Corrupt))
    }

    /// Decompresses the member that `rest` begins with behind the first `end` bytes of the text.
    fn member(&mut self, rest: &[u8], end: usize) -> Result<usize, Damage> {
        self.grow(end + said(rest).min(self.largest - end))?;
        loop {
            let space = self.text.get_mut(end..).unwrap_or_default();
            match self.decompressor.gzip_decompress(rest, space) {
                Ok(length) => return Ok(length),
                Err(DecompressionError::BadData) => return Err(Damage::Corrupt),
                Err(DecompressionError::InsufficientSpace) => {
                    self.grow((self.text.len() * 2).max(1 << 16))?;
                }
            }
        }
    }

    fn grow(&mut self, length: usize) -> Result<(), Damage> {
        if self.text.len() >= self.largest && length > self.largest {
            return Err(Damage::TooLarge);
        }
        if length > self.text.len() {
            self.text.resize(length.min(self.largest), 0);
        }
        Ok(())
    }

    /// Decompresses a damaged member as far as it goes. JSON has no zero byte, so over zeroed
    /// memory the text ends at the first.
    fn salvage(&mut self, rest: &[u8], end: usize) -> usize {
        let space = self.text.get_mut(end..).unwrap_or_default();
        space.fill(0);
        let _: Result<usize, DecompressionError> = self.decompressor.gzip_decompress(rest, space);
        let length = memchr::memchr(0, space).unwrap_or(space.len());
        length.saturating_sub(NOISE)
    }
}

/// The size that the last member of a file claims. It may lie: no more is taken at once than data
/// of this length can decompress to.
fn said(file: &[u8]) -> usize {
    let size = file.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    size.min(file.len().saturating_mul(1032)).max(1)
}

/// What follows the member that `file` begins with and whose text is `text`.
///
/// libdeflate does not say how much it read. Where no second member can follow, that is all;
/// else the checksum and size of the text are looked for, which are what a member ends with.
fn behind<'a>(file: &'a [u8], text: &[u8]) -> &'a [u8] {
    let inside = file.get(SMALLEST - TRAILER..).unwrap_or_default();
    let size = u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes();
    let is_one = memmem::find(inside, &MAGIC).is_none() && file.ends_with(&size);
    if is_one {
        return &[];
    }
    let mut crc = Crc::new();
    crc.update(text);
    let mut trailer = [0; TRAILER];
    let sums = crc.sum().to_le_bytes().into_iter().chain(size);
    trailer.iter_mut().zip(sums).for_each(|(to, from)| *to = from);
    let end = memmem::find(inside, &trailer).map(|at| at + TRAILER);
    end.and_then(|end| inside.get(end..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use libdeflater::{CompressionLvl, Compressor};

    use super::*;

    pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut file = vec![0; compressor.gzip_compress_bound(text.len())];
        let length = compressor.gzip_compress(text, &mut file).unwrap();
        file.truncate(length);
        file
    }

    /// Bytes that compress badly, none of them zero.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7_u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some((state >> 24) as u8 | 1)
        };
        std::iter::from_fn(next).take(length).collect()
    }

    #[test]
    fn files_are_read_whole() {
        let (one, two, large) = (noise(5_000), b"[1,2]".to_vec(), vec![b'x'; 3_000_000]);
        let mut lying = gzip(&large);
        let at = lying.len() - 4;
        lying[at..].copy_from_slice(&7_u32.to_le_bytes());
        let cases = [
            ("plain", two.clone(), two.clone(), None),
            ("one member", gzip(&one), one.clone(), None),
            ("small after large", gzip(&two), two.clone(), None),
            ("two", [gzip(&one), gzip(&two)].concat(), [&one[..], &two].concat(), None),
            ("twice the same", [gzip(&two), gzip(&two)].concat(), b"[1,2][1,2]".to_vec(), None),
            (
                "three",
                [gzip(&two), gzip(&large), gzip(&one)].concat(),
                [&two[..], &large, &one].concat(),
                None,
            ),
            ("padded", [gzip(&two), vec![0; 512]].concat(), two.clone(), None),
            ("empty member", [gzip(b""), gzip(&two)].concat(), two.clone(), None),
        ];
        let mut inflater = Inflater::new();
        for (name, file, text, damage) in cases {
            let found = inflater.open(&file);
            assert!(found == (&text, damage), "{name}: {} bytes, {:?}", found.0.len(), found.1);
        }
        let (kept, damage) = inflater.open(&lying);
        assert_eq!(damage, Some(Damage::Corrupt));
        assert!(kept.len() > 2_999_000 && kept.iter().all(|&byte| byte == b'x'));
    }

    #[test]
    fn what_is_before_the_damage_is_kept() {
        let text = noise(100_000);
        let file = gzip(&text);
        let mut inflater = Inflater::new();
        inflater.open(&gzip(&vec![b'y'; 300_000]));
        for cut in [10, 11, 1_000, 50_000, file.len() - 9, file.len() - 1] {
            let (kept, damage) = inflater.open(&file[..cut]);
            assert_eq!(damage, Some(Damage::Corrupt), "{cut}");
            assert!(text.starts_with(kept), "{cut}: {}", kept.len());
            assert!(
                kept.len() + 20_000 > cut.saturating_sub(12) || cut < 20_000,
                "{cut}: {}",
                kept.len()
            );
        }
        let mut bad = file.clone();
        bad[60_000] ^= 0x55;
        let (_, damage) = inflater.open(&bad);
        assert_eq!(damage, Some(Damage::Corrupt));
    }

    #[test]
    fn bombs_are_refused() {
        let largest = 1 << 20;
        let open = |file: &[u8]| Inflater::up_to(largest).open(file).1;
        let bomb = gzip(&vec![b' '; largest + 1]);
        assert!(bomb.len() < largest / 500);
        assert_eq!(open(&bomb), Some(Damage::TooLarge));
        assert_eq!(open(&gzip(&vec![b' '; largest])), None);
        assert_eq!(open(&gzip(&vec![b' '; largest / 10]).repeat(11)), Some(Damage::TooLarge));
        assert_eq!(Inflater::up_to(largest).open(&bomb).0, b"");
    }
}
