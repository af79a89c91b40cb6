//! A small canvas of palette colours with rectangles, letters and PNG output: enough to draw believable screenshots
//! quickly, also in unoptimised builds.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// A colour of the fixed palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Paint {
    /// Page background.
    Paper,
    /// Panels.
    White,
    /// Borders.
    Line,
    /// Faint text and placeholders.
    Mist,
    /// Secondary text.
    Stone,
    /// Text.
    Ink,
    /// The dark header.
    Night,
    /// Primary actions.
    Blue,
    /// A lighter primary.
    Sky,
    /// Success.
    Green,
    /// A lighter success.
    Mint,
    /// Failure.
    Red,
    /// A lighter failure.
    Rose,
    /// Warnings.
    Amber,
    /// Pictures of goods.
    Violet,
    /// Pictures of goods.
    Teal,
    /// Pictures of goods.
    Sand,
}

const PALETTE: [[u8; 3]; 17] = [
    [244, 245, 248],
    [255, 255, 255],
    [221, 225, 232],
    [176, 184, 198],
    [105, 114, 132],
    [31, 38, 54],
    [22, 27, 42],
    [46, 98, 224],
    [214, 226, 255],
    [28, 140, 84],
    [212, 241, 224],
    [214, 48, 62],
    [255, 224, 227],
    [224, 150, 32],
    [122, 88, 210],
    [30, 150, 160],
    [222, 196, 150],
];

/// A picture in the making.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// An empty page.
    pub fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, pixels: vec![Paint::Paper as u8; width * height] }
    }

    /// A filled rectangle, clipped to the canvas.
    pub fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, paint: Paint) {
        let (from, to) = (x.min(self.width), (x + width).min(self.width));
        for row in y..(y + height).min(self.height) {
            self.pixels[row * self.width + from..row * self.width + to].fill(paint as u8);
        }
    }

    /// A panel with a border of one pixel.
    pub fn panel(&mut self, x: usize, y: usize, width: usize, height: usize, paint: Paint) {
        self.fill(x, y, width, height, Paint::Line);
        self.fill(x + 1, y + 1, width.saturating_sub(2), height.saturating_sub(2), paint);
    }

    /// A filled disc.
    pub fn disc(&mut self, x: usize, y: usize, radius: usize, paint: Paint) {
        for dy in 0..=radius {
            let half = (radius * radius - dy * dy).isqrt();
            self.fill(x.saturating_sub(half), y + dy, 2 * half, 1, paint);
            self.fill(x.saturating_sub(half), y.saturating_sub(dy), 2 * half, 1, paint);
        }
    }

    /// Letters, `scale` pixels per dot; answers where they end.
    pub fn text(&mut self, x: usize, y: usize, scale: usize, text: &str, paint: Paint) -> usize {
        let mut at = x;
        for letter in text.chars() {
            for (row, bits) in glyph(letter).into_iter().enumerate() {
                for column in 0..5 {
                    if bits >> (4 - column) & 1 == 1 {
                        self.fill(at + column * scale, y + row * scale, scale, scale, paint);
                    }
                }
            }
            at += 6 * scale;
        }
        at
    }

    /// Letters that end at `right`.
    pub fn text_right(&mut self, right: usize, y: usize, scale: usize, text: &str, paint: Paint) {
        self.text(right.saturating_sub(6 * scale * text.chars().count()), y, scale, text, paint);
    }

    /// Letters in the middle of a stretch.
    pub fn text_centred(&mut self, x: usize, width: usize, y: usize, scale: usize, text: &str, paint: Paint) {
        let needed = 6 * scale * text.chars().count();
        self.text(x + width.saturating_sub(needed) / 2, y, scale, text, paint);
    }

    /// Where this picture and another differ: red on a pale copy, as comparison tools show it.
    pub fn difference(&self, other: &Canvas) -> (Canvas, usize) {
        let mut difference = Canvas::new(self.width, self.height);
        let mut count = 0;
        for ((out, a), b) in difference.pixels.iter_mut().zip(&self.pixels).zip(&other.pixels) {
            *out = match a == b {
                false => {
                    count += 1;
                    Paint::Red as u8
                }
                true if *a == Paint::Paper as u8 || *a == Paint::White as u8 => Paint::White as u8,
                true => Paint::Line as u8,
            };
        }
        (difference, count)
    }

    /// The picture at half its size: every other pixel of every other row.
    pub fn halved(&self) -> Canvas {
        let rows = self.pixels.chunks(self.width).step_by(2);
        let pixels: Vec<u8> = rows.flat_map(|row| row.iter().step_by(2).copied()).collect();
        Canvas { width: self.width.div_ceil(2), height: self.height.div_ceil(2), pixels }
    }

    /// The picture as an indexed PNG.
    pub fn png(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(13);
        header.extend_from_slice(&(self.width as u32).to_be_bytes());
        header.extend_from_slice(&(self.height as u32).to_be_bytes());
        // Depth 8, palette colours, and the only values allowed for the rest.
        header.extend_from_slice(&[8, 3, 0, 0, 0]);
        let mut rows = Vec::with_capacity((self.width + 1) * self.height);
        for row in self.pixels.chunks(self.width) {
            rows.push(0);
            rows.extend_from_slice(row);
        }
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        write_chunk(&mut out, b"IHDR", &header);
        write_chunk(&mut out, b"PLTE", &PALETTE.concat());
        write_chunk(&mut out, b"IDAT", &zlib(&rows));
        write_chunk(&mut out, b"IEND", &[]);
        out
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn write_chunk(out: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    out.extend_from_slice(&(content.len() as u32).to_be_bytes());
    let from = out.len();
    out.extend_from_slice(kind);
    out.extend_from_slice(content);
    let checksum = crc32fast::hash(&out[from..]);
    out.extend_from_slice(&checksum.to_be_bytes());
}

/// Seven rows of five dots. Small letters look like capitals; unknown ones like a box.
fn glyph(letter: char) -> [u8; 7] {
    match letter.to_ascii_uppercase() {
        'A' => [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
        'B' => [0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110],
        'C' => [0b01111, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b01111],
        'D' => [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110],
        'E' => [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
        'F' => [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000],
        'G' => [0b01111, 0b10000, 0b10000, 0b10011, 0b10001, 0b10001, 0b01111],
        'H' => [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
        'I' => [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
        'J' => [0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100],
        'K' => [0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001],
        'L' => [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
        'M' => [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001],
        'N' => [0b10001, 0b11001, 0b10101, 0b10101, 0b10011, 0b10001, 0b10001],
        'O' => [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        'P' => [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000],
        'Q' => [0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101],
        'R' => [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
        'S' => [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110],
        'T' => [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
        'U' => [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        'V' => [0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b01010, 0b00100],
        'W' => [0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001],
        'X' => [0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b01010, 0b10001],
        'Y' => [0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100],
        'Z' => [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111],
        '0' => [0b01110, 0b10011, 0b10011, 0b10101, 0b11001, 0b11001, 0b01110],
        '1' => [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
        '2' => [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
        '3' => [0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110],
        '4' => [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
        '5' => [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
        '6' => [0b01110, 0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
        '7' => [0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000],
        '8' => [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
        '9' => [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00001, 0b01110],
        '.' => [0, 0, 0, 0, 0, 0b01100, 0b01100],
        ',' => [0, 0, 0, 0, 0b00100, 0b00100, 0b01000],
        ':' => [0, 0b00100, 0, 0, 0, 0b00100, 0],
        '-' => [0, 0, 0, 0b01110, 0, 0, 0],
        '+' => [0, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0],
        '/' => [0b00001, 0b00010, 0b00010, 0b00100, 0b01000, 0b01000, 0b10000],
        '%' => [0b11001, 0b11010, 0b00010, 0b00100, 0b01000, 0b01011, 0b10011],
        '#' => [0b01010, 0b01010, 0b11111, 0b01010, 0b11111, 0b01010, 0b01010],
        '$' => [0b00100, 0b01111, 0b10100, 0b01110, 0b00101, 0b11110, 0b00100],
        '!' => [0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0, 0b00100],
        '?' => [0b01110, 0b10001, 0b00001, 0b00110, 0b00100, 0, 0b00100],
        '(' => [0b00010, 0b00100, 0b01000, 0b01000, 0b01000, 0b00100, 0b00010],
        ')' => [0b01000, 0b00100, 0b00010, 0b00010, 0b00010, 0b00100, 0b01000],
        '*' => [0, 0b10101, 0b01110, 0b11111, 0b01110, 0b10101, 0],
        '@' => [0b01110, 0b10001, 0b10111, 0b10101, 0b10111, 0b10000, 0b01110],
        ' ' => [0; 7],
        _ => [0b11111, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11111],
    }
}
