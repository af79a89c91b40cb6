//! Thumbnails: what is made of which image, what is refused before it costs anything; and the same picture in the
//! last green run.

use crate::build;
use crate::served::Served;
use crate::support::both_engines;
use fakehub::zip::Entry;
use greenroom::model::upstream::Run;

/// A BMP without compression that says it is this large, with as many pixels as there are `rows` of them.
fn bmp(width: u32, height: u32, rows: u32) -> Vec<u8> {
    let stride = (width * 3).next_multiple_of(4);
    let mut bytes = b"BM".to_vec();
    for number in [54 + stride * rows, 0, 54, 40, width, height] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&[1, 0, 24, 0]);
    bytes.extend_from_slice(&[0; 24]);
    bytes.extend((0..stride * rows).map(|at| (at / stride % 251) as u8));
    bytes
}

/// A PNG header that claims 30,720 × 30,720 pixels.
const BOMB: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x78\0\0\0\x78\0\x08\x02\0\0\0\xa9\xb3\x81\x8f\0\0\0\0IEND\xae\x42\x60\x82";

both_engines! {
    async fn a_thumbnail_is_small_inert_and_kept_by_browsers(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let large = bmp(1280, 800, 800);
        served.add_artifact(5, 1, "shots", &[Entry::deflated("a.bmp", &large), Entry::stored("b.bmp", large.clone())]).await;
        for path in ["/api/files/5.0/thumbnail", "/api/files/5.1/thumbnail?width=320"] {
            let reply = served.get(path).await;
            assert_eq!(reply.status, 200, "{:?}", reply.body);
            assert!(reply.body.len() < 32_768, "{} bytes", reply.body.len());
            assert!(["image/webp", "image/jpeg"].contains(&reply.header("content-type")));
            assert_eq!(reply.header("content-security-policy"), "default-src 'none'; sandbox");
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
            assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(reply.header("cache-control"), "private, max-age=31536000, immutable");
            assert_eq!(reply.header("content-disposition"), "inline");
            let again = served.get_with(path, &[("if-none-match", reply.header("etag"))]).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
            assert_eq!(served.get(path).await.body, reply.body, "the same when it is remembered");
        }
        let narrow = served.get("/api/files/5.0/thumbnail?width=160").await;
        let wide = served.get("/api/files/5.0/thumbnail?width=640").await;
        assert_ne!(narrow.header("etag"), wide.header("etag"));
        assert!(narrow.body.len() < wide.body.len());
        for width in ["0", "321", "-1", "x", "99999"] {
            let problem = served.get(&format!("/api/files/5.0/thumbnail?width={width}")).await.problem(400);
            assert_eq!(problem["parameter"], "width");
        }
        served.get("/api/files/5.0/thumbnail?height=5").await.problem(400);
        served.get("/api/files/5.9/thumbnail").await.problem(404);
        served.get("/api/files/x/thumbnail").await.problem(404);
    }

    async fn what_cannot_be_made_small_is_told_apart(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let whole = bmp(400, 300, 300);
        let entries = [
            Entry::deflated("bomb.png", BOMB),
            Entry::deflated("wide.bmp", &bmp(9_000, 1, 1)),
            Entry::deflated("cut.bmp", &whole[..whole.len() / 2]),
            Entry::deflated("liar.bmp", &bmp(4_000, 4_000, 1)),
            Entry::deflated("pic.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
            Entry::deflated("page.png", b"<!doctype html><script>alert(1)</script>"),
            Entry::deflated("shot.txt", &whole),
            Entry::deflated("empty.png", b""),
        ];
        served.add_artifact(5, 1, "all sorts", &entries).await;
        let expected = [422, 422, 422, 422, 415, 415, 200, 415];
        for (ordinal, status) in expected.into_iter().enumerate() {
            // Twice: refusals are remembered and stay refusals.
            for _ in 0..2 {
                let reply = served.get(&format!("/api/files/5.{ordinal}/thumbnail")).await;
                assert_eq!(reply.status.as_u16(), status, "file {ordinal}: {:?}", reply.body);
                if status != 200 {
                    let problem = reply.problem(status);
                    assert!(!problem["detail"].as_str().unwrap().contains("alert"), "{problem}");
                }
            }
            assert_eq!(served.get(&format!("/api/files/5.{ordinal}/content")).await.status, 200, "the file itself is there");
        }
    }

    async fn the_same_picture_is_found_in_the_last_green_run(store: Store, database: &Database) {
        let red = |id: i64| Run { conclusion: Some("failure".into()), ..build::run(id) };
        build::with_runs(&store, &[build::run(1), red(2), red(3)]).await;
        let served = Served::new(&store, database).await;
        let shot = |name: &str| Entry::deflated(name, b"\x89PNG\r\n\x1a\n");
        served.add_artifact(4, 1, "other", &[shot("x/cart.png")]).await;
        served.add_artifact(5, 1, "shots", &[shot("x/cart.png"), shot("x/pay-expected.png")]).await;
        served.add_artifact(6, 2, "shots", &[shot("x/cart.png")]).await;
        served.add_artifact(7, 3, "shots", &[shot("x/cart.png"), shot("x/pay-actual.png"), shot("x/new.png")]).await;
        let found = async |id: &str| {
            let body = served.get(&format!("/api/files/{id}/last-green")).await.json();
            (body["run"]["id"].as_i64(), body["file"]["id"].as_str().map(str::to_owned))
        };
        assert_eq!(found("7.0").await, (Some(1), Some("5.0".into())), "in the artifact of the same name");
        assert_eq!(found("7.1").await, (Some(1), Some("5.1".into())), "what was expected stands for what came");
        assert_eq!(found("7.2").await, (Some(1), None));
        assert_eq!(found("5.0").await, (None, None), "no green run came before");
        served.get("/api/files/7.9/last-green").await.problem(404);
    }
}
