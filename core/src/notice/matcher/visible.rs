//! What a reader sees of a sheet of HTML that one of our templates made.

/// The elements whose inside nobody sees.
const UNSEEN: [&str; 2] = ["style", "title"];
/// What the templates escape.
const ESCAPED: [(&str, char); 7] = [
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&#x27;", '\''),
    ("&#x60;", '`'),
    ("&#x3D;", '='),
    ("&amp;", '&'),
];

/// The visible text of each piece. Gaps lie in visible text, so no tag goes on from one piece to
/// the next.
pub(super) fn visible(pieces: &[String]) -> Vec<String> {
    pieces.iter().map(|piece| unescaped(&seen(piece))).collect()
}

/// Without tags; a tag parts words, so a blank stays in its place.
fn seen(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag_on)) = rest.split_once('<') {
        out.push_str(before);
        out.push(' ');
        let (tag, after) = tag_on.split_once('>').unwrap_or((tag_on, ""));
        let unseen = UNSEEN.iter().find(|name| tag.split([' ', '>']).next() == Some(**name));
        rest = match unseen {
            Some(name) => after.split_once(&format!("</{name}>")).map_or("", |(_, behind)| behind),
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// One pass, so that `&amp;lt;` stays `&lt;`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('&') {
        out.push_str(before);
        let entity = rest.get(before.len()..).unwrap_or_default();
        let found = ESCAPED.iter().find_map(|(name, c)| Some((entity.strip_prefix(name)?, *c)));
        let (after, c) = found.unwrap_or_else(|| (entity.get(1..).unwrap_or_default(), '&'));
        out.push(c);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_styles_are_not_seen() {
        let html = "<!doctype html><title>t</title><style>p { x }</style><p class=\"a\">A &amp;lt; &lt;b&gt;</p>c&d";
        let text = visible(&[html.to_owned(), "x<style>".to_owned()]);
        assert_eq!(text[0].split_whitespace().collect::<Vec<_>>(), ["A", "&lt;", "<b>", "c&d"]);
        assert_eq!(text[1], "x ");
    }
}
