//! Where a number or a moment is in the picture, and which of them are written beside it.

use crate::domain::Moment;

/// Lengths that people count time in, in milliseconds.
const TIMES: [f64; 17] = [
    1e3, 2e3, 5e3, 10e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1_800e3, 3_600e3, 7_200e3, 10_800e3, 21_600e3,
    43_200e3, 86_400e3,
];

/// About how many numbers stand beside an axis, at the most: their room is limited.
const NUMBERS: f64 = 5.0;
const MOMENTS: f64 = 7.0;

/// Both directions.
pub(super) struct Scale {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

/// One direction: from a number to a place.
pub(super) struct Axis {
    low: f64,
    high: f64,
    /// How far apart those are that are written.
    pub(super) step: f64,
    from: i32,
    to: i32,
}

impl Axis {
    /// From the first moment to the last.
    pub(super) fn of_moments(moments: impl Iterator<Item = Moment>, from: i32, to: i32) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        let (low, high) = ends(moments.map(|moment| moment.0 as f64));
        let high = high.max(low + 1_000.0);
        let wanted = (high - low) / MOMENTS;
        let days = (wanted / 86_400e3).ceil() * 86_400e3;
        let step = TIMES.into_iter().find(|step| *step >= wanted).unwrap_or(days);
        Self { low, high, step, from, to }
    }

    /// Around all of the numbers. From zero, where that is not far below.
    pub(super) fn of_numbers(numbers: impl Iterator<Item = f64>, from: i32, to: i32) -> Self {
        let (low, high) = ends(numbers);
        let room = match high - low {
            room if room > 0.0 => room,
            _ if high == 0.0 => 1.0,
            _ => high.abs(),
        };
        let is_near_zero = low >= 0.0 && low < room * 2.0;
        let low = if is_near_zero { 0.0 } else { low - room * 0.1 };
        let high = high + room * 0.12;
        let step = nice((high - low) / NUMBERS);
        Self { low, high, step, from, to }
    }

    pub(super) fn place(&self, value: f64) -> i32 {
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "between the two ends")]
        let place = (f64::from(self.from) + part * f64::from(self.to - self.from)).round() as i32;
        place
    }

    /// Those that are written.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        let first = (self.low / self.step - 1e-9).ceil();
        let (step, high) = (self.step, self.high);
        (0..100).map(move |n| (first + f64::from(n)) * step).take_while(move |tick| *tick <= high + step * 1e-9)
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// The next length of 1, 2 or 5 times a power of ten.
fn nice(length: f64) -> f64 {
    let power = 10f64.powf(length.max(f64::MIN_POSITIVE).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|nice| *nice >= length).unwrap_or(10.0 * power)
}
