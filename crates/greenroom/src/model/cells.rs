//! Outcome and duration of every test of a report, packed: what grids and comparisons read instead of one row
//! for each result. Sorted by test; each cell is two variable-length numbers (LEB128): the distance to the test
//! before, then the duration in ms plus one (0 for none) times four plus the status.

use super::testing::TestStatus;

/// One result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The test.
    pub test_id: i64,
    /// Outcome.
    pub status: TestStatus,
    /// How long it took.
    pub duration_ms: Option<i64>,
}

/// Packs cells, in any order.
pub fn pack(cells: &mut [Cell]) -> Vec<u8> {
    cells.sort_by_key(|cell| (cell.test_id, cell.status));
    let mut packed = Vec::with_capacity(cells.len() * 4);
    let mut before = 0;
    for cell in cells.iter() {
        put(&mut packed, (cell.test_id - before).max(0) as u64);
        before = cell.test_id;
        let duration = cell.duration_ms.map_or(0, |ms| ms.clamp(0, i64::from(i32::MAX)) as u64 + 1);
        put(&mut packed, duration * 4 + cell.status.number() as u64);
    }
    packed
}

/// The cells of [`pack`], by test; of one test the worst outcome first. Ends early at bytes that are none.
pub fn unpack(packed: &[u8]) -> impl Iterator<Item = Cell> + '_ {
    let mut rest = packed;
    let mut test_id = 0_i64;
    std::iter::from_fn(move || {
        test_id = test_id.checked_add(i64::try_from(take(&mut rest)?).ok()?)?;
        let rest_of_it = take(&mut rest)?;
        let duration = rest_of_it / 4;
        Some(Cell {
            test_id,
            status: TestStatus::from_number((rest_of_it % 4) as i64),
            duration_ms: duration.checked_sub(1).map(|ms| ms as i64),
        })
    })
}

fn put(packed: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, others) = rest.split_first()?;
        *rest = others;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_by_test_with_the_worst_outcome_first() {
        let cell = |test_id, status, duration_ms| Cell { test_id, status, duration_ms };
        let mut cells = vec![
            cell(900_000, TestStatus::Passed, Some(0)),
            cell(7, TestStatus::Passed, None),
            cell(7, TestStatus::Failed, Some(86_400_000)),
        ];
        let packed = pack(&mut cells);
        let back: Vec<Cell> = unpack(&packed).collect();
        assert_eq!(
            back,
            [
                cell(7, TestStatus::Failed, Some(86_400_000)),
                cell(7, TestStatus::Passed, None),
                cell(900_000, TestStatus::Passed, Some(0)),
            ]
        );
    }

    #[test]
    fn cut_bytes_end_early() {
        let packed = pack(&mut [Cell { test_id: 1 << 40, status: TestStatus::Passed, duration_ms: Some(9) }]);
        for end in 0..packed.len() {
            assert_eq!(unpack(&packed[..end]).count(), 0);
        }
    }
}
