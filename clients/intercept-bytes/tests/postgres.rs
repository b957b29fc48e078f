//! tokio-postgres, and libpq as it is loaded from the system: start-up and a simple query.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod protocols;

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use protocols::postgres;
use standin::prelude::*;
use tokio_postgres::{NoTls, SimpleQueryMessage};

async fn name_of_a_user(host: &str) -> Result<String, tokio_postgres::Error> {
    let settings = format!("host={host} user=ada dbname=shop");
    let (client, connection) = tokio_postgres::connect(&settings, NoTls).await?;
    asked(client, tokio::spawn(connection)).await
}

async fn name_within_tls(host: &str) -> Result<String, tokio_postgres::Error> {
    let settings = format!("host={host} user=ada dbname=shop sslmode=require");
    let tls = native_tls::TlsConnector::new().expect("the roots of the system");
    let tls = postgres_native_tls::MakeTlsConnector::new(tls);
    let (client, connection) = tokio_postgres::connect(&settings, tls).await?;
    asked(client, tokio::spawn(connection)).await
}

async fn asked(
    client: tokio_postgres::Client,
    connection: tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>,
) -> Result<String, tokio_postgres::Error> {
    let rows = client.simple_query("SELECT name FROM users").await?;
    drop(client);
    let _ended = connection.await;
    let name = rows.iter().find_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get("name").map(str::to_owned),
        _ => None,
    });
    Ok(name.unwrap_or_default())
}

#[tokio::test]
async fn by_name_and_by_address() {
    let _net = standin::activate();
    for host in ["db.standin.test", "93.184.216.34"] {
        mock::tcp(&format!("{host}:5432")).serve(postgres);
        assert_eq!(name_of_a_user(host).await.expect("answered"), "Ada");
    }
}

#[tokio::test]
async fn within_tls_by_name_and_by_address() {
    let _net = standin::activate();
    for host in ["db.standin.test", "93.184.216.34"] {
        mock::tcp(&format!("{host}:5432")).serve(postgres);
        assert_eq!(name_within_tls(host).await.expect("answered"), "Ada");
    }
}

#[tokio::test]
async fn a_server_that_is_not_mocked_is_refused_and_told() {
    for host in ["other.standin.test", "93.184.216.35"] {
        let net = standin::activate();
        name_of_a_user(host).await.expect_err("refused");
        let report = net.report().to_string();
        assert!(report.contains(host), "{report}");
        net.take_unmatched();
    }
}

/// libpq of the system.
struct Libpq(*mut c_void);

impl Libpq {
    fn load() -> Self {
        // SAFETY: a string of C, and loading libpq runs no more than its initialisers.
        let library = unsafe { libc::dlopen(c"libpq.so.5".as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(
            !library.is_null(),
            "libpq.so.5 is not installed (Debian: libpq5), and this test is about it: install it, or run `cargo test -- --skip libpq`"
        );
        Self(library)
    }

    fn symbol(&self, name: &CStr) -> *mut c_void {
        // SAFETY: the library stays loaded.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        assert!(!symbol.is_null(), "{name:?}");
        symbol
    }

    fn name_of_a_user(&self, host: &str, tls: &str) -> Result<String, String> {
        let settings = format!(
            "host={host} user=ada dbname=shop gssencmode=disable connect_timeout=20 sslmode={tls}"
        );
        let settings = CString::new(settings).expect("no zero byte");
        // SAFETY: these are libpq's functions with libpq's types, and what they return is copied before it is freed.
        unsafe {
            let connect: unsafe extern "C" fn(*const c_char) -> *mut c_void =
                std::mem::transmute(self.symbol(c"PQconnectdb"));
            let status: unsafe extern "C" fn(*mut c_void) -> c_int =
                std::mem::transmute(self.symbol(c"PQstatus"));
            let error: unsafe extern "C" fn(*mut c_void) -> *const c_char =
                std::mem::transmute(self.symbol(c"PQerrorMessage"));
            let exec: unsafe extern "C" fn(*mut c_void, *const c_char) -> *mut c_void =
                std::mem::transmute(self.symbol(c"PQexec"));
            let value: unsafe extern "C" fn(*mut c_void, c_int, c_int) -> *const c_char =
                std::mem::transmute(self.symbol(c"PQgetvalue"));
            let rows: unsafe extern "C" fn(*mut c_void) -> c_int =
                std::mem::transmute(self.symbol(c"PQntuples"));
            let clear: unsafe extern "C" fn(*mut c_void) =
                std::mem::transmute(self.symbol(c"PQclear"));
            let finish: unsafe extern "C" fn(*mut c_void) =
                std::mem::transmute(self.symbol(c"PQfinish"));
            let connection = connect(settings.as_ptr());
            let mut answer = Err(String::new());
            if status(connection) == 0 {
                let result = exec(connection, c"SELECT name FROM users".as_ptr());
                if rows(result) == 1 {
                    let name = CStr::from_ptr(value(result, 0, 0));
                    answer = Ok(name.to_string_lossy().into_owned());
                }
                clear(result);
            }
            if answer.is_err() {
                answer = Err(CStr::from_ptr(error(connection)).to_string_lossy().into_owned());
            }
            finish(connection);
            answer
        }
    }
}

#[test]
fn libpq_by_name_and_by_address() {
    let libpq = Libpq::load();
    let _net = standin::activate();
    for host in ["db.standin.test", "93.184.216.34"] {
        for tls in ["disable", "require"] {
            mock::tcp(&format!("{host}:5432")).serve(postgres);
            let name = libpq.name_of_a_user(host, tls);
            assert_eq!(name.as_deref(), Ok("Ada"), "{host}, {tls}");
        }
    }
}

#[test]
fn libpq_is_refused_a_server_that_is_not_mocked() {
    let libpq = Libpq::load();
    for host in ["other.standin.test", "93.184.216.35"] {
        let net = standin::activate();
        libpq.name_of_a_user(host, "prefer").expect_err("refused");
        let report = net.report().to_string();
        assert!(report.contains(host), "{report}");
        net.take_unmatched();
    }
}
