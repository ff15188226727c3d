//! What fuzz/ looks at beyond the public face. No promise is made about it.

use alloc::string::String;

use super::share::Share;
use super::text::FileText;

/// The text of a sealed file, written again; `None` for what is none.
#[must_use]
pub fn sealed_file_again(text: &str) -> Option<String> {
    FileText::parse(text.as_bytes()).ok()?.encode()
}

/// A share, written again; `None` for what is none.
#[must_use]
pub fn share_again(text: &str) -> Option<String> {
    Share::parse(text).map(|share| share.encode().as_str().into())
}
