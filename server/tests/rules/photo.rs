//! Name and photo of an agent: changed by themselves, seen by everybody, and never more than a picture.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::refusal::Refusal;
use domain::settings::profile::PHOTO_MAX_BYTES;
use domain::worlds::{ANA, BEN};
use serde_json::json;
use server::sql;

use crate::http::{Browser, LOCAL};
use crate::office::{Office, PASSWORD, in_office, refusal};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nportrait";

async fn signed_in(here: &Office, email: &str) -> Browser {
    let mut browser = Browser::at(here, LOCAL);
    browser.sign_in(email, PASSWORD).await;
    browser
}

impl Browser {
    async fn sends_photo(&self, bytes: &[u8]) -> crate::http::Answer {
        let headers = [("origin", self.origin.as_str()), ("content-type", "image/svg+xml")];
        self.send(Method::PUT, "/settings/profile/photo", &headers, Body::from(bytes.to_vec())).await
    }
}

#[tokio::test]
async fn a_photo_is_served_to_all_as_a_picture_and_taken_away_again() {
    in_office(async |here| {
        let ana = signed_in(&here, "ana@example.org").await;
        assert_eq!(ana.sends_photo(PNG).await.status, StatusCode::NO_CONTENT);
        let mut bens = here.agent(BEN).watches().await;
        bens.catches_up().await;
        let path = bens.desk.office.photo_of(ANA).expect("her photo");
        let stranger = Browser::at(&here, LOCAL);
        let photo = stranger.ask(Method::GET, &path, &[], Body::empty()).await;
        assert_eq!(photo.status, StatusCode::OK);
        assert_eq!(photo.headers[header::CONTENT_TYPE], "image/png");
        assert_eq!(photo.headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
        assert_eq!(photo.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(photo.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));

        let headers = [("origin", LOCAL)];
        let gone = ana.send(Method::DELETE, "/settings/profile/photo", &headers, Body::empty()).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert_eq!(stranger.ask(Method::GET, &path, &[], Body::empty()).await.status, StatusCode::NOT_FOUND);
        assert!(here.column(sql!("select photo_id from photo")).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_nobody_changes_anothers() {
    in_office(async |here| {
        let ana = signed_in(&here, "ana@example.org").await;
        let before = here.column(sql!("select coalesce(photo, '') from agent")).await;
        let mut large = PNG.to_vec();
        large.resize(PHOTO_MAX_BYTES + 1, 0);
        for bad in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"GIF89a;alert(1)",
            b"<html>",
            &large,
        ] {
            let answer = ana.sends_photo(bad).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let told: app::error::Error = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(told, app::error::Error::Refused(Refusal::NotAPhoto));
        }
        let huge = ana.sends_photo(&vec![0; 400_000]).await;
        assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
        let nobody = Browser::at(&here, LOCAL);
        assert_eq!(nobody.sends_photo(PNG).await.status, StatusCode::UNAUTHORIZED);
        let headers = [("origin", "https://evil.example")];
        let forged = ana.send(Method::PUT, "/settings/profile/photo", &headers, Body::from(PNG)).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        assert_eq!(here.column(sql!("select coalesce(photo, '') from agent")).await, before);
        for odd in
            ["/photo/nothing", "/photo/%2e%2e%2fetc", &format!("/photo/{}", "0".repeat(64)), "/photo/%00"]
        {
            assert_eq!(
                nobody.ask(Method::GET, odd, &[], Body::empty()).await.status,
                StatusCode::NOT_FOUND,
                "{odd}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_is_cleaned_and_everybody_hears_of_it() {
    in_office(async |here| {
        let ana = signed_in(&here, "ana@example.org").await;
        let mut bens = here.agent(BEN).watches().await;
        let saved =
            ana.call("save_profile", json!({ "profile": { "display_name": " Ana\u{202e}  Lima " } })).await;
        assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
        bens.hears_until(|down| matches!(down, domain::live::Down::Office { .. })).await;
        assert_eq!(bens.desk.office.name_of(ANA), "Ana Lima");
        let empty = ana.call("save_profile", json!({ "profile": { "display_name": " " } })).await;
        let told: Result<(), app::error::Error> = Err(serde_json::from_str(&empty.body).unwrap());
        assert_eq!(refusal(told), Refusal::NoName);
    })
    .await;
}
