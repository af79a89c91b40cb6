//! Text in any encoding, as UTF-8. Bytes that are no text in it become the replacement character, visibly.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};
use std::io::{self, Read};

/// Bytes read at once, and bytes looked at for the encoding.
const CHUNK: usize = 32 << 10;

/// A reader that turns what it reads into UTF-8, without a byte order mark.
pub struct Utf8<'a> {
    inner: &'a mut dyn Read,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    filled: usize,
    ended: bool,
}

impl<'a> Utf8<'a> {
    /// Decodes `inner` by its byte order mark, or by an XML declaration, or as UTF-8.
    pub fn new(inner: &'a mut dyn Read) -> Utf8<'a> {
        // Three bytes of UTF-8 for each byte at most, and room for what the decoder still holds.
        let text = vec![0; CHUNK * 3 + 16];
        Utf8 { inner, decoder: None, raw: vec![0; CHUNK], text, given: 0, filled: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = read_some(self.inner, &mut self.raw)?;
        let bytes = &self.raw[..count];
        self.ended = count == 0;
        let decoder = self.decoder.get_or_insert_with(|| encoding_of(bytes).new_decoder());
        self.given = 0;
        let (result, read, written, _) = decoder.decode_to_utf8(bytes, &mut self.text, self.ended);
        debug_assert!(result == CoderResult::InputEmpty && read == count);
        self.filled = written;
        Ok(())
    }
}

impl Read for Utf8<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.filled {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = into.len().min(self.filled - self.given);
        into[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Reads until the buffer is full or the input has ended, so that the first look sees a whole declaration.
fn read_some(inner: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match inner.read(&mut into[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // What was read before counts; the error comes again at the next call.
            Err(_) if count > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn encoding_of(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    declared(head).unwrap_or(UTF_8)
}

/// The encoding an XML declaration names, unless the bytes before it prove that it is wrong.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.iter().take(200).position(|byte| *byte == b'>')?;
    let text = std::str::from_utf8(&declaration[..end]).ok()?;
    let rest = text[text.find("encoding")? + 8..].trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = rest[1..].split(quote).next()?;
    // A declaration that can be read byte by byte is not UTF-16, whatever it says.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> String {
        let mut text = String::new();
        Utf8::new(&mut &bytes[..]).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn latin_1_is_decoded_by_its_declaration() {
        assert_eq!(decode(b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>").chars().nth(46), Some('é'));
    }

    #[test]
    fn utf_16_is_decoded_by_its_mark_even_across_chunks() {
        let long = "aé€😀".repeat(20_000);
        let bytes: Vec<u8> = format!("\u{feff}{long}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&bytes), long);
    }

    #[test]
    fn a_declaration_of_utf_16_in_plain_bytes_is_not_believed() {
        assert_eq!(
            decode(b"<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>"),
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>"
        );
    }

    #[test]
    fn broken_bytes_are_shown() {
        assert_eq!(decode(b"\xef\xbb\xbfa\xffb"), "a\u{fffd}b");
    }
}
