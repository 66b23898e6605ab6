//! Pixels. Lines are drawn at twice the size and shrunk, which makes them smooth; text is drawn at its own size, which
//! keeps it sharp.

use std::convert::Infallible;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_10X20;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor as _};
use embedded_graphics::primitives::{
    Circle, Line, Primitive as _, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, Triangle,
};
use embedded_graphics::text::{Alignment, Text};
use embedded_graphics::{Drawable as _, Pixel};

/// How many times as large lines are drawn.
const TIMES: i32 = 2;

/// A picture, pixel by pixel.
pub(super) struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<[u8; 3]>,
}

/// One to be shrunk. Places and widths are those after that.
pub(super) struct Tall(Canvas);

impl Canvas {
    fn new(width: i32, height: i32, paper: Rgb888) -> Self {
        let pixels = vec![[paper.r(), paper.g(), paper.b()]; count(width) * count(height)];
        Self { width, height, pixels }
    }

    pub(super) fn tall(width: i32, height: i32, paper: Rgb888) -> Tall {
        Tall(Self::new(width * TIMES, height * TIMES, paper))
    }

    /// What the system has no font for is not there: characters are those of ASCII.
    pub(super) fn text(&mut self, at: Point, said: &str, alignment: Alignment, ink: Rgb888) {
        let style = MonoTextStyle::new(&FONT_10X20, ink);
        let Ok(_) = Text::with_alignment(said, at, style, alignment).draw(self);
    }

    pub(super) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let size = self.size();
        let mut encoder = png::Encoder::new(&mut bytes, size.width, size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(bytes)
    }

    fn index(&self, at: Point) -> Option<usize> {
        let inside = (0..self.width).contains(&at.x) && (0..self.height).contains(&at.y);
        inside.then(|| count(at.y) * count(self.width) + count(at.x))
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width.unsigned_abs(), self.height.unsigned_abs())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, ink) in pixels {
            let place = self.index(at).and_then(|index| self.pixels.get_mut(index));
            if let Some(pixel) = place {
                *pixel = [ink.r(), ink.g(), ink.b()];
            }
        }
        Ok(())
    }
}

impl Tall {
    pub(super) fn line(&mut self, from: Point, to: Point, width: u32, ink: Rgb888) {
        let style = PrimitiveStyle::with_stroke(ink, width * TIMES.unsigned_abs());
        let Ok(()) = Line::new(from * TIMES, to * TIMES).into_styled(style).draw(&mut self.0);
    }

    pub(super) fn area(&mut self, from: Point, to: Point, ink: Rgb888) {
        let area = Rectangle::with_corners(from * TIMES, to * TIMES);
        let Ok(()) = area.into_styled(PrimitiveStyle::with_fill(ink)).draw(&mut self.0);
    }

    /// A dot with a rim, so that it stands out from its line.
    pub(super) fn dot(&mut self, at: Point, wide: u32, ink: Rgb888) {
        let style = PrimitiveStyleBuilder::new().fill_color(ink).stroke_color(Rgb888::WHITE).stroke_width(2).build();
        let dot = Circle::with_center(at * TIMES, wide * TIMES.unsigned_abs());
        let Ok(()) = dot.into_styled(style).draw(&mut self.0);
    }

    /// A wedge that stands on a place.
    pub(super) fn wedge(&mut self, foot: Point, half: i32, ink: Rgb888) {
        let corner = |x, y| (foot + Point::new(x, y)) * TIMES;
        let wedge = Triangle::new(corner(-half, 0), corner(half, 0), corner(0, -half * 2));
        let Ok(()) = wedge.into_styled(PrimitiveStyle::with_fill(ink)).draw(&mut self.0);
    }

    /// At its own size: each pixel is the mean of those that were drawn for it.
    pub(super) fn shrunk(self) -> Canvas {
        let Self(large) = self;
        let (width, height) = (large.width / TIMES, large.height / TIMES);
        let mut small = Canvas::new(width, height, Rgb888::WHITE);
        let all = u32::try_from(TIMES * TIMES).unwrap_or(1);
        for (n, pixel) in small.pixels.iter_mut().enumerate() {
            let (x, y) = (n % count(width) * count(TIMES), n / count(width) * count(TIMES));
            let rows = (y..y + count(TIMES)).map(|y| y * count(large.width) + x);
            let drawn: Vec<&[u8; 3]> = rows.flat_map(|at| large.pixels.iter().skip(at).take(count(TIMES))).collect();
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sum: u32 = drawn.iter().map(|pixel| u32::from(pixel[channel])).sum();
                *value = u8::try_from(sum / all).unwrap_or(u8::MAX);
            }
        }
        small
    }
}

fn count(n: i32) -> usize {
    usize::try_from(n).unwrap_or_default()
}
