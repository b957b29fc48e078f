//! lettre: the server speaks first, and TLS is there from the beginning, from the middle, or not at all.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use lettre::transport::smtp::Error;
use lettre::{Message, SmtpTransport, Transport};
use standin::ByteScript;
use standin::prelude::*;

fn send(by: &SmtpTransport) -> Result<(), Error> {
    let mail = Message::builder()
        .from("Ada <ada@standin.test>".parse().expect("an address"))
        .to("Bob <bob@standin.test>".parse().expect("an address"))
        .subject("hello")
        .body("How are you?".to_owned())
        .expect("a mail");
    by.send(&mail).map(drop)
}

fn greeted(script: ByteScript) -> ByteScript {
    script
        .expect_line(re("^EHLO "))
        .send("250-smtp.standin.test\r\n250 STARTTLS\r\n")
}

fn takes_the_mail(script: ByteScript) -> ByteScript {
    script
        .expect_line(re("^MAIL FROM:<ada@standin.test>"))
        .send("250 ok\r\n")
        .expect_line("RCPT TO:<bob@standin.test>")
        .send("250 ok\r\n")
        .expect_line("DATA")
        .send("354 go on\r\n")
        .expect_until("\r\n.\r\n", re("Subject: hello(.|\r|\n)*How are you\\?"))
        .send("250 taken\r\n")
        .expect_line("QUIT")
        .send("221 bye\r\n")
}

#[test]
fn plain_by_name_and_by_address() {
    let _net = standin::activate();
    for host in ["smtp.standin.test", "93.184.216.34"] {
        mock::tcp(&format!("{host}:25"))
            .serve(takes_the_mail(greeted(script().send("220 ready\r\n"))));
        send(&SmtpTransport::builder_dangerous(host).port(25).build()).expect("sent");
    }
}

#[test]
fn within_tls() {
    let _net = standin::activate();
    for host in ["smtp.standin.test", "93.184.216.34"] {
        mock::tcp(&format!("{host}:465"))
            .tls()
            .serve(takes_the_mail(greeted(script().send("220 ready\r\n"))));
        send(&SmtpTransport::relay(host).expect("TLS").build()).expect("sent");
    }
}

#[test]
fn tls_in_the_middle() {
    let _net = standin::activate();
    for host in ["smtp.standin.test", "93.184.216.34"] {
        let before = greeted(script().send("220 ready\r\n"));
        let within = before
            .expect_line("STARTTLS")
            .send("220 go\r\n")
            .start_tls();
        mock::tcp(&format!("{host}:587")).serve(takes_the_mail(greeted(within)));
        let relay = SmtpTransport::starttls_relay(host);
        send(&relay.expect("TLS").build()).expect("sent");
    }
}

#[test]
fn a_mail_to_somebody_else_is_told() {
    let net = standin::activate();
    mock::tcp("smtp.standin.test:25").serve(
        greeted(script().send("220 ready\r\n")).expect_line(re("^MAIL FROM:<bob@")),
    );
    let by = SmtpTransport::builder_dangerous("smtp.standin.test").port(25).build();
    send(&by).expect_err("reset");
    let report = net.report().to_string();
    assert!(
        report.contains("heard something else")
            && report.contains(r#"a line that is re("^MAIL FROM:<bob@")"#)
            && report.contains("MAIL FROM:<ada@standin.test>"),
        "{report}"
    );
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(net))).is_err());
}

#[test]
fn a_server_that_is_not_mocked_is_refused_and_told() {
    for host in ["other.standin.test", "93.184.216.35"] {
        let net = standin::activate();
        send(&SmtpTransport::builder_dangerous(host).port(25).build()).expect_err("refused");
        let report = net.report().to_string();
        assert!(report.contains(host), "{report}");
        net.take_unmatched();
    }
}
