//! Lists that grow with the list of the affected, read page by page: however many there are, so many are in memory.

use crate::problem::Result;

/// Rows of a page.
pub(crate) const PAGE: i64 = 1_000;

/// Page after page, each from behind the last row of the one before, until one is empty or cannot be read. What is changed
/// meanwhile, so that it is not in the list any more, moves nothing else.
pub(crate) fn pages<T, K>(
    mut read: impl FnMut(Option<K>) -> Result<Vec<T>>,
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = Result<Vec<T>>> {
    let (mut after, mut is_over) = (None, false);
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let page = read(after.take());
        after = page.as_ref().ok().and_then(|page| page.last()).map(&key);
        is_over = after.is_none();
        match page {
            Ok(page) if page.is_empty() => None,
            page => Some(page),
        }
    })
}

/// The rows of pages, one by one.
pub(crate) fn rows<T>(
    pages: impl Iterator<Item = Result<Vec<T>>>,
) -> impl Iterator<Item = Result<T>> {
    pages.flat_map(|page| match page {
        Ok(page) => page.into_iter().map(Ok).collect(),
        Err(problem) => vec![Err(problem)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn every_row_is_in_one_page() {
        for rows in 0..9_u32 {
            let all: Vec<u32> = (0..rows).collect();
            let mut left = all.clone();
            let read = |after: Option<u32>| {
                let behind = all.iter().copied().filter(|row| after.is_none_or(|key| *row > key));
                Ok(behind.take(3).collect::<Vec<u32>>())
            };
            for page in pages(read, |row| *row) {
                let page = page.unwrap();
                assert!((1..=3).contains(&page.len()));
                assert_eq!(left.drain(..page.len()).collect::<Vec<_>>(), page);
            }
            assert!(left.is_empty(), "{left:?} of {rows}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_is_the_last() {
        let read = |after: Option<u32>| match after {
            None => Ok(vec![1]),
            Some(_) => Err(Problem::ours("damaged", "it cannot be read")),
        };
        let read: Vec<bool> = pages(read, |row| *row).map(|page| page.is_ok()).collect();
        assert_eq!(read, [true, false]);
    }
}
