//! Words of selling, which have no place in a legal notice.

use super::sentence::{says, sentences};
use crate::notice::Language;

/// The first word of selling in the text.
pub(super) fn find(language: Language, text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let sold = selling(language).iter().find(|word| says(&lower, word));
    sold.copied().or_else(|| given_away(language, &lower))
}

/// Replacing a card or taking a call free of charge is relief; anything else that is free sells.
fn given_away(language: Language, text: &str) -> Option<&'static str> {
    let (free, relief) = free(language);
    let bare = |sentence: &str| !relief.iter().any(|word| sentence.contains(word));
    free.iter()
        .copied()
        .find(|free| sentences(text).any(|sentence| says(sentence, free) && bare(sentence)))
}

const fn selling(language: Language) -> &'static [&'static str] {
    match language {
        Language::Korean => KOREAN,
        Language::English => ENGLISH,
        Language::Chinese => CHINESE,
        Language::Vietnamese => VIETNAMESE,
        Language::Japanese => JAPANESE,
    }
}

const KOREAN: &[&str] = &[
    "할인",
    "이벤트",
    "혜택",
    "쿠폰",
    "포인트 적립",
    "포인트를 적립",
    "사은품",
    "경품",
    "특가",
    "프로모션",
    "(광고)",
    "추첨",
    "기프티콘",
    "신상품",
    "요금제 가입",
    "멤버십 등급",
];
const ENGLISH: &[&str] = &[
    "discount",
    "discounts",
    "coupon",
    "coupons",
    "voucher",
    "vouchers",
    "special offer",
    "offers",
    "an offer",
    "our offer",
    "sale",
    "sales",
    "promotion",
    "promotions",
    "bonus",
    "gift",
    "gifts",
    "prize",
    "prizes",
    "cashback",
    "loyalty points",
    "upgrade now",
    "event",
    "deal",
    "deals",
];
const CHINESE: &[&str] =
    &["优惠", "折扣", "促销", "赠品", "礼品", "积分", "抽奖", "返现", "特价", "活动"];
const VIETNAMESE: &[&str] = &[
    "khuyến mãi",
    "khuyến mại",
    "giảm giá",
    "ưu đãi",
    "quà tặng",
    "phiếu mua hàng",
    "trúng thưởng",
    "tích điểm",
    "hoàn tiền mặt",
];
const JAPANESE: &[&str] = &[
    "割引",
    "キャンペーン",
    "クーポン",
    "特典",
    "ポイント還元",
    "ポイント付与",
    "プレゼント",
    "懸賞",
    "お得",
    "セール",
];

/// Words for what costs nothing, and what may be free in a notice.
const fn free(language: Language) -> (&'static [&'static str], &'static [&'static str]) {
    match language {
        Language::Korean => (
            &["무료", "공짜"],
            &[
                "유심",
                "usim",
                "esim",
                "이심",
                "교체",
                "보호",
                "차단",
                "상담",
                "전화",
                "통화",
                "신고",
                "발급",
                "조회",
                "점검",
                "보안",
                "알림",
                "번호 변경",
            ],
        ),
        Language::English => (
            &["free"],
            &[
                "usim",
                "sim",
                "replac",
                "protect",
                "block",
                "call",
                "monitor",
                "report",
                "advice",
                "help",
                "toll",
                "feel free",
                "alert",
                "check",
            ],
        ),
        Language::Chinese => (
            &["免费"],
            &[
                "usim", "sim", "更换", "换卡", "保护", "拦截", "咨询", "电话", "举报", "补办",
                "查询",
            ],
        ),
        Language::Vietnamese => (
            &["miễn phí"],
            &["usim", "sim", "thay", "đổi", "bảo vệ", "chặn", "tư vấn", "gọi", "báo"],
        ),
        Language::Japanese => (
            &["無料", "無償"],
            &["usim", "sim", "交換", "保護", "遮断", "ブロック", "相談", "電話", "通報", "再発行"],
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Language::Korean, "지금 신청하시면 요금을 할인해 드립니다.", Some("할인"))]
    #[case(Language::Korean, "데이터 10GB를 무료로 드립니다.", Some("무료"))]
    #[case(Language::Korean, "유심(USIM)을 무료로 교체하실 수 있습니다.", None)]
    #[case(Language::Korean, "유심보호서비스에 무료로 가입해 주십시오.", None)]
    #[case(Language::English, "Get a 10 % discount.", Some("discount"))]
    #[case(Language::English, "Enjoy free data this month.", Some("free"))]
    #[case(Language::English, "Have your USIM replaced free of charge.", None)]
    #[case(
        Language::English,
        "Wholesale customers are told too, in any event-free week.",
        Some("event")
    )]
    #[case(Language::Chinese, "您可以免费更换USIM卡。", None)]
    #[case(Language::Chinese, "参加抽奖。", Some("抽奖"))]
    #[case(Language::Vietnamese, "Nhận ưu đãi ngay.", Some("ưu đãi"))]
    #[case(Language::Japanese, "USIMを無料で交換できます。", None)]
    #[case(Language::Japanese, "特典をお届けします。", Some("特典"))]
    fn selling_is_told_from_relief(
        #[case] language: Language,
        #[case] text: &str,
        #[case] found: Option<&str>,
    ) {
        assert_eq!(find(language, text), found);
    }
}
