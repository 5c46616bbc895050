//! What a reader sees of a sheet of HTML.

/// Escapes that rendering writes, and what they stand for.
const ESCAPES: [(&str, char); 9] = [
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&amp;", '&'),
    ("&#x27;", '\''),
    ("&#x60;", '`'),
    ("&#x3D;", '='),
    ("&nbsp;", ' '),
    ("&middot;", '·'),
];

/// The text between the tags of a sheet that one of our templates made: the head left out, one line
/// for each line of the source that says something.
pub(super) fn plain(html: &str) -> String {
    let body = html.split_once("</head>").map_or(html, |(_, body)| body);
    let mut text = String::with_capacity(body.len());
    let mut pieces = body.split('<');
    text.push_str(&unescape(pieces.next().unwrap_or_default()));
    for piece in pieces {
        let (tag, shown) = piece.split_once('>').unwrap_or((piece, ""));
        if tag.starts_with("br") {
            text.push('\n');
        }
        text.push_str(&unescape(shown));
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find('&').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let known = ESCAPES.iter().find_map(|(name, c)| Some((*c, from.strip_prefix(name)?)));
        let (c, after) = known.unwrap_or_else(|| ('&', from.get(1..).unwrap_or_default()));
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
    fn what_is_read_is_kept() {
        let html = "<html><head><title>x</title></head>\n<body>\n<h1>A &lt;b&gt; &amp; c</h1>\n\n<p>d <strong>e</strong><br>f</p>\n</body></html>\n";
        assert_eq!(plain(html), "A <b> & c\nd e\nf\n");
        assert_eq!(plain("a & b &unknown; <p>c"), "a & b &unknown; c\n");
    }

    #[test]
    fn escapes_come_back_once() {
        assert_eq!(unescape(&handlebars::html_escape("O'B & <i>`=\"&amp;")), "O'B & <i>`=\"&amp;");
    }
}
