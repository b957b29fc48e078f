//! Libraries of C that are loaded into the process: they call `connect` and open the system's roots by themselves.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};

use standin::prelude::*;

const CURLOPT_URL: c_int = 10_002;
const CURLOPT_WRITEDATA: c_int = 10_001;
const CURLOPT_WRITEFUNCTION: c_int = 20_011;
const CURLOPT_TIMEOUT: c_int = 13;

/// A libcurl of the system.
struct Curl {
    library: *mut c_void,
}

impl Curl {
    fn load(name: &CStr) -> Option<Self> {
        // SAFETY: a string of C, and loading libcurl runs no more than its initialisers.
        let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        (!library.is_null()).then_some(Self { library })
    }

    fn symbol(&self, name: &CStr) -> *mut c_void {
        // SAFETY: the library stays loaded.
        let symbol = unsafe { libc::dlsym(self.library, name.as_ptr()) };
        assert!(!symbol.is_null(), "{name:?}");
        symbol
    }

    fn get(&self, url: &str) -> Result<String, String> {
        unsafe extern "C" fn take(
            piece: *const u8,
            size: usize,
            count: usize,
            body: *mut c_void,
        ) -> usize {
            // SAFETY: libcurl gives that many bytes and what `CURLOPT_WRITEDATA` was given.
            unsafe {
                (*body.cast::<Vec<u8>>())
                    .extend_from_slice(std::slice::from_raw_parts(piece, size * count))
            };
            size * count
        }
        let url = CString::new(url).expect("no zero byte");
        let mut body: Vec<u8> = Vec::new();
        // SAFETY: these are libcurl's functions with libcurl's types, and `body` outlives the handle.
        unsafe {
            let init: unsafe extern "C" fn() -> *mut c_void =
                std::mem::transmute(self.symbol(c"curl_easy_init"));
            let set: unsafe extern "C" fn(*mut c_void, c_int, ...) -> c_int =
                std::mem::transmute(self.symbol(c"curl_easy_setopt"));
            let perform: unsafe extern "C" fn(*mut c_void) -> c_int =
                std::mem::transmute(self.symbol(c"curl_easy_perform"));
            let error: unsafe extern "C" fn(c_int) -> *const c_char =
                std::mem::transmute(self.symbol(c"curl_easy_strerror"));
            let cleanup: unsafe extern "C" fn(*mut c_void) =
                std::mem::transmute(self.symbol(c"curl_easy_cleanup"));
            let easy = init();
            set(easy, CURLOPT_URL, url.as_ptr());
            set(easy, CURLOPT_WRITEFUNCTION, take as *const c_void);
            set(easy, CURLOPT_WRITEDATA, (&raw mut body).cast::<c_void>());
            set(easy, CURLOPT_TIMEOUT, 20 as c_long);
            let code = perform(easy);
            cleanup(easy);
            if code != 0 {
                return Err(CStr::from_ptr(error(code)).to_string_lossy().into_owned());
            }
        }
        String::from_utf8(body).map_err(|error| error.to_string())
    }
}

fn asks(library: &CStr) {
    let Some(curl) = Curl::load(library) else {
        println!("NOT RUN: {library:?} is not installed");
        return;
    };
    let _net = standin::activate();
    for url in [
        "http://api.example.test/zen",
        "http://93.184.216.34/zen",
        "https://api.example.test/zen",
        "https://93.184.216.34/zen",
    ] {
        mock::get(url).reply("Keep it logically awesome.");
        let said = curl.get(url);
        assert_eq!(said.as_deref(), Ok("Keep it logically awesome."), "{url}");
    }
}

#[test]
fn libcurl_over_openssl() {
    asks(c"libcurl.so.4");
}

#[test]
fn libcurl_over_gnutls() {
    asks(c"libcurl-gnutls.so.4");
}
