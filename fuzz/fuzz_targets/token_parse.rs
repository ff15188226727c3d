//! Text that parses as a token is the one text of that token.
#![no_main]

use blindtally::Token;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(token) = Token::parse(text) {
        assert_eq!(token.to_string(), text);
        assert!(text.len() <= Token::MAX_CHARS);
    }
});
