//! Text in the pieces that rules look at.

/// The sentences of a text, and the lines of a list.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '。', '!', '?', '！', '？'])
        .flat_map(|line| line.split_inclusive(". "))
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
}

/// Whether the text says the phrase; a phrase of Latin letters as whole words.
pub(super) fn says(text: &str, phrase: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(char::is_alphabetic);
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    text.match_indices(phrase).any(|(at, _)| {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let after = after.strip_prefix(phrase).unwrap_or_default();
        (!latin(phrase.chars().next()) || edge(before.chars().next_back()))
            && (!latin(phrase.chars().next_back()) || edge(after.chars().next()))
    })
}

/// The text with one blank for each stretch of white space.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_people_end_it() {
        let text = "2025. 9. 5.에 확인했습니다. 다음\n- 가 나\n\n끝! 그리고?";
        assert_eq!(
            sentences(text).collect::<Vec<_>>(),
            ["2025.", "9.", "5.에 확인했습니다.", "다음", "- 가 나", "끝", "그리고"]
        );
    }

    #[test]
    fn latin_words_are_whole() {
        assert!(says("a sale now", "sale") && says("(sale)", "sale"));
        assert!(!says("wholesale", "sale") && !says("sales", "sale"));
        assert!(says("유심할인을", "할인"));
    }
}
