//! Small pictures of large ones, out of bytes that may lie: what a picture says about its size is checked before
//! anything is decoded, and the decoder is held to limits. Only the first picture of an animation is read.
//! Who may see a picture, and how long a thumbnail is kept, is left to the callers.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `image/webp` or `image/jpeg`.
    pub media_type: &'static str,
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
    let webp = Thumbnail { bytes: lossless, media_type: "image/webp", width, height };
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
    Ok(Thumbnail { bytes: lossy, media_type: "image/jpeg", ..webp })
}
