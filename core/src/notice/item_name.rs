//! How a leaked item is called when people are told of it.

use crate::cohort::Item;

use super::Language;

/// The item's name in the language. Only the kind of data is ever said, never its value.
pub const fn item_name(item: Item, language: Language) -> &'static str {
    let [korean, english, chinese, vietnamese, japanese] = names(item);
    match language {
        Language::Korean => korean,
        Language::English => english,
        Language::Chinese => chinese,
        Language::Vietnamese => vietnamese,
        Language::Japanese => japanese,
    }
}

#[rustfmt::skip]
const fn names(item: Item) -> [&'static str; 5] {
    match item {
        Item::Msisdn => ["휴대전화번호", "mobile number", "手机号码", "số điện thoại di động", "携帯電話番号"],
        Item::Imsi => ["가입자식별번호(IMSI)", "subscriber identity (IMSI)", "用户识别码(IMSI)", "mã nhận dạng thuê bao (IMSI)", "加入者識別番号(IMSI)"],
        Item::Imei => ["단말기식별번호(IMEI)", "device identity (IMEI)", "设备识别码(IMEI)", "mã nhận dạng thiết bị (IMEI)", "端末識別番号(IMEI)"],
        Item::Iccid => ["유심 일련번호(ICCID)", "USIM card number (ICCID)", "USIM卡号(ICCID)", "số sê-ri USIM (ICCID)", "USIMのシリアル番号(ICCID)"],
        Item::AuthKey => ["유심 인증키", "USIM authentication key", "USIM认证密钥", "khóa xác thực USIM", "USIM認証鍵"],
        Item::Name => ["성명", "name", "姓名", "họ tên", "氏名"],
        Item::BirthDate => ["생년월일", "date of birth", "出生日期", "ngày sinh", "生年月日"],
        Item::Address => ["주소", "postal address", "地址", "địa chỉ", "住所"],
        Item::Email => ["이메일 주소", "e-mail address", "电子邮箱地址", "địa chỉ email", "メールアドレス"],
        Item::RegistrationNumber => ["주민등록번호(외국인등록번호)", "resident registration number", "居民登记号(外国人登记号)", "số đăng ký cư trú (người nước ngoài)", "住民登録番号(外国人登録番号)"],
        Item::BankAccount => ["계좌·카드번호", "bank account or card number", "银行账号或卡号", "số tài khoản hoặc số thẻ", "口座番号・カード番号"],
        Item::CallRecord => ["통화·문자 이용내역", "call and message records", "通话及短信记录", "lịch sử cuộc gọi và tin nhắn", "通話・メッセージの利用履歴"],
        Item::Location => ["접속 위치정보", "place of connection", "接入位置信息", "vị trí kết nối", "接続位置情報"],
        Item::Contract => ["가입정보(요금제, 단말 모델, 가입일)", "contract data (plan, device, join date)", "签约信息(套餐、机型、入网日期)", "thông tin hợp đồng (gói cước, kiểu máy, ngày đăng ký)", "契約情報(料金プラン、機種、加入日)"],
        Item::PaymentLoss => ["소액결제 이용내역", "micropayment records", "小额支付记录", "lịch sử thanh toán nhỏ", "少額決済の利用履歴"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::encoding::{Charset, encode};

    #[test]
    fn korean_and_english_names_fit_any_handset() {
        for item in Item::ALL {
            for language in [Language::Korean, Language::English] {
                let name = item_name(item, language);
                assert!(encode(name, Charset::Ksx1001).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn no_two_items_share_a_name() {
        for language in Language::ALL {
            let mut names: Vec<_> = Item::ALL.map(|item| item_name(item, language)).to_vec();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Item::ALL.len(), "{language:?}");
        }
    }
}
