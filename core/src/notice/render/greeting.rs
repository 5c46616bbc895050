//! Which names a greeting may hold.

use crate::identity::PersonName;
use crate::notice::encoding::{Charset, encode};
use crate::notice::greetable::may_greet;

/// Bytes of a name that a greeting in a long message has room for.
const GREETING_BYTES: usize = 40;

/// The name as it may stand in a greeting; `None` if it could act as more than a name, or if
/// handsets cannot show it. Nothing is lost by leaving it out: the notice reaches the same person.
pub(super) fn greeting(name: &PersonName) -> Option<&str> {
    let text = name.expose();
    let shown = encode(text, Charset::Ksx1001).is_ok_and(|bytes| bytes.len() <= GREETING_BYTES);
    (shown && may_greet(text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_only_ever_a_name() {
        let name = |text: &str| greeting(&PersonName::parse(text).unwrap()).map(str::to_owned);
        for kept in ["홍길동", "O'Brien & <b>{{x}}", "㈜한빛", "Kim, Co., Ltd."] {
            assert_eq!(name(kept).as_deref(), Some(kept));
        }
        for dropped in
            ["evil.kr 클릭", "060-1234-5678 전화", "Nguyễn", "똠양", "a@b", "홍길동.클릭"]
        {
            assert_eq!(name(dropped), None, "{dropped}");
        }
        assert_eq!(name(&"가".repeat(21)), None);
    }
}
