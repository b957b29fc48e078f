//! A mistake in a declaration panics at the line of the test that made it, with the mend in its text.
//!
//! A binary of its own, because it replaces the panic hook.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use standin_core::prelude::*;
use standin_core::{Declaration, Engine, OwnedEngine};

thread_local! {
    static PANICKED: RefCell<Option<(String, u32, String)>> = const { RefCell::new(None) };
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

fn text_of(payload: &dyn Any) -> String {
    match (
        payload.downcast_ref::<String>(),
        payload.downcast_ref::<&str>(),
    ) {
        (Some(text), _) => text.clone(),
        (_, Some(text)) => (*text).to_owned(),
        _ => "no text".to_owned(),
    }
}

/// File, line and message of the panic that `work` ends with.
fn panicked(work: impl FnOnce()) -> (String, u32, String) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !WATCHED.get() {
                return others(info);
            }
            let place = info.location().expect("a place");
            let said = text_of(info.payload());
            PANICKED.set(Some((place.file().to_owned(), place.line(), said)));
        }));
    });
    WATCHED.set(true);
    let ended = panic::catch_unwind(AssertUnwindSafe(work));
    WATCHED.set(false);
    assert!(ended.is_err(), "it did not panic");
    PANICKED.take().expect("the hook was called")
}

/// Each mistake stands on one line with its panic; the text has to name that line and the mend.
macro_rules! mistake {
    ($name:ident: $engine:ident => $work:expr, $($mend:literal),+) => {
        #[test]
        fn $name() {
            let $engine: OwnedEngine = Engine::new();
            let here = line!();
            let (file, line, said) = panicked(|| { let _ = $work; });
            assert!(file.ends_with("panic_location.rs"), "{file}:{line}: {said}");
            assert_eq!(line, here, "{said}");
            $(assert!(said.contains($mend), "{said}");)+
            assert!(!said.contains("src/"), "no line of standin's own or of std: {said}");
        }
    };
}

mistake!(a_scheme_that_is_none: net => net.get("ftp://x.io/").reply(200), "`ftp` is none of http, https", "leave it out");
mistake!(a_port_that_is_none: net => net.get("x.io:99999/").reply(200), "1 to 65535");
mistake!(a_brace_that_is_not_closed: net => net.get("/users/{id").reply(200), "write `{name}`");
mistake!(white_space_around_a_url: net => net.get(" https://x.io").reply(200), r#"the URL " https://x.io" is not valid"#, "remove it");
mistake!(white_space_around_a_path: net => net.get("x.io").path("/a ").reply(200), r#"the path "/a " is not valid"#);
mistake!(a_user_in_a_url: net => net.get("https://me:secret@x.io/").reply(200), r#""https://me:***@x.io/""#, ".basic(user, password)");
mistake!(a_user_in_a_url_that_is_mistyped: net => net.get("https//me:secret@x.io/").reply(200), r#""***@x.io/""#, "lacks its colon");
mistake!(an_empty_url: net => net.get("").reply(200), r#"the URL "" is not valid"#, "write a host");
mistake!(a_regex_that_is_none: net => net.get(re("[")).reply(200), "`[` is not valid");
mistake!(a_regex_of_a_header: net => net.get("/").header("a", re("(")).reply(200), "`(` is not valid");
mistake!(a_regex_within_not_over_the_path: net => net.get("*").path(not(re("("))).reply(200), "`(` is not valid");
mistake!(a_regex_within_not: net => net.get("/").query("a", not(re("("))).reply(200), "`(` is not valid");
mistake!(a_header_name_with_a_blank: net => net.get("/").header("a b", "1").reply(200), "`a b` cannot be the name of a header");
mistake!(a_header_name_in_an_exact_set: net => net.get("/").headers_exact([("a b", "1")]).reply(200), "`a b` cannot be");
mistake!(a_header_of_a_reply: net => net.get("/").reply(reply(200).header("a b", "1")), "`a b` cannot be the name of a header");
mistake!(a_header_value_of_a_reply: net => net.get("/").reply(reply(200).header("a", "1\n2")), "a character that cannot stand");
mistake!(times_below_a_sequence: net => net.get("/").times(2).reply([1, 2, 3].map(|n| 200 + n)), "leave `times` out");
mistake!(an_empty_sequence: net => net.get("/").reply(Vec::<u16>::new()), "give it a reply");
mistake!(a_status_that_is_none: net => net.get("/").reply(99), "between 100 and 999");
mistake!(a_status_in_a_sequence: net => net.get("/").reply([200, 99]), "between 100 and 999");
mistake!(a_status_in_mixed_replies: net => net.get("/").reply(replies![200, (99, "no")]), "between 100 and 999");
mistake!(a_status_of_a_built_reply: net => net.get("/").reply(reply(1000).body("x")), "between 100 and 999");
mistake!(cycle_without_an_end: net => net.get("/").cycle().reply([200, 201]), "add `times(n)` or `persist()`");
mistake!(cycle_of_one_reply: net => net.get("/").times(2).cycle().reply(200), "give it an array");
mistake!(a_chance_beyond_one: net => net.get("/").reply(Fault::Reset.chance(2.0).or(200)), "between 0 and 1");
mistake!(a_method_that_is_none: net => net.method("G T", "/").reply(200), "`G T` cannot be a method");
mistake!(several_methods_with_one_that_is_none: net => net.any("/").methods(["GET", "P T"]).reply(200), "`P T` cannot be a method");
mistake!(a_method_added_that_is_none: net => net.get("/").method("P T").reply(200), "`P T` cannot be a method");
mistake!(never_and_always: net => net.get("/").never().persist().reply(200), "keep one of them");
mistake!(a_reply_that_always_declines: net => net.get("/").reply(None::<u16>), "never answer");
mistake!(a_none_in_a_sequence: net => net.get("/").reply([Some(200), None]), "already counted", "write a reply");
mistake!(a_none_behind_a_chance: net => net.get("/").reply(Fault::Reset.chance(0.5).or(None::<u16>)), "already counted");
mistake!(a_filter_of_calls_that_cannot_work: net => net.calls().filter(standin_core::matchers::path(not(re("(")))), "cannot work", "`(` is not valid");
mistake!(a_matcher_that_cannot_work: _net => standin_core::matchers::header("a", re("(")).negate().matches(&Request::get("/")), "cannot work", "`(` is not valid");
mistake!(a_wait_for_more_than_can_come: net => net.get("/").optional().times(0).reply(200).wait_for(1).blocking(), "in all");
mistake!(a_wait_for_more_than_its_uses: net => net.get("/").optional().times(0..=2).reply(200).wait_for(3).within(secs(60)).blocking(), "in all");
mistake!(a_path_that_is_none: net => net.get("x.io").path("/a/{").reply(200), "write `{name}`");
mistake!(a_document_as_text: net => net.post("/").json("{}").reply(200), "write `json!(..)`");
mistake!(a_document_as_text_that_is_included: net => net.post("/").json_includes("[1]").reply(200), "write `json!(..)`");
mistake!(a_star_in_a_path: net => net.get("/a/*").reply(200), "write `{name}`", "`{*rest}`", "glob(");
mistake!(a_variable_in_a_query: net => net.get("/?q={a}").reply(200), ".query(\"q\", any())");
mistake!(a_number_below_none: net => net.get("/").times(-1).reply(200), "write `never()`");
mistake!(an_assertion_of_less_than_none: net => net.get("/").optional().reply(200).assert_called(-1), "below 0");
mistake!(an_empty_range_of_times: net => net.get("/").times(5..5).reply(200), "write `5`");
mistake!(persist_with_an_upper_bound: net => net.get("/").times(1..=3).persist().reply(200), "write `times(1..)`");
mistake!(a_second_method: net => net.post("/").method("GET").reply(200), "`mock::any(url).methods([..])`");
mistake!(a_path_without_the_variable: net => net.get("/a/{b}").path_param("id", 7).reply(200), "it has `{b}`");
mistake!(a_mistake_that_passes_through: net => net.get("ftp://x.io/").pass_through(), "leave it out");
mistake!(a_mistake_with_a_closure: net => net.get("ftp://x.io/").reply_with(|_| 200), "leave it out");
mistake!(a_mistake_with_an_async_closure: net => net.get("ftp://x.io/").reply_async(async |_| 200), "leave it out");
mistake!(a_mistake_in_a_base: net => net.base("ftp://x.io/").get("/a").reply(200), "leave it out");
mistake!(a_mistake_below_a_base: net => net.base("x.io").get("/{").reply(200), "write `{name}`");
mistake!(a_pattern_as_a_base: net => net.base(re("x")).get("/a").reply(200), "write the URL out");
mistake!(a_declaration_that_cannot_work: net => net.add(Declaration::get("/").reply(99)), "between 100 and 999");
mistake!(a_replacement_that_cannot_work: net => net.get("/").optional().reply(200).replace(Declaration::get("/").reply(99)), "between 100 and 999");
mistake!(a_network_filter_that_is_none: net => net.enable_network("x.io/path"), "not for paths");
mistake!(a_network_filter_that_is_no_url: net => net.enable_network("x.io:port"), "`port` is no port");
mistake!(a_block_with_too_many_bits: net => net.enable_network("10.0.0.0/33"), "33 bits are too many");
mistake!(an_assertion_about_calls: net => net.get("/").optional().reply(200).assert_called(1), "expected 1 call");
mistake!(a_last_call_of_none: net => net.get("/").optional().reply(200).last_call(), "never called");
mistake!(an_order_that_was_not: net => { let mock = net.get("/").optional().reply(200); standin_core::assert_order([&mock]) }, "never called");
mistake!(a_wait_in_vain: net => net.get("/").optional().reply(200).wait_for(1).within(millis(1)).blocking(), "waited 1ms for 1 call");
mistake!(a_request_that_is_none: net => net.serve_blocking(Request::get("http://")), "is not a URI");

#[test]
fn no_active_engine() {
    let here = line!() + 1;
    let (file, line, said) = panicked(|| drop(mock::get("/").reply(200)));
    assert!(
        file.ends_with("panic_location.rs") && line == here,
        "{file}:{line}"
    );
    assert!(
        said.contains("let _net = standin::activate();") && said.contains("engine.attach(..)"),
        "{said}"
    );
}

#[test]
fn a_mistake_is_told_with_the_line_where_it_stands_when_the_terminal_is_elsewhere() {
    let engine = Engine::new();
    let here = line!() + 1;
    let pattern = re("[");
    let mock = engine.get("/").header("a", pattern);
    let terminal = line!() + 1;
    let (_, line, said) = panicked(|| drop(mock.reply(200)));
    assert_eq!(line, terminal);
    assert!(
        said.contains(&format!("panic_location.rs:{here}:")),
        "{said}"
    );
}

#[track_caller]
fn wrong(engine: &Engine) {
    engine.get("ftp://x.io/").reply(200);
}

#[test]
fn a_set_up_function_passes_the_line_of_its_caller_on() {
    let engine = Engine::new();
    let here = line!() + 1;
    let (_, line, said) = panicked(|| wrong(&engine));
    assert_eq!(line, here, "{said}");
}
