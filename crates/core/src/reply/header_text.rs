//! What may be the value of a header.

use http::HeaderValue;

/// Text that may be the value of a header: text, bytes, a number.
pub trait HeaderText {
    /// The value, or `None` when it holds what no header may hold.
    fn header_value(self) -> Option<HeaderValue>;
}

macro_rules! header_text {
    ($($kind:ty),*) => {$(
        impl HeaderText for $kind {
            fn header_value(self) -> Option<HeaderValue> {
                HeaderValue::from_bytes(self.as_ref()).ok()
            }
        }
    )*};
}
header_text!(&str, String, &String, &[u8], Vec<u8>);

macro_rules! header_number {
    ($($kind:ty),*) => {$(
        impl HeaderText for $kind {
            fn header_value(self) -> Option<HeaderValue> {
                Some(HeaderValue::from(self))
            }
        }
    )*};
}
header_number!(i16, i32, i64, u16, u32, u64, usize);

impl HeaderText for HeaderValue {
    fn header_value(self) -> Option<HeaderValue> {
        Some(self)
    }
}
