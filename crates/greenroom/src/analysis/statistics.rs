//! The statistics the verdicts rest on: exact tests and intervals on counts, and the re-run calculator. What
//! they are applied to is left to the callers.

/// Two-sided 95 % of the normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// `ln(n!)`, exact for small numbers and by Stirling's series beyond.
fn ln_factorial(n: u64) -> f64 {
    if n < 256 {
        return (2..=n).map(|factor| (factor as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
}

/// Probability of a two by two table with fixed margins.
fn hypergeometric(a: u64, b: u64, c: u64, d: u64) -> f64 {
    let margins = [a + b, c + d, a + c, b + d].map(ln_factorial).iter().sum::<f64>();
    let cells = [a, b, c, d, a + b + c + d].map(ln_factorial).iter().sum::<f64>();
    (margins - cells).exp()
}

/// Fisher's exact test, one-sided: how likely at least as many failures in the sample as `sample_failed` are if
/// sample and base fail alike. Negative counts count as none.
pub fn fisher_more_failures(sample_passed: i64, sample_failed: i64, base_passed: i64, base_failed: i64) -> f64 {
    let [mut a, mut b, mut c, mut d] =
        [sample_failed, sample_passed, base_failed, base_passed].map(|count| u64::try_from(count).unwrap_or(0));
    let mut sum = 0.0;
    loop {
        sum += hypergeometric(a, b, c, d);
        if b == 0 || c == 0 {
            return f64::min(sum, 1.0);
        }
        (a, b, c, d) = (a + 1, b - 1, c - 1, d + 1);
    }
}

/// Lower bound of Wilson's 95 % interval for a rate observed among `count` (which may be a sum of weights).
pub fn wilson_lower_bound(rate: f64, count: f64) -> f64 {
    if count <= 0.0 {
        return 0.0;
    }
    let rate = rate.clamp(0.0, 1.0);
    let z2 = Z_95 * Z_95;
    let centre = rate + z2 / (2.0 * count);
    let spread = Z_95 * (rate * (1.0 - rate) / count + z2 / (4.0 * count * count)).sqrt();
    ((centre - spread) / (1.0 + z2 / count)).clamp(0.0, 1.0)
}

/// The nearest-rank percentile of sorted values.
pub fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?).copied()
}

/// Passes in a row after which it is 95 % sure that a flake of this rate is gone; 0 for a rate of 0.
pub fn passes_to_be_sure(rate: f64) -> i64 {
    if rate <= 0.0 {
        return 0;
    }
    if rate >= 1.0 {
        return 1;
    }
    (0.05_f64.ln() / (1.0 - rate).ln()).ceil() as i64
}

/// The middle value; of an even number the lower of the two. `None` for none.
pub fn median(values: &[i64]) -> Option<i64> {
    quantile(values, 0.5)
}

/// The value below which this share of the values lies, itself one of them. `None` for none.
pub fn quantile(values: &[i64], share: f64) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as f64 * share.clamp(0.0, 1.0)).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-4
    }

    #[test]
    fn the_calculator_gives_the_published_figures() {
        for (rate, passes) in [(0.30, 9), (0.10, 29), (0.05, 59), (0.02, 149), (0.0, 0), (1.0, 1)] {
            assert_eq!(passes_to_be_sure(rate), passes, "{rate}");
        }
    }

    #[test]
    fn fisher_gives_textbook_figures() {
        // The lady tasting tea: three of four guessed right, then all of them.
        assert!(near(fisher_more_failures(1, 3, 3, 1), 17.0 / 70.0));
        assert!(near(fisher_more_failures(0, 4, 4, 0), 1.0 / 70.0));
        assert!(near(fisher_more_failures(10, 0, 10, 0), 1.0));
        assert!(near(fisher_more_failures(0, 0, 0, 0), 1.0));
        assert!(fisher_more_failures(-3, 1, 5, 0) <= 1.0);
    }

    #[test]
    fn factorials_are_continuous_where_the_method_changes() {
        let below = ln_factorial(255);
        assert!(near(ln_factorial(256) - below, 256_f64.ln()));
    }

    #[test]
    fn wilson_gives_textbook_figures() {
        assert!(near(wilson_lower_bound(0.5, 10.0), 0.236_59));
        assert!(near(wilson_lower_bound(0.0, 10.0), 0.0));
        assert!(near(wilson_lower_bound(1.0, 10.0), 0.722_47));
        assert_eq!(wilson_lower_bound(0.5, 0.0), 0.0);
    }

    #[test]
    fn quantiles_are_values_of_the_list() {
        assert_eq!(median(&[5, 1, 3]), Some(3));
        assert_eq!(median(&[4, 1, 3, 2]), Some(2));
        assert_eq!(median(&[]), None);
        assert_eq!(quantile(&(1..=100).collect::<Vec<_>>(), 0.95), Some(95));
        assert_eq!(quantile(&[7], 0.0), Some(7));
    }
}
