//! The check digit of ISO/IEC 7812-1, which ends an IMEI and an ICCID.

/// The digit that has to follow `payload`, as 0 to 9. Anything but ASCII digits counts as 0.
pub(super) fn check_digit(payload: &str) -> u32 {
    let sum: u32 = payload
        .chars()
        .rev()
        .map(|c| c.to_digit(10).unwrap_or(0))
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { doubled(digit) } else { digit })
        .sum();
    (10 - sum % 10) % 10
}

/// `(found, expected)` when the last digit does not fit the others.
pub(super) fn mismatch(digits: &str) -> Option<(u32, u32)> {
    let (payload, last) = digits.split_at_checked(digits.len().checked_sub(1)?)?;
    let found = last.parse().ok()?;
    let expected = check_digit(payload);
    (found != expected).then_some((found, expected))
}

const fn doubled(digit: u32) -> u32 {
    if digit > 4 { digit * 2 - 9 } else { digit * 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_end_in_their_check_digit() {
        for good in ["490154203237518", "351800111222335", "79927398713"] {
            assert_eq!(mismatch(good), None, "{good}");
        }
        assert_eq!(mismatch("490154203237519"), Some((9, 8)));
        assert_eq!(mismatch(""), None);
    }

    #[test]
    fn every_wrong_digit_is_found() {
        let good = "490154203237518";
        for place in 0..good.len() {
            for digit in '0'..='9' {
                let changed: String = good
                    .chars()
                    .enumerate()
                    .map(|(at, c)| if at == place { digit } else { c })
                    .collect();
                assert_eq!(mismatch(&changed).is_some(), changed != good, "place {place}");
            }
        }
    }
}
