//! Lines out of bytes that come in pieces, in constant memory: what is at the end of a piece is kept until the line
//! ends, up to a limit. What a line means is left to others.

/// Cuts pieces of bytes into lines.
#[derive(Debug)]
pub(super) struct Splitter {
    /// Bytes kept of one line.
    most: usize,
    /// The beginning of a line whose end has not come.
    held: Vec<u8>,
    /// Length of that line so far.
    length: u64,
}

/// A line as the splitter hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawLine<'a> {
    /// Its first bytes, without LF.
    pub(super) bytes: &'a [u8],
    /// How long it is in truth, without LF.
    pub(super) length: u64,
}

impl Splitter {
    /// Hands on at most `most` bytes of each line.
    pub(super) fn new(most: usize) -> Splitter {
        Splitter { most, held: Vec::new(), length: 0 }
    }

    /// Takes a piece and hands on the lines that end in it, until `take` answers false.
    pub(super) fn push(&mut self, mut piece: &[u8], mut take: impl FnMut(RawLine<'_>) -> bool) {
        while let Some(end) = memchr::memchr(b'\n', piece) {
            let (line, rest) = (&piece[..end], &piece[end + 1..]);
            piece = rest;
            let goes_on = if self.length == 0 {
                take(RawLine { bytes: &line[..line.len().min(self.most)], length: line.len() as u64 })
            } else {
                self.hold(line);
                take(self.line())
            };
            self.held.clear();
            self.length = 0;
            if !goes_on {
                return;
            }
        }
        self.hold(piece);
    }

    /// The last line, if it has no end.
    pub(super) fn rest(&self) -> Option<RawLine<'_>> {
        (self.length > 0).then(|| self.line())
    }

    fn line(&self) -> RawLine<'_> {
        RawLine { bytes: &self.held, length: self.length }
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = self.most.saturating_sub(self.held.len());
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.length += bytes.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::Splitter;
    use proptest::prelude::*;

    fn split(text: &[u8], pieces: usize, most: usize) -> Vec<(Vec<u8>, u64)> {
        let mut splitter = Splitter::new(most);
        let mut lines = Vec::new();
        for piece in text.chunks(pieces) {
            splitter.push(piece, |line| {
                lines.push((line.bytes.to_vec(), line.length));
                true
            });
        }
        lines.extend(splitter.rest().map(|line| (line.bytes.to_vec(), line.length)));
        lines
    }

    #[test]
    fn a_long_line_is_cut_and_its_length_is_told() {
        let expected = [(b"abcd".to_vec(), 6), (b"".to_vec(), 0), (b"gh".to_vec(), 2)];
        for pieces in [1, 3, 100] {
            assert_eq!(split(b"abcdef\n\ngh", pieces, 4), expected);
        }
        assert_eq!(split(b"", 1, 4), []);
        assert_eq!(split(b"\n", 1, 4), [(vec![], 0)]);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[ab\n]{0,60}", pieces in 1usize..20, most in 1usize..10) {
            prop_assert_eq!(split(text.as_bytes(), pieces, most), split(text.as_bytes(), 1000, most));
        }
    }
}
