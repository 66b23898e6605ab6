//! Numbers over time as a picture: a line, a bound, and the samples that were bad. A PNG, drawn here and nowhere else.
//!
//! There are no words in it, so it needs no font of the system and no language: numbers and times of the day alone. What
//! it shows is said in words by whoever shows it.
//!
//! Reading order: [`Chart`] and [`Chart::png`], `scale` (where a number and a moment are), `canvas` (how a line becomes
//! pixels).

mod canvas;
mod scale;

use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::text::Alignment;

use crate::domain::Moment;
use canvas::{Canvas, Tall};
use scale::{Axis, Scale};

/// How large it is.
const WIDTH: i32 = 960;
const HEIGHT: i32 = 420;

/// Around the field: room for the numbers on the left, the times below.
const LEFT: i32 = 104;
const RIGHT: i32 = 28;
const TOP: i32 = 28;
const BOTTOM: i32 = 52;

/// Up to how many samples each has a dot of its own; of more, only the bad ones have.
const DOTTED: usize = 200;

const PAPER: Rgb888 = Rgb888::new(255, 255, 255);
const INK: Rgb888 = Rgb888::new(60, 64, 72);
const GRID: Rgb888 = Rgb888::new(226, 229, 234);
const BEYOND: Rgb888 = Rgb888::new(255, 240, 238);
const LINE: Rgb888 = Rgb888::new(29, 99, 192);
const BAD: Rgb888 = Rgb888::new(204, 36, 29);

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The samples, oldest first.
    pub samples: Vec<Sample>,
    /// What the numbers are held against.
    pub bound: Option<Bound>,
    /// What the numbers count.
    pub unit: Unit,
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Moment,
    /// Its number, where it has one.
    pub value: Option<f64>,
    /// Whether it was bad. One without a number is marked at the foot.
    pub is_bad: bool,
}

/// What numbers are held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The number.
    pub value: f64,
    /// Whether it is bad above it; otherwise below it.
    pub above: bool,
}

/// What numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; small ones are written as milliseconds.
    Seconds,
    /// Anything.
    Plain,
}

impl Chart {
    /// The picture; none where there is no number to draw. `clock` writes a moment as `14:00:05`.
    ///
    /// # Errors
    /// It cannot be written as a PNG.
    pub fn png(&self, clock: impl Fn(Moment) -> String) -> Result<Option<Vec<u8>>, png::EncodingError> {
        let Some(scale) = self.scale() else { return Ok(None) };
        let mut tall = Canvas::tall(WIDTH, HEIGHT, PAPER);
        self.bounds(&scale, &mut tall);
        grid(&scale, &mut tall);
        self.bound_line(&scale, &mut tall);
        self.line(&scale, &mut tall);
        let mut canvas = tall.shrunk();
        self.labels(&scale, &mut canvas, clock);
        canvas.png().map(Some)
    }

    fn scale(&self) -> Option<Scale> {
        let values = || self.samples.iter().filter_map(|sample| sample.value);
        values().next()?;
        let numbers = values().chain(self.bound.map(|bound| bound.value));
        let moments = self.samples.iter().map(|sample| sample.at);
        Some(Scale {
            x: Axis::of_moments(moments, LEFT, WIDTH - RIGHT),
            y: Axis::of_numbers(numbers, HEIGHT - BOTTOM, TOP),
        })
    }

    /// Where numbers are beyond the bound is tinted.
    fn bounds(&self, scale: &Scale, tall: &mut Tall) {
        let Some(bound) = self.bound else { return };
        let (at, end) = (scale.y.place(bound.value), if bound.above { TOP } else { HEIGHT - BOTTOM });
        tall.area(Point::new(LEFT, at.min(end)), Point::new(WIDTH - RIGHT, at.max(end)), BEYOND);
    }

    fn bound_line(&self, scale: &Scale, tall: &mut Tall) {
        let Some(bound) = self.bound else { return };
        let at = scale.y.place(bound.value);
        for from in (LEFT..WIDTH - RIGHT).step_by(16) {
            tall.line(Point::new(from, at), Point::new((from + 9).min(WIDTH - RIGHT), at), 2, BAD);
        }
    }

    fn line(&self, scale: &Scale, tall: &mut Tall) {
        let place = |sample: &Sample| {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
            let x = scale.x.place(sample.at.0 as f64);
            sample.value.map(|value| Point::new(x, scale.y.place(value))).ok_or(x)
        };
        // Where there is no number, the line has a gap.
        for two in self.samples.windows(2) {
            if let (Ok(from), Ok(to)) = (place(&two[0]), place(&two[1])) {
                tall.line(from, to, 2, LINE);
            }
        }
        for sample in &self.samples {
            match place(sample) {
                Ok(at) if sample.is_bad => tall.dot(at, 11, BAD),
                Ok(at) if self.samples.len() <= DOTTED => tall.dot(at, 5, LINE),
                Ok(_) => {}
                Err(x) if sample.is_bad => tall.wedge(Point::new(x, HEIGHT - BOTTOM), 7, BAD),
                Err(_) => {}
            }
        }
    }

    fn labels(&self, scale: &Scale, canvas: &mut Canvas, clock: impl Fn(Moment) -> String) {
        for number in scale.y.ticks() {
            let at = Point::new(LEFT - 10, scale.y.place(number) + 6);
            canvas.text(at, &self.number(number, scale.y.step), Alignment::Right, INK);
        }
        let has_seconds = scale.x.step < 60_000.0;
        for moment in scale.x.ticks() {
            #[expect(clippy::cast_possible_truncation, reason = "a moment that is on the axis")]
            let said = clock(Moment(moment as i64));
            let said = if has_seconds { said.as_str() } else { said.get(..5).unwrap_or(&said) };
            canvas.text(Point::new(scale.x.place(moment), HEIGHT - BOTTOM + 26), said, Alignment::Center, INK);
        }
        if let Some(bound) = self.bound {
            // Outside of what is tinted, so that no line runs through it where all is well.
            let at = scale.y.place(bound.value) + if bound.above { -7 } else { 19 };
            let said = self.number(bound.value, bound.value.abs() / 1_000.0);
            canvas.text(Point::new(WIDTH - RIGHT - 6, at), &said, Alignment::Right, BAD);
        }
    }

    /// A number with as many digits as tell it from its neighbours.
    fn number(&self, value: f64, step: f64) -> String {
        let in_ms = self.unit == Unit::Seconds && value.abs() < 1.0 && step < 0.1;
        let (value, step) = if in_ms { (value * 1_000.0, step * 1_000.0) } else { (value, step) };
        let unit = match self.unit {
            Unit::Seconds if in_ms => " ms",
            Unit::Seconds => " s",
            Unit::Plain => "",
        };
        if value.abs() >= 1e9 {
            return format!("{value:.2e}{unit}");
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
        let digits = (-step.abs().max(1e-9).log10().floor()).clamp(0.0, 9.0) as usize;
        let said = format!("{value:.digits$}");
        let said = if said.contains('.') { said.trim_end_matches('0').trim_end_matches('.') } else { &said };
        format!("{}{unit}", if said == "-0" { "0" } else { said })
    }
}

fn grid(scale: &Scale, tall: &mut Tall) {
    for number in scale.y.ticks() {
        let at = scale.y.place(number);
        tall.line(Point::new(LEFT, at), Point::new(WIDTH - RIGHT, at), 1, GRID);
    }
    for moment in scale.x.ticks() {
        let at = scale.x.place(moment);
        tall.line(Point::new(at, TOP), Point::new(at, HEIGHT - BOTTOM + 6), 1, GRID);
    }
    tall.line(Point::new(LEFT, HEIGHT - BOTTOM), Point::new(WIDTH - RIGHT, HEIGHT - BOTTOM), 1, INK);
    tall.line(Point::new(LEFT, TOP), Point::new(LEFT, HEIGHT - BOTTOM), 1, INK);
}
