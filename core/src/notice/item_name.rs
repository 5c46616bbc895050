//! How a leaked item is called when people are told of it.

use crate::cohort::Item;

use super::Language;

/// The item's name in the language. Only the kind of data is ever said, never its value.
pub const fn item_name(item: Item, language: Language) -> &'static str {
    match language {
        Language::Korean => korean(item),
        Language::English => english(item),
        Language::Chinese => chinese(item),
        Language::Vietnamese => vietnamese(item),
        Language::Japanese => japanese(item),
    }
}

const fn korean(item: Item) -> &'static str {
    match item {
        Item::Msisdn => "휴대전화번호",
        Item::Imsi => "가입자식별번호(IMSI)",
        Item::Imei => "단말기식별번호(IMEI)",
        Item::Iccid => "유심 일련번호(ICCID)",
        Item::AuthKey => "유심 인증키",
        Item::Name => "성명",
        Item::BirthDate => "생년월일",
        Item::Address => "주소",
        Item::Email => "이메일 주소",
        Item::RegistrationNumber => "주민등록번호(외국인등록번호)",
        Item::BankAccount => "계좌·카드번호",
        Item::CallRecord => "통화·문자 이용내역",
        Item::Location => "접속 위치정보",
        Item::Contract => "가입정보(요금제, 단말 모델, 가입일)",
        Item::PaymentLoss => "소액결제 이용내역",
    }
}

const fn english(item: Item) -> &'static str {
    match item {
        Item::Msisdn => "mobile number",
        Item::Imsi => "subscriber identity (IMSI)",
        Item::Imei => "device identity (IMEI)",
        Item::Iccid => "USIM card number (ICCID)",
        Item::AuthKey => "USIM authentication key",
        Item::Name => "name",
        Item::BirthDate => "date of birth",
        Item::Address => "postal address",
        Item::Email => "e-mail address",
        Item::RegistrationNumber => "resident registration number",
        Item::BankAccount => "bank account or card number",
        Item::CallRecord => "call and message records",
        Item::Location => "place of connection",
        Item::Contract => "contract data (plan, device, join date)",
        Item::PaymentLoss => "micropayment records",
    }
}

const fn chinese(item: Item) -> &'static str {
    match item {
        Item::Msisdn => "手机号码",
        Item::Imsi => "用户识别码(IMSI)",
        Item::Imei => "设备识别码(IMEI)",
        Item::Iccid => "USIM卡号(ICCID)",
        Item::AuthKey => "USIM认证密钥",
        Item::Name => "姓名",
        Item::BirthDate => "出生日期",
        Item::Address => "地址",
        Item::Email => "电子邮箱地址",
        Item::RegistrationNumber => "居民登记号(外国人登记号)",
        Item::BankAccount => "银行账号或卡号",
        Item::CallRecord => "通话及短信记录",
        Item::Location => "接入位置信息",
        Item::Contract => "签约信息(套餐、机型、入网日期)",
        Item::PaymentLoss => "小额支付记录",
    }
}

const fn vietnamese(item: Item) -> &'static str {
    match item {
        Item::Msisdn => "số điện thoại di động",
        Item::Imsi => "mã nhận dạng thuê bao (IMSI)",
        Item::Imei => "mã nhận dạng thiết bị (IMEI)",
        Item::Iccid => "số sê-ri USIM (ICCID)",
        Item::AuthKey => "khóa xác thực USIM",
        Item::Name => "họ tên",
        Item::BirthDate => "ngày sinh",
        Item::Address => "địa chỉ",
        Item::Email => "địa chỉ email",
        Item::RegistrationNumber => "số đăng ký cư trú (người nước ngoài)",
        Item::BankAccount => "số tài khoản hoặc số thẻ",
        Item::CallRecord => "lịch sử cuộc gọi và tin nhắn",
        Item::Location => "vị trí kết nối",
        Item::Contract => "thông tin hợp đồng (gói cước, kiểu máy, ngày đăng ký)",
        Item::PaymentLoss => "lịch sử thanh toán nhỏ",
    }
}

const fn japanese(item: Item) -> &'static str {
    match item {
        Item::Msisdn => "携帯電話番号",
        Item::Imsi => "加入者識別番号(IMSI)",
        Item::Imei => "端末識別番号(IMEI)",
        Item::Iccid => "USIMのシリアル番号(ICCID)",
        Item::AuthKey => "USIM認証鍵",
        Item::Name => "氏名",
        Item::BirthDate => "生年月日",
        Item::Address => "住所",
        Item::Email => "メールアドレス",
        Item::RegistrationNumber => "住民登録番号(外国人登録番号)",
        Item::BankAccount => "口座番号・カード番号",
        Item::CallRecord => "通話・メッセージの利用履歴",
        Item::Location => "接続位置情報",
        Item::Contract => "契約情報(料金プラン、機種、加入日)",
        Item::PaymentLoss => "少額決済の利用履歴",
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
