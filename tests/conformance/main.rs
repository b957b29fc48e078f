//! One suite for every adapter: what a mock declares is what the client meets, whichever way it asks.
//!
//! An adapter is done when it passes all of it. What one cannot show stands in its [`Client::SHOWS`], with the reason.

#![allow(
    unreachable_pub,
    reason = "the modules of one test crate: whatever is `pub` is for its neighbours"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "base_url.rs, blocking.rs, by_name.rs, chain.rs and plain.rs are the source for every version of reqwest"
)]

mod client;
mod clients;
mod exchanges;
mod faults;
mod grpc;
mod matching;
mod motion;
mod replies;
mod streams;
mod table;
mod time;
mod websocket;

/// Every case, once for `$client`. Time is paused: what takes real time is a defect.
macro_rules! mounted {
    ($client:ty; $($group:ident { $($case:ident),* $(,)? })*) => {
        $($(
            #[tokio::test(start_paused = true)]
            async fn $case() {
                crate::$group::$case::<$client>().await;
            }
        )*)*
    };
}

macro_rules! conformance {
    ($($(#[$doc:meta])* $name:ident: $client:ty;)*) => {$(
        $(#[$doc])*
        mod $name {
            mounted! {
                $client;
                replies {
                    status_headers_and_body,
                    repeated_headers_stay_repeated,
                    json_has_its_content_type,
                    reason_and_version,
                    chunks_are_frames_of_their_own,
                    trailers_follow_the_body,
                    head_has_no_body_and_keeps_its_length,
                    no_content_has_no_body,
                    a_closure_replies,
                    an_async_closure_replies,
                }
                matching {
                    method_query_and_path_parameters,
                    the_body_of_a_request_is_matched,
                    the_body_of_a_request_is_in_the_journal,
                    eight_mebibytes_are_streamed,
                    a_body_beyond_the_bound_is_refused_where_a_mock_looks_at_it,
                    a_reply_may_come_before_the_upload_ends,
                    an_upload_goes_on_beside_its_reply,
                    a_sequence_is_answered_in_order,
                    a_spent_mock_is_named,
                    unmatched_is_a_typed_error_with_the_nearest_mock,
                }
                faults {
                    a_fault_is_an_io_error_of_its_kind,
                    a_hang_never_answers,
                    a_closure_that_panics_fails_the_test,
                    an_async_closure_that_panics_fails_the_test,
                    a_closure_that_returns_an_error_fails_the_test,
                    an_upload_that_breaks_off_is_told,
                    after_the_end_there_is_no_answer,
                    without_an_engine_there_is_no_answer,
                }
                time {
                    a_delay_takes_no_time_and_fires_no_timeout,
                    a_delay_is_waited_for,
                    a_gate_holds_the_reply,
                    requests_run_side_by_side,
                    of_a_hundred_delays_each_takes_its_time,
                }
                motion {
                    chunks_with_gaps_take_their_time,
                    pieces_come_when_they_are_due,
                    gates_let_through_what_is_behind_them,
                    a_gate_holds_a_chunk,
                    a_body_dribbles_and_has_a_bandwidth,
                    a_feed_is_read_while_the_test_writes,
                    a_feed_that_fails_breaks_the_body,
                    a_live_body_is_made_for_each_use,
                    a_live_body_that_panics_fails_the_test,
                    a_stream_and_a_reader_are_bodies,
                    events_come_one_by_one,
                    lines_of_json_come_one_by_one,
                    a_delay_is_drawn_and_repeats,
                    a_long_delay_fires_the_timeout_of_the_client,
                    waiting_for_a_call_takes_no_time,
                }
                streams {
                    a_closure_sees_each_chunk_before_the_next_is_sent,
                    a_body_goes_back_as_it_comes,
                    a_reply_is_written_as_the_body_is_read,
                    what_a_closure_leaves_of_a_body_is_in_the_journal,
                    a_body_that_a_matcher_has_seen_is_one_chunk,
                    an_upload_that_breaks_off_in_a_closure_is_told,
                    a_streaming_closure_that_panics_fails_the_test,
                }
                grpc {
                    a_message_is_matched_and_answered,
                    messages_of_a_mock_come_one_by_one,
                    messages_of_a_client_are_matched_together,
                    both_sides_stream_at_once,
                    a_deadline_runs_out,
                    an_unmatched_call_is_told,
                }
                websocket {
                    a_script_is_played,
                    a_closure_talks,
                    a_conversation_breaks_off,
                }
                exchanges {
                    what_the_policy_lets_pass_reaches_the_network,
                    a_pass_through_mock_counts_and_forwards,
                    an_upload_is_passed_through_whole,
                    a_client_that_leaves_is_in_the_journal,
                    a_client_that_leaves_a_closure_is_in_the_journal,
                    a_body_left_in_the_middle_is_in_the_journal,
                    a_body_that_nobody_reads_was_answered,
                    an_adapter_outlives_the_engine_of_its_making,
                }
            }
        }
    )*};
}

conformance! {
    tower_service: crate::clients::Service;
    tower_layer: crate::clients::Layer;
    reqwest: crate::clients::reqwest::Chain;
    reqwest_0_12: crate::clients::reqwest_0_12::Chain;
    hyper_1: crate::clients::Hyper<false>;
    hyper_2: crate::clients::Hyper<true>;
    listener: crate::clients::reqwest::BaseUrl;
    listener_0_12: crate::clients::reqwest_0_12::BaseUrl;
    layer_1: crate::clients::reqwest::Plain<false>;
    layer_2: crate::clients::reqwest::Plain<true>;
    layer_0_12_1: crate::clients::reqwest_0_12::Plain<false>;
    layer_0_12_2: crate::clients::reqwest_0_12::Plain<true>;
    blocking_1: crate::clients::reqwest::Blocking<false>;
    blocking_2: crate::clients::reqwest::Blocking<true>;
    blocking_0_12_1: crate::clients::reqwest_0_12::Blocking<false>;
    blocking_0_12_2: crate::clients::reqwest_0_12::Blocking<true>;
    ureq: crate::clients::Ureq<false>;
    intercepted: crate::clients::reqwest::Bare;
    intercepted_0_12: crate::clients::reqwest_0_12::Bare;
    intercepted_hyper_1: crate::clients::bare::Hyper<false>;
    intercepted_hyper_2: crate::clients::bare::Hyper<true>;
    intercepted_https: crate::clients::bare::Https<true>;
    intercepted_ureq: crate::clients::Ureq<true>;
}
