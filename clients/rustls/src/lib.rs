//! rustls, with two providers in one program: how clients of `https` meet the certificates of standin.
