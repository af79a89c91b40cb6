//! Small pictures of large ones, out of bytes that may lie: what a picture says about its size is checked before
//! anything is decoded, and the decoder is held to limits. Only the first picture of an animation is read.
//! Who may see a picture, and how long a thumbnail is kept, is left to the callers.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::Cursor;

/// Longest side that is decoded.
pub const MAX_SIDE: u32 = 8_192;
/// Most pixels that are decoded.
pub const MAX_PIXELS: u64 = 40_000_000;
/// Most bytes a decoded picture may take.
pub const MAX_DECODED_BYTES: u64 = 128 << 20;

/// A picture taller than so many times its width is cut at the bottom: what matters of a whole page is its top.
const MAX_HEIGHTS: u32 = 3;
/// A lossless thumbnail larger than this is held against a lossy one.
const FINE_BYTES: usize = 16 << 10;
/// Quality of lossy thumbnails, of 100.
const JPEG_QUALITY: u8 = 82;

/// Why there is no thumbnail of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refused {
    /// It is none of PNG, JPEG, GIF, WebP and BMP.
    #[error("it is no picture of a kind that can be made smaller")]
    UnknownFormat,
    /// It says that it is larger than the limits.
    #[error("it has {width} × {height} pixels, more than are decoded")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// It is cut short, damaged or lies about itself.
    #[error("it is damaged")]
    Damaged,
}

/// A picture made smaller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `image/webp` or `image/jpeg`.
    pub media_type: Cow<'static, str>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// A thumbnail at most `width` pixels wide, upright as its metadata asks; a smaller picture keeps its size.
/// Takes at most about twice [`MAX_DECODED_BYTES`] of memory.
pub fn thumbnail(bytes: &[u8], width: u32) -> Result<Thumbnail, Refused> {
    let (picture, orientation) = decode(bytes)?;
    let small = turned(resized(&picture, width, orientation)?, orientation);
    encode(&small)
}

fn decode(bytes: &[u8]) -> Result<(DynamicImage, Orientation), Refused> {
    let format = image::guess_format(bytes).map_err(|_| Refused::UnknownFormat)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP | ImageFormat::Bmp)
    {
        return Err(Refused::UnknownFormat);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The size is ours to check: the decoders' own answer does not say which limit it was.
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Refused::Damaged)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refused::Damaged);
    }
    let is_large = width.max(height) > MAX_SIDE
        || u64::from(width) * u64::from(height) > MAX_PIXELS
        || decoder.total_bytes() > MAX_DECODED_BYTES;
    if is_large {
        return Err(Refused::TooLarge { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| Refused::Damaged)?;
    Ok((picture, orientation))
}

/// Whether the picture lies on its side, so that its height becomes its width.
fn is_sideways(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

fn resized(picture: &DynamicImage, width: u32, orientation: Orientation) -> Result<DynamicImage, Refused> {
    let (full_width, full_height) = (picture.width(), picture.height());
    // Only what is upright has its top where the first lines are.
    let height =
        if is_sideways(orientation) { full_height } else { full_height.min(full_width.saturating_mul(MAX_HEIGHTS)) };
    let across = if is_sideways(orientation) { height } else { full_width };
    let to = |side: u32| {
        let scaled = u64::from(side) * u64::from(width.min(across)) / u64::from(across);
        u32::try_from(scaled.max(1)).unwrap_or(1)
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).crop(
        0.0,
        0.0,
        f64::from(full_width),
        f64::from(height),
    );
    let (to_width, to_height) = (to(full_width), to(height));
    if picture.color().has_alpha() {
        let pixels = resample(
            picture.to_rgba8().as_raw(),
            (full_width, full_height),
            (to_width, to_height),
            PixelType::U8x4,
            &options,
        )?;
        image::RgbaImage::from_raw(to_width, to_height, pixels).map(DynamicImage::ImageRgba8).ok_or(Refused::Damaged)
    } else {
        let pixels = resample(
            picture.to_rgb8().as_raw(),
            (full_width, full_height),
            (to_width, to_height),
            PixelType::U8x3,
            &options,
        )?;
        image::RgbImage::from_raw(to_width, to_height, pixels).map(DynamicImage::ImageRgb8).ok_or(Refused::Damaged)
    }
}

fn resample(
    pixels: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    pixel: PixelType,
    options: &ResizeOptions,
) -> Result<Vec<u8>, Refused> {
    let source = ImageRef::new(from.0, from.1, pixels, pixel).map_err(|_| Refused::Damaged)?;
    let mut target = Image::new(to.0, to.1, pixel);
    Resizer::new().resize(&source, &mut target, options).map_err(|_| Refused::Damaged)?;
    Ok(target.into_vec())
}

fn turned(mut picture: DynamicImage, orientation: Orientation) -> DynamicImage {
    picture.apply_orientation(orientation);
    picture
}

/// Lossless, which suits the flat colours of screenshots, unless that is large and nothing shines through.
fn encode(picture: &DynamicImage) -> Result<Thumbnail, Refused> {
    let (width, height) = (picture.width(), picture.height());
    let is_opaque = !picture.color().has_alpha();
    let color = if is_opaque { ExtendedColorType::Rgb8 } else { ExtendedColorType::Rgba8 };
    let mut lossless = Vec::new();
    WebPEncoder::new_lossless(&mut lossless)
        .encode(picture.as_bytes(), width, height, color)
        .map_err(|_| Refused::Damaged)?;
    let webp = Thumbnail { bytes: lossless, media_type: "image/webp".into(), width, height };
    if !is_opaque || webp.bytes.len() <= FINE_BYTES {
        return Ok(webp);
    }
    let mut lossy = Vec::new();
    JpegEncoder::new_with_quality(&mut lossy, JPEG_QUALITY)
        .encode(picture.as_bytes(), width, height, color)
        .map_err(|_| Refused::Damaged)?;
    if lossy.len() >= webp.bytes.len() {
        return Ok(webp);
    }
    Ok(Thumbnail { bytes: lossy, media_type: "image/jpeg".into(), ..webp })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Left half red, right half noise, so that it does not become small by itself.
    fn picture(width: u32, height: u32) -> DynamicImage {
        let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes();
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
            if x < width / 2 { Rgb([200, 10, 10]) } else { Rgb([noise(x, y)[3], noise(x, y)[2], noise(y, x)[3]]) }
        }))
    }

    fn decoded(thumbnail: &Thumbnail) -> DynamicImage {
        image::load_from_memory(&thumbnail.bytes).unwrap()
    }

    /// A PNG header for so many pixels with next to nothing behind it.
    fn png_saying(width: u32, height: u32) -> Vec<u8> {
        let chunk = |kind: &[u8; 4], data: &[u8]| {
            let mut body = kind.to_vec();
            body.extend_from_slice(data);
            let mut whole = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
            whole.extend_from_slice(&body);
            whole.extend_from_slice(&crc32fast::hash(&body).to_be_bytes());
            whole
        };
        let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
        header.extend_from_slice(&[8, 2, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend(chunk(b"IHDR", &header));
        bytes.extend(chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]));
        bytes.extend(chunk(b"IEND", &[]));
        bytes
    }

    #[test]
    fn every_format_becomes_a_small_picture_of_the_same_thing() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp] {
            let small = thumbnail(&encoded(&picture(900, 600), format), 320).unwrap();
            assert_eq!((small.width, small.height), (320, 213), "{format:?}");
            let shown = decoded(&small).to_rgb8();
            assert_eq!(shown.dimensions(), (320, 213), "{format:?}");
            let Rgb([red, green, _]) = *shown.get_pixel(60, 100);
            assert!(red > 180 && green < 40, "{format:?}: {red} {green}");
        }
    }

    #[test]
    fn a_small_picture_keeps_its_size_and_a_tall_one_its_top() {
        let small = thumbnail(&encoded(&picture(40, 20), ImageFormat::Png), 320).unwrap();
        assert_eq!((small.width, small.height), (40, 20));
        let tall = thumbnail(&encoded(&picture(100, 5000), ImageFormat::Png), 50).unwrap();
        assert_eq!((tall.width, tall.height), (50, 150));
        let flat = thumbnail(&encoded(&picture(8000, 1), ImageFormat::Png), 160).unwrap();
        assert_eq!((flat.width, flat.height), (160, 1));
    }

    #[test]
    fn what_shines_through_stays_so() {
        let glass = DynamicImage::ImageRgba8(RgbaImage::from_pixel(400, 400, Rgba([0, 0, 255, 0])));
        let small = thumbnail(&encoded(&glass, ImageFormat::Png), 160).unwrap();
        assert_eq!(small.media_type, "image/webp");
        assert_eq!(decoded(&small).to_rgba8().get_pixel(80, 80).0[3], 0);
    }

    #[test]
    fn flat_colours_stay_sharp_and_photographs_small() {
        let flat = DynamicImage::ImageRgb8(RgbImage::from_pixel(1280, 800, Rgb([250, 250, 250])));
        assert_eq!(thumbnail(&encoded(&flat, ImageFormat::Png), 320).unwrap().media_type, "image/webp");
        let photo = thumbnail(&encoded(&picture(1280, 800), ImageFormat::Png), 640).unwrap();
        assert_eq!(photo.media_type, "image/jpeg");
    }

    #[test]
    fn what_says_it_is_huge_is_refused_before_it_is_decoded() {
        for (width, height) in [(30_720, 30_720), (8_193, 10), (7_000, 7_000), (u32::MAX >> 1, 1)] {
            let refused = thumbnail(&png_saying(width, height), 320).unwrap_err();
            assert!(matches!(refused, Refused::TooLarge { .. } | Refused::Damaged), "{width} × {height}: {refused:?}");
        }
        assert_eq!(
            thumbnail(&png_saying(30_720, 30_720), 320),
            Err(Refused::TooLarge { width: 30_720, height: 30_720 })
        );
    }

    #[test]
    fn of_many_frames_one_is_read() {
        let one = encoded(&picture(64, 64), ImageFormat::Gif);
        // A GIF ends with its trailer; the frame lies between the header with the screen and that.
        let frame_at = 13;
        let mut many = one[..one.len() - 1].to_vec();
        let frame = one[frame_at..one.len() - 1].to_vec();
        for _ in 0..100_000 {
            many.extend_from_slice(&frame[..frame.len().min(64)]);
        }
        many.push(0x3b);
        assert_eq!(thumbnail(&many, 320).map(|small| small.width), Ok(64));
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_survived() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp] {
            let whole = encoded(&picture(24, 16), format);
            for length in (0..whole.len()).step_by(1 + whole.len() / 60) {
                let _ = thumbnail(&whole[..length], 160);
            }
            if matches!(format, ImageFormat::Png | ImageFormat::Bmp) {
                assert_eq!(thumbnail(&whole[..whole.len() / 3], 160), Err(Refused::Damaged), "{format:?}");
            }
            for at in (0..whole.len()).step_by(1 + whole.len() / 200) {
                let mut changed = whole.clone();
                changed[at] ^= 0x55;
                let _ = thumbnail(&changed, 160);
            }
        }
    }

    #[test]
    fn what_is_no_picture_is_refused_whatever_it_is_called() {
        for bytes in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<html>",
            b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1",
            b"II*\x00\x08\x00\x00\x00",
        ] {
            assert_eq!(thumbnail(bytes, 320), Err(Refused::UnknownFormat), "{bytes:?}");
        }
    }
}
