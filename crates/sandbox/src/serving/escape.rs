//! Text of others within HTML and XML. Knows nothing of pages.

/// Text as written in HTML text and quoted attributes. Characters that a page could not show
/// harmlessly, such as controls and bidirectional overrides, are shown as a replacement mark.
pub(crate) fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in genkan_domain::text::clean_text(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '{' => out.push_str("&#123;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        assert_eq!(
            escape_html("<a href='x'>&\"{body}\u{202e}"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&#123;body}\u{fffd}"
        );
    }
}
