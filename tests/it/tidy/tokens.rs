//! Rust source as names, `::` and punctuation: without comments, and without what stands in quotes.

/// Reads a source. Good enough for paths; it knows strings, raw strings, characters, lifetimes and comments.
pub(super) fn tokens(source: &str) -> Vec<String> {
    let letters: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut rest = letters.as_slice();
    while let Some(first) = rest.first().copied() {
        let length = match (first, rest.get(1)) {
            ('/', Some('/')) => until(rest, 2, &['\n']),
            ('/', Some('*')) => until(rest, 2, &['*', '/']),
            ('"', _) => quoted(rest),
            ('r', Some('"' | '#')) if raw_hashes(rest).is_some() => raw(rest),
            // A character; otherwise it is a lifetime.
            ('\'', Some('\\')) => until(rest, 3, &['\'']),
            ('\'', _) if rest.get(2) == Some(&'\'') => 3,
            (':', Some(':')) => 2,
            _ if is_part(first) => rest.iter().take_while(|letter| is_part(**letter)).count(),
            _ => 1,
        };
        let (token, after) = rest.split_at(length.min(rest.len()));
        if is_part(first) && token.last() != Some(&'"') && token.last() != Some(&'#') || token == [':', ':'] {
            found.push(token.iter().collect());
        } else if token.len() == 1 && !first.is_whitespace() {
            found.push(first.to_string());
        }
        rest = after;
    }
    found
}

/// Whether a token is a name (or a number, which starts no path).
pub(super) fn is_name(token: &str) -> bool {
    token.starts_with(is_part)
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// How much there is up to and with an end, looked for from a place on.
fn until(rest: &[char], from: usize, end: &[char]) -> usize {
    let start = from.min(rest.len());
    let found = rest[start..].windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |n| start + n + end.len())
}

fn quoted(rest: &[char]) -> usize {
    let mut escaped = false;
    for (length, letter) in (1..).zip(rest).skip(1) {
        match letter {
            '"' if !escaped => return length,
            _ => escaped = *letter == '\\' && !escaped,
        }
    }
    rest.len()
}

fn raw_hashes(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|letter| **letter == '#').count();
    (rest.get(1 + hashes) == Some(&'"')).then_some(hashes)
}

fn raw(rest: &[char]) -> usize {
    let hashes = raw_hashes(rest).unwrap_or_default();
    let end: Vec<_> = ['"'].into_iter().chain(std::iter::repeat_n('#', hashes)).collect();
    until(rest, 2 + hashes, &end)
}

#[test]
fn what_is_quoted_or_commented_is_not_code() {
    let source = r##"a::b // c::d
        "e::f \" g::h" '"' i::j '\'' k /* l::m */ &'n str r#"o "p::q"# r"\" s http://t"##;
    assert_eq!(tokens(source).join(" "), "a :: b i :: j k & ' n str s http :");
}
