//! G17: certificates that must not be believed. The certificates in `tls/` are made for this test by an authority that
//! only it knows; they share one key, which protects nothing, and end in a hundred years.

use fakehub::TOKEN;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const KEY: &[u8] = include_bytes!("tls/key.pem");
const ANSWER: &[u8] = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

/// A server that shows this certificate, and how many requests it was trusted with.
async fn server(certificate: &[u8]) -> (SocketAddr, Arc<AtomicUsize>) {
    let chain = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let trusted = count.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                trusted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(ANSWER).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (address, count)
}

/// Requests that a server with this certificate gets from `greenroom sync`, whose machine trusts the authority.
async fn requests(certificate: &[u8]) -> usize {
    let (address, count) = server(certificate).await;
    let folder = tempfile::Builder::new().prefix("greenroom-tls-").tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, include_bytes!("tls/authority.pem")).unwrap();
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_greenroom"))
        .arg("sync")
        .env_clear()
        .env("SSL_CERT_FILE", &authority)
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_OWNER", "octo")
        .env("GITHUB_REPO", "shop")
        .env("GITHUB_API_URL", format!("https://{address}"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let status = tokio::time::timeout(Duration::from_secs(60), child.wait()).await.expect("it ends").unwrap();
    assert!(!status.success(), "nothing can have been mirrored");
    count.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g17_certificates_that_prove_nothing_are_refused() {
    assert!(requests(include_bytes!("tls/right.pem")).await > 0, "the right one is believed, so the others could be");
    let wrong: [(&str, &[u8]); 3] = [
        ("for another name", include_bytes!("tls/other.pem")),
        ("expired", include_bytes!("tls/expired.pem")),
        ("signed by itself", include_bytes!("tls/self.pem")),
    ];
    for (what, certificate) in wrong {
        assert_eq!(requests(certificate).await, 0, "a certificate {what}");
    }
}
