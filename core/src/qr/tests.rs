use super::*;

/// The dark modules of a path, row by row, margin included.
fn drawn(path: &QrPath) -> Vec<Vec<bool>> {
    let side = usize::from(path.side);
    let mut rows = vec![vec![false; side]; side];
    for run in path.d.split('M').skip(1) {
        let (start, rest) = run.split_once('h').unwrap();
        let (x, y) = start.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let (length, rest) = rest.split_once('v').unwrap();
        assert_eq!(rest, format!("1h-{length}z"));
        let end = x + length.parse::<usize>().unwrap();
        for module in &mut rows[y][x..end] {
            assert!(!*module, "a module of row {y} is drawn twice");
            *module = true;
        }
    }
    rows
}

/// The big square in three corners: seven modules, a light ring, a dark heart.
fn has_finder(rows: &[Vec<bool>], left: usize, top: usize) -> bool {
    (0..7).all(|y| {
        (0..7).all(|x| {
            let ring = x == 0 || x == 6 || y == 0 || y == 6;
            let heart = (2..5).contains(&x) && (2..5).contains(&y);
            rows[top + y][left + x] == (ring || heart)
        })
    })
}

/// ISO/IEC 18004, table 7: bytes that each version holds at error correction M.
const HOLDS: [(usize, u8); 10] = [
    (14, 1),
    (15, 2),
    (26, 2),
    (27, 3),
    (42, 3),
    (62, 4),
    (84, 5),
    (213, 10),
    (412, 15),
    (666, 20),
];

#[test]
fn sides_are_those_of_the_standard() {
    for (bytes, version) in HOLDS {
        let code = path(&"a".repeat(bytes)).unwrap();
        assert_eq!(code.side, 17 + 4 * version + 8, "{bytes} bytes");
    }
}

#[test]
fn capital_letters_and_digits_take_less_room() {
    // Table 7 again: version 1 holds 20 letters and digits, or 34 digits, at M.
    for text in ["HB-2025-09/7K2M9QX4T", "0123456789012345678901234567890123"] {
        assert_eq!(path(text).unwrap().side, 29, "{text}");
        assert_eq!(path(&format!("{text}0")).unwrap().side, 33, "{text}");
    }
}

#[test]
fn a_margin_of_four_stays_light_and_three_corners_are_marked() {
    for text in ["", "a", "https://example.com/ko/prove", &"가".repeat(200)] {
        let code = path(text).unwrap();
        let rows = drawn(&code);
        let side = usize::from(code.side);
        for (y, row) in rows.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let inside = (4..side - 4).contains(&x) && (4..side - 4).contains(&y);
                assert!(inside || !dark, "{x} {y}");
            }
        }
        for (left, top) in [(4, 4), (side - 11, 4), (4, side - 11)] {
            assert!(has_finder(&rows, left, top), "{text:?} {left} {top}");
        }
        assert!(!has_finder(&rows, side - 11, side - 11));
    }
}

#[test]
fn the_path_is_the_code() {
    let text = "https://example.com/ko/prove";
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
    let rows = drawn(&path(text).unwrap());
    for y in 0..code.size() {
        for x in 0..code.size() {
            let at = |n: i32| usize::try_from(n + 4).unwrap();
            assert_eq!(rows[at(y)][at(x)], code.get_module(x, y), "{x} {y}");
        }
    }
}

#[test]
fn what_no_camera_reads_well_is_refused() {
    assert_eq!(path(&"a".repeat(667)), Err(TooLong));
    assert_eq!(path(&"가".repeat(1_000_000)), Err(TooLong));
    assert_eq!(TooLong.code(), "qr.too_long");
}

#[test]
fn the_same_text_gives_the_same_code() {
    assert_eq!(path("HB-2025-09"), path("HB-2025-09"));
    assert_ne!(path("HB-2025-09"), path("HB-2025-08"));
}
