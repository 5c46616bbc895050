//! Parquet as others write it.

use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use tempfile::TempDir;

use super::super::tests::{ATTACH, NOON, Seen, attach, rejects, write};
use super::super::{AttachRow, Meter, PaymentRow, read_attach, read_cells, read_payments, settle};
use super::*;

const MICROS: &str =
    "OPTIONAL INT64 start (TIMESTAMP(MICROS,true)); OPTIONAL INT64 end (TIMESTAMP(MICROS,true));";
const TEXTS: &str = "OPTIONAL BINARY start (UTF8); OPTIONAL BINARY end (UTF8);";

/// A column as a test writes it down.
#[derive(Debug, Clone)]
enum Given {
    Texts(Vec<Option<String>>),
    Longs(Vec<Option<i64>>),
    Ints(Vec<Option<i32>>),
}

fn texts(values: &[&str]) -> Given {
    let value = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
    Given::Texts(values.iter().map(value).collect())
}

/// Writes row groups of optional columns.
fn parquet(
    dir: &TempDir,
    schema: &str,
    groups: &[Vec<Given>],
    properties: WriterProperties,
) -> PathBuf {
    let path = dir.path().join("records.parquet");
    let schema = Arc::new(parse_message_type(&format!("message records {{ {schema} }}")).unwrap());
    let file = File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    for group in groups {
        let mut out = writer.next_row_group().unwrap();
        for column in group {
            let mut to = out.next_column().unwrap().unwrap();
            put(to.untyped(), column);
            to.close().unwrap();
        }
        out.close().unwrap();
    }
    writer.close().unwrap();
    path
}

fn put(to: &mut ColumnWriter<'_>, column: &Given) {
    match (to, column) {
        (ColumnWriter::ByteArrayColumnWriter(to), Given::Texts(values)) => {
            let there: Vec<ByteArray> =
                values.iter().flatten().map(|text| ByteArray::from(text.as_str())).collect();
            to.write_batch(&there, Some(&levels(values)), None).unwrap();
        }
        (ColumnWriter::Int64ColumnWriter(to), Given::Longs(values)) => {
            let there: Vec<i64> = values.iter().flatten().copied().collect();
            to.write_batch(&there, Some(&levels(values)), None).unwrap();
        }
        (ColumnWriter::Int32ColumnWriter(to), Given::Ints(values)) => {
            let there: Vec<i32> = values.iter().flatten().copied().collect();
            to.write_batch(&there, Some(&levels(values)), None).unwrap();
        }
        (_, column) => panic!("not a column of this schema: {column:?}"),
    }
}

fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}

fn attach_schema(times: &str) -> String {
    format!(
        "OPTIONAL BINARY imsi (UTF8); OPTIONAL BINARY imei (UTF8); OPTIONAL BINARY cell (UTF8); {times}"
    )
}

/// Rows as CSV would have them, in columns.
fn columns(rows: &[[&str; 5]]) -> Vec<Given> {
    (0..5).map(|at| texts(&rows.iter().map(|row| row[at]).collect::<Vec<_>>())).collect()
}

fn by_text(dir: &TempDir, rows: &[[&str; 5]]) -> PathBuf {
    let schema = attach_schema(TEXTS);
    let groups: Vec<Vec<Given>> = rows.chunks(3).map(columns).collect();
    parquet(dir, &schema, &groups, WriterProperties::default())
}

fn by_csv(dir: &TempDir, rows: &[[&str; 5]]) -> PathBuf {
    let lines: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    write(dir, "records.csv", format!("{ATTACH}{lines}"))
}

#[test]
fn rows_and_refusals_are_those_of_the_same_csv() {
    let time = "2025-09-01T00:00:00Z";
    let rows = [
        ["450081234567890", "490154203237518", "c1", time, "2025-09-01T00:00:01Z"],
        ["450081234567891", "", "ordinary", "2025-09-03T00:00:00Z", ""],
        ["450081234567892", "", " c2", time, ""],
        ["450081234567893", "490154203237519", "c1", time, ""],
        ["45008", "", "c1", time, ""],
        ["450081234567894", "", "", time, ""],
        ["450081234567895", "", "c1", "", ""],
        ["450081234567896", "", "c1", time, "2025-08-31T00:00:00Z"],
        ["", "", "c1", "soon", ""],
    ];
    let dir = TempDir::new().unwrap();
    let (csv, packed) = (by_csv(&dir, &rows), by_text(&dir, &rows));
    let (from_csv, facts_csv) = attach(std::slice::from_ref(&csv)).unwrap();
    let (found, facts) = attach(std::slice::from_ref(&packed)).unwrap();
    assert_eq!(found, from_csv);
    assert_eq!(found.len(), 3);
    // The header is row 1 of CSV; Parquet has none.
    let shifted: Vec<String> = rejects(&csv)
        .iter()
        .map(|line| {
            let (row, rest) = line.split_once(',').unwrap();
            format!("{},{rest}", row.parse::<u64>().unwrap() - 1)
        })
        .collect();
    assert_eq!(rejects(&packed), shifted);
    assert_eq!((facts[0].rows, facts[0].bad_rows), (9, facts_csv[0].bad_rows));
    assert_eq!(facts[0].hours, facts_csv[0].hours);
    assert!(settle(&facts, 6).is_ok());
}

#[test]
fn a_time_may_be_held_in_any_unit() {
    let dir = TempDir::new().unwrap();
    let (cell, imsi) = (texts(&["c", "c"]), texts(&["450081234567890", "450081234567891"]));
    let held = [
        (MICROS.to_owned(), NOON, NOON + 1_500_000, 1_500_000),
        (MICROS.replace("MICROS", "MILLIS"), NOON / 1_000, NOON / 1_000 + 1_500, 1_500_000),
        (MICROS.replace("MICROS", "NANOS"), NOON * 1_000 + 999, NOON * 1_000 + 1_999, 1),
        (MICROS.replace("TIMESTAMP(MICROS,true)", "TIMESTAMP_MICROS"), NOON, NOON + 2, 2),
        (
            MICROS.replace("TIMESTAMP(MICROS,true)", "TIMESTAMP_MILLIS"),
            NOON / 1_000,
            NOON / 1_000 + 2,
            2_000,
        ),
    ];
    for (times, start, end, length) in held {
        let group = vec![
            imsi.clone(),
            texts(&["", ""]),
            cell.clone(),
            Given::Longs(vec![Some(start), Some(start)]),
            Given::Longs(vec![Some(end), None]),
        ];
        let path = parquet(&dir, &attach_schema(&times), &[group], WriterProperties::default());
        let (found, facts) = attach(&[path]).unwrap();
        let ends: Vec<_> = found.iter().map(|row| (row.3, row.4)).collect();
        assert_eq!(ends, [(NOON, Some(NOON + length)), (NOON, None)], "{times}");
        assert_eq!((facts[0].first, facts[0].last), (Some(Micros(NOON)), Some(Micros(NOON))));
        assert_eq!(facts[0].hours.len(), 1);
    }
}

#[test]
fn a_moment_outside_our_time_is_a_bad_row_where_it_is_wanted() {
    let dir = TempDir::new().unwrap();
    let starts = [Some(0), Some(i64::MAX), Some(i64::MIN), Some(NOON), None];
    let group = vec![
        texts(&["450081234567890"; 5]),
        texts(&[""; 5]),
        texts(&["c", "c", "ordinary", "c", "c"]),
        Given::Longs(starts.to_vec()),
        Given::Longs(vec![None; 5]),
    ];
    let path = parquet(&dir, &attach_schema(MICROS), &[group], WriterProperties::default());
    let (found, facts) = attach(std::slice::from_ref(&path)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(rejects(&path), ["1,start,time.form", "2,start,time.form", "5,start,cell.empty"]);
    assert_eq!((facts[0].first, facts[0].last), (Some(Micros(NOON)), Some(Micros(NOON))));
}

/// `rows` rows, of which those with a number in `wanted` are at a wanted cell.
fn large(rows: usize, wanted: &[usize]) -> (Vec<Given>, Vec<Seen>) {
    let imsi = |row: usize| format!("45008{row:010}");
    let begin = |row: usize| NOON + i64::try_from(row).unwrap() * 1_000_000;
    let cell = |row: usize| if wanted.contains(&row) { "wanted" } else { "ordinary" };
    let group = vec![
        Given::Texts((0..rows).map(|row| Some(imsi(row))).collect()),
        Given::Texts(vec![None; rows]),
        Given::Texts((0..rows).map(|row| Some(cell(row).to_owned())).collect()),
        Given::Longs((0..rows).map(|row| Some(begin(row))).collect()),
        Given::Longs(
            (0..rows).map(|row| (!row.is_multiple_of(3)).then(|| begin(row) + 1)).collect(),
        ),
    ];
    let seen = |row: &usize| {
        let end = (!row.is_multiple_of(3)).then(|| begin(*row) + 1);
        (imsi(*row), None, "wanted".to_owned(), begin(*row), end)
    };
    (group, wanted.iter().map(seen).collect())
}

#[test]
fn hits_are_found_wherever_they_lie() {
    let dir = TempDir::new().unwrap();
    let rows = 3 * BATCH + 17;
    let wanted = [0, 1, 2, 7, BATCH - 1, BATCH, BATCH + 9, 3 * BATCH - 1, rows - 2, rows - 1];
    let (group, expected) = large(rows, &wanted);
    let (other, none) = large(BATCH, &[]);
    assert_eq!(none, []);
    let ways = [
        WriterProperties::builder().build(),
        WriterProperties::builder().set_dictionary_enabled(false).build(),
        WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None).build(),
        WriterProperties::builder().set_compression(Compression::SNAPPY).build(),
        WriterProperties::builder()
            .set_compression(Compression::GZIP(GzipLevel::default()))
            .build(),
        WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build(),
        WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_data_page_row_count_limit(1_000)
            .build(),
    ];
    for properties in ways {
        let groups = [other.clone(), group.clone(), other.clone()];
        let path = parquet(&dir, &attach_schema(MICROS), &groups, properties);
        let (found, facts) = attach(&[path]).unwrap();
        assert_eq!(found, expected);
        assert_eq!(facts[0].rows, u64::try_from(rows + 2 * BATCH).unwrap());
        let last = NOON + i64::try_from(rows - 1).unwrap() * 1_000_000;
        assert_eq!((facts[0].first, facts[0].last), (Some(Micros(NOON)), Some(Micros(last))));
        let hours = i64::try_from(rows).unwrap() / 3_600 + 1;
        assert_eq!(facts[0].hours.len(), 1);
        assert_eq!(facts[0].hours[0].to.0 - NOON, hours * 3_600_000_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hits_are_those_of_looking_at_every_row(
        runs in proptest::collection::vec((0_u16..400, 1_usize..30), 1..60),
        wanted in proptest::collection::btree_set(0_u16..400, 0..40),
        page in 1_usize..200,
        dictionary: bool,
        second: bool,
        nulls: bool,
    ) {
        let words: Vec<u16> =
            runs.iter().flat_map(|(word, times)| std::iter::repeat_n(*word, *times)).collect();
        // A third of the words is left out if words may be.
        let there = |word: &u16| !nulls || !word.is_multiple_of(3);
        let cells = words.iter().map(|word| there(word).then(|| format!("c{word}"))).collect();
        let rows = words.len();
        let group = vec![
            Given::Texts((0..rows).map(|row| Some(format!("45008{row:010}"))).collect()),
            Given::Texts(vec![None; rows]),
            Given::Texts(cells),
            Given::Longs(vec![Some(NOON); rows]),
            Given::Longs(vec![None; rows]),
        ];
        let version = if second { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(dictionary)
            .set_writer_version(version)
            .set_write_batch_size(page)
            .set_data_page_row_count_limit(page)
            .build();
        let dir = TempDir::new().unwrap();
        let path = parquet(&dir, &attach_schema(MICROS), &[group], properties);
        let is_wanted = |cell: &[u8]| wanted.iter().any(|word| format!("c{word}").as_bytes() == cell);
        let keep = |seen: &mut Vec<String>, row: &AttachRow<'_>| {
            seen.push(row.imsi.to_owned());
            Ok(())
        };
        let watch = Meter::default();
        let (found, facts) = read_attach(&[path], &is_wanted, Vec::new, keep, &watch).unwrap();
        let is_hit = |(_, word): &(usize, &u16)| there(word) && wanted.contains(word);
        let expected: Vec<String> =
            words.iter().enumerate().filter(is_hit).map(|(row, _)| format!("45008{row:010}")).collect();
        prop_assert_eq!(found.concat(), expected);
        let absent = words.iter().filter(|word| !there(word)).count();
        prop_assert_eq!(facts[0].bad_rows, u64::try_from(absent).unwrap());
    }
}

#[test]
fn columns_that_cannot_be_read_are_named_with_what_is_expected() {
    let dir = TempDir::new().unwrap();
    let refused = |schema: &str| {
        let path = parquet(&dir, schema, &[], WriterProperties::default());
        let problem = attach(&[path]).unwrap_err();
        assert_eq!(problem.code, "header");
        assert!(problem.hint.is_some());
        problem.details.join("; ")
    };
    let time = "a TIMESTAMP adjusted to UTC is expected, or text such as 2025-09-04T15:33:20+09:00";
    assert_eq!(
        refused(&attach_schema("OPTIONAL INT64 start (TIMESTAMP(MICROS,false));")),
        format!(
            "column start is a local time, which does not say where; {time}; column end is missing"
        )
    );
    assert_eq!(
        refused(&attach_schema("OPTIONAL INT96 start; OPTIONAL INT64 end;")),
        format!(
            "column start is an INT96, which does not say whether it is UTC; {time}; column end is INT64; {time}"
        )
    );
    let numbers = attach_schema(MICROS).replace("BINARY imsi (UTF8)", "INT64 imsi");
    assert_eq!(refused(&numbers), "column imsi is INT64; text is expected");
    let list = attach_schema(MICROS).replace("OPTIONAL BINARY cell", "REPEATED BINARY cell");
    assert_eq!(refused(&list), "column cell is a list; text is expected");
}

#[test]
fn other_columns_and_another_order_do_no_harm() {
    let dir = TempDir::new().unwrap();
    let schema = "OPTIONAL BINARY region (UTF8); OPTIONAL BINARY CELL; OPTIONAL BINARY Imsi (UTF8); \
        OPTIONAL BINARY start (UTF8); OPTIONAL BINARY end (UTF8); OPTIONAL BINARY imei (UTF8);";
    let group = ["seoul", "c", "450081234567890", "2025-09-01T00:00:00Z", "", ""]
        .map(|text| texts(&[text]));
    let path = parquet(&dir, schema, &[group.to_vec()], WriterProperties::default());
    let (found, _) = attach(&[path]).unwrap();
    assert_eq!(found, [("450081234567890".to_owned(), None, "c".to_owned(), NOON, None)]);
}

#[test]
fn payments_hold_their_amounts_as_numbers_or_text() {
    let dir = TempDir::new().unwrap();
    let amounts = [
        ("INT64 amount_won", Given::Longs(vec![Some(11_000), Some(5), Some(-5)])),
        ("INT32 amount_won", Given::Ints(vec![Some(11_000), Some(5), Some(-5)])),
        ("INT32 amount_won (UINT_32)", Given::Ints(vec![Some(11_000), Some(5), Some(-5)])),
        ("BINARY amount_won (UTF8)", texts(&["11000", "5", "-5"])),
    ];
    for (held, amount) in amounts {
        let schema = format!(
            "OPTIONAL BINARY msisdn (UTF8); OPTIONAL INT64 at (TIMESTAMP(MILLIS,true)); OPTIONAL {held}; \
             OPTIONAL BINARY method (UTF8);"
        );
        let group = vec![
            texts(&["010-1234-5678", "01012345679", "01012345680"]),
            Given::Longs(vec![Some(NOON / 1_000); 3]),
            amount,
            texts(&["ars", "pass", "ars"]),
        ];
        let path = parquet(&dir, &schema, &[group], WriterProperties::default());
        let keep = |seen: &mut Vec<(String, i64, u64)>, row: &PaymentRow<'_>| {
            seen.push((row.msisdn.to_owned(), row.at.0, row.amount_won));
            Ok(())
        };
        let files = [path.clone()];
        let watch = Meter::default();
        let (found, facts) =
            read_payments(&files, &|word| word == b"ars", Vec::new, keep, &watch).unwrap();
        assert_eq!(found.concat(), [("821012345678".to_owned(), NOON, 11_000)], "{held}");
        assert_eq!((facts[0].rows, facts[0].bad_rows), (3, 1));
        assert_eq!(rejects(&path), ["3,amount_won,amount.form"]);
    }
}

#[test]
fn windows_are_not_given_as_parquet() {
    let dir = TempDir::new().unwrap();
    let path = parquet(&dir, &attach_schema(MICROS), &[], WriterProperties::default());
    let problem = read_cells(&path).map(|_| ()).unwrap_err();
    assert_eq!(problem.code, "header");
    assert_eq!(problem.hint.as_deref(), Some("this list is given as CSV"));
}

#[test]
fn a_damaged_file_is_no_panic() {
    let dir = TempDir::new().unwrap();
    let (group, _) = large(2_000, &[5, 1_500]);
    let path = parquet(&dir, &attach_schema(MICROS), &[group], WriterProperties::default());
    let good = std::fs::read(&path).unwrap();
    let check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        // Damage to a value is for the checks of rows, damage to a page is refused.
        if let Err(problem) = attach(std::slice::from_ref(&path)) {
            assert!(["parquet", "header"].contains(&problem.code), "{problem:?}");
        }
    };
    for cut in [5, 100, good.len() / 2, good.len() - 1] {
        check(&good[..cut]);
    }
    for at in (4..good.len()).step_by(211) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x55;
        check(&bytes);
    }
}
