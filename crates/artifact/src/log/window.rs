//! A range of lines out of a log that goes by in pieces. Where to begin reading is told by an index.

/// Copies some lines, and passes over those before.
#[derive(Debug)]
pub struct Window {
    skip: u64,
    left: u64,
    most: usize,
    /// Bytes of the current line that were copied.
    copied: usize,
}

impl Window {
    /// Passes over `skip` lines and copies the next `count`, of each at most `most` bytes and its end.
    pub fn new(skip: u64, count: u64, most: usize) -> Window {
        Window { skip, left: count, most, copied: 0 }
    }

    /// Whether all lines were copied.
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Takes a piece and appends to `out` what belongs to the window.
    pub fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while self.skip > 0 {
            let Some(end) = memchr::memchr(b'\n', piece) else { return };
            piece = &piece[end + 1..];
            self.skip -= 1;
        }
        while self.left > 0 && !piece.is_empty() {
            let end = memchr::memchr(b'\n', piece);
            let line = &piece[..end.unwrap_or(piece.len())];
            let part = &line[..line.len().min(self.most - self.copied)];
            out.extend_from_slice(part);
            self.copied += part.len();
            let Some(end) = end else { return };
            out.push(b'\n');
            self.copied = 0;
            self.left -= 1;
            piece = &piece[end + 1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    fn window(log: &[u8], skip: u64, count: u64, most: usize) -> String {
        let mut answers = [1, 2, 100].map(|pieces| {
            let mut window = Window::new(skip, count, most);
            let mut out = Vec::new();
            log.chunks(pieces).for_each(|piece| window.push(piece, &mut out));
            String::from_utf8(out).unwrap()
        });
        answers.as_mut_slice().sort();
        assert_eq!(answers[0], answers[2], "pieces make no difference");
        std::mem::take(&mut answers[0])
    }

    #[test]
    fn the_lines_asked_for_are_copied() {
        assert_eq!(window(b"a\nb\r\nc\nd", 1, 2, 10), "b\r\nc\n");
        assert_eq!(window(b"a\nb\nc\nd", 2, 9, 10), "c\nd");
        assert_eq!(window(b"a\nb\n", 2, 1, 10), "");
        assert_eq!(window(b"a\n\n\n", 1, 1, 10), "\n");
    }

    #[test]
    fn a_long_line_is_cut_and_ends() {
        assert_eq!(window(b"abcdef\nghijkl\nx", 0, 3, 3), "abc\nghi\nx");
    }
}
