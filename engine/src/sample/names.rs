//! Invented names and addresses.

use simrecall_core::notice::Language;

use super::dice::Dice;

/// Commoner family names stand more often.
const FAMILY: [&str; 24] = [
    "김", "김", "김", "이", "이", "박", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오",
    "서", "신", "권", "황", "안", "송", "류", "홍",
];
const GIVEN_FIRST: [&str; 24] = [
    "민", "서", "지", "예", "도", "하", "수", "은", "현", "준", "재", "유", "태", "성", "경", "영",
    "진", "소", "다", "가", "나", "라", "세", "우",
];
const GIVEN_LAST: [&str; 24] = [
    "준", "윤", "우", "진", "현", "아", "연", "은", "호", "민", "빈", "율", "린", "원", "희", "주",
    "경", "솔", "람", "온", "결", "서", "나", "별",
];
const ENGLISH_GIVEN: [&str; 10] =
    ["Alice", "Ben", "Clara", "David", "Erin", "Frank", "Grace", "Henry", "Isla", "Jack"];
const ENGLISH_FAMILY: [&str; 10] = [
    "Marlow",
    "Harker",
    "Winfield",
    "O'Dell",
    "Ashby",
    "Corwin",
    "Thorne",
    "Lindqvist",
    "Barrow",
    "Quill",
];
const CHINESE_FAMILY: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
const CHINESE_GIVEN: [&str; 8] = ["明远", "晓琳", "子涵", "雨桐", "浩然", "思远", "佳宁", "立新"];
const VIETNAMESE_FAMILY: [&str; 6] = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng"];
const VIETNAMESE_GIVEN: [&str; 8] =
    ["Văn An", "Thị Bình", "Minh Châu", "Quốc Dũng", "Thu Hà", "Đức Huy", "Ngọc Lan", "Anh Tú"];
const JAPANESE_FAMILY: [&str; 8] = ["佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本", "中村"];
const JAPANESE_GIVEN: [&str; 8] = ["陽翔", "結衣", "蓮", "美咲", "大和", "葵", "悠真", "さくら"];
const COMPANY_FIRST: [&str; 10] =
    ["새벽", "가온", "누리", "다온", "미르", "바른", "솔빛", "한결", "푸른", "해든"];
const COMPANY_LAST: [&str; 8] =
    ["물류", "전자", "건설", "식품", "여행사", "정보기술", "산업", "교육"];
const CITIES: [&str; 8] = [
    "서울특별시",
    "부산광역시",
    "대구광역시",
    "인천광역시",
    "광주광역시",
    "대전광역시",
    "경기도",
    "강원특별자치도",
];
const DISTRICTS: [&str; 8] =
    ["가온구", "나래구", "다솜구", "마루구", "새빛구", "아라구", "하늘구", "이든구"];
const STREETS: [&str; 8] =
    ["새봄로", "달빛로", "소나무길", "은행나무로", "강변로", "언덕길", "중앙로", "별빛길"];

const FIRST: u64 = 100;
const SECOND: u64 = 101;
const THIRD: u64 = 102;

/// A person's name, in the script of their language.
pub(super) fn person(dice: Dice, who: u64, language: Language) -> String {
    let word = |question, list: &[&'static str]| dice.word(who, question, list);
    match language {
        Language::Korean => {
            let family = word(FIRST, &FAMILY);
            format!("{family}{}{}", word(SECOND, &GIVEN_FIRST), word(THIRD, &GIVEN_LAST))
        }
        Language::English => {
            format!("{} {}", word(FIRST, &ENGLISH_GIVEN), word(SECOND, &ENGLISH_FAMILY))
        }
        Language::Chinese => {
            format!("{}{}", word(FIRST, &CHINESE_FAMILY), word(SECOND, &CHINESE_GIVEN))
        }
        Language::Vietnamese => {
            format!("{} {}", word(FIRST, &VIETNAMESE_FAMILY), word(SECOND, &VIETNAMESE_GIVEN))
        }
        Language::Japanese => {
            format!("{} {}", word(FIRST, &JAPANESE_FAMILY), word(SECOND, &JAPANESE_GIVEN))
        }
    }
}

/// A company's name.
pub(super) fn company(dice: Dice, who: u64) -> String {
    let (first, last) =
        (dice.word(who, FIRST, &COMPANY_FIRST), dice.word(who, SECOND, &COMPANY_LAST));
    format!("{first}{last} 주식회사")
}

/// A postcode, and an address of one or two lines.
pub(super) fn address(dice: Dice, who: u64) -> (String, String) {
    let number = |question, sides| dice.below(who, question, sides) + 1;
    let postcode = format!("{:05}", number(110, 63_000) + 1_000);
    let street = format!(
        "{} {} {} {}",
        dice.word(who, 111, &CITIES),
        dice.word(who, 112, &DISTRICTS),
        dice.word(who, 113, &STREETS),
        number(114, 300)
    );
    let flat = format!("{}동 {}호", 100 + number(115, 30), 100 * number(116, 25) + number(117, 6));
    match dice.below(who, 118, 4) {
        0 => (postcode, street),
        1 => (postcode, format!("{street}\n{flat}")),
        _ => (postcode, format!("{street}, {flat}")),
    }
}
