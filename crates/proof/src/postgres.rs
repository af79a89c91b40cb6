//! A private PostgreSQL that can be stopped in the middle of anything and started again, and a way to it that loses
//! the answer to a chosen COMMIT.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio_util::task::AbortOnDropHandle;

/// A server of our own.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    as_user: Vec<String>,
    server: Child,
}

/// Where the server's programs are, as the script that tests use finds them.
pub fn programs(script: &Path) -> Option<PathBuf> {
    let output = std::process::Command::new("bash").arg(script).arg("find").output().ok()?;
    let found = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    (output.status.success() && found.join("initdb").exists()).then_some(found)
}

impl Postgres {
    /// Makes a database folder and starts the server on a socket in it.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub async fn start(script: &Path) -> anyhow::Result<Postgres> {
        let programs = programs(script).context("no PostgreSQL server is installed")?;
        // /tmp, because a socket's path may have about a hundred characters only.
        let folder = tempfile::Builder::new().prefix("proof-postgres-").tempdir_in("/tmp")?;
        let as_user = as_user(folder.path()).await?;
        let data = folder.path().join("data").display().to_string();
        let initdb = programs.join("initdb").display().to_string();
        let words = [
            &initdb,
            "-D",
            &data,
            "--username=greenroom",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ];
        let made =
            command(&as_user, &words).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        ensure!(made.await?.success(), "initdb failed");
        let server = spawn(folder.path(), &programs, &as_user)?;
        let mut postgres = Postgres { folder, programs, as_user, server };
        postgres.wait().await?;
        Ok(postgres)
    }

    /// A fresh, empty database; its address over the socket.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn database(&self, name: &str) -> anyhow::Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}")).await?;
        Ok(format!("postgres://greenroom@localhost/{name}?host={}", self.folder.path().display()))
    }

    /// Runs one statement; what it printed.
    ///
    /// # Errors
    /// The statement fails.
    pub async fn sql(&self, database: &str, statement: &str) -> anyhow::Result<String> {
        let host = self.folder.path().display().to_string();
        // Debian has psql on the path, whatever the server's own folder is.
        let beside = self.programs.join("psql");
        let psql = if beside.exists() { beside } else { PathBuf::from("psql") };
        let output = Command::new(psql)
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                &host,
                "-U",
                "greenroom",
                "-d",
                database,
                "-c",
                statement,
            ])
            .current_dir("/")
            .output()
            .await?;
        ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Ends all connections to a database.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn terminate(&self, database: &str) -> anyhow::Result<()> {
        let statement =
            format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'");
        self.sql("postgres", &statement).await?;
        Ok(())
    }

    /// Stops at once, as in a crash of all its processes, and starts again after a pause.
    ///
    /// # Errors
    /// It does not come up again.
    pub async fn crash(&mut self, pause: Duration) -> anyhow::Result<()> {
        self.signal("QUIT").await?;
        let _ = tokio::time::timeout(Duration::from_secs(20), self.server.wait()).await.context("it does not stop")?;
        tokio::time::sleep(pause).await;
        self.server = spawn(self.folder.path(), &self.programs, &self.as_user)?;
        self.wait().await
    }

    async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid_file = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid"))?;
        let pid = pid_file.lines().next().context("an empty pid file")?;
        ensure!(Command::new("kill").args(["-s", name, pid]).status().await?.success(), "could not signal {pid}");
        Ok(())
    }

    async fn wait(&mut self) -> anyhow::Result<()> {
        let mut refused = String::new();
        for _ in 0..400 {
            match self.sql("postgres", "SELECT 1").await {
                Ok(_) => return Ok(()),
                Err(error) => refused = format!("{error:#}"),
            }
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended with {status}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("PostgreSQL does not come up: {refused}")
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let pid_file = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid_file.lines().next() {
            let _ = std::process::Command::new("kill").args(["-s", "QUIT", pid]).status();
        }
    }
}

/// PostgreSQL refuses to run as root: then it runs as somebody else, who gets the folder.
async fn as_user(folder: &Path) -> anyhow::Result<Vec<String>> {
    let id = Command::new("id").arg("-u").output().await?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(Vec::new());
    }
    let user = if crate::lab::has("id", "postgres") { "postgres" } else { "nobody" };
    let path = folder.display().to_string();
    ensure!(Command::new("chown").args([user, &path]).status().await?.success(), "could not give {path} away");
    let words = ["setpriv", &format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"];
    Ok(words.map(str::to_owned).to_vec())
}

fn command(as_user: &[String], words: &[&str]) -> Command {
    let line: Vec<&str> = as_user.iter().map(String::as_str).chain(words.iter().copied()).collect();
    let mut command = Command::new(line[0]);
    command.args(&line[1..]).stdin(Stdio::null());
    command
}

/// Files are not synced: its processes crash here, never the machine. Commits wait for the log all the same.
fn spawn(folder: &Path, programs: &Path, as_user: &[String]) -> anyhow::Result<Child> {
    let (path, data) = (folder.display().to_string(), folder.join("data").display().to_string());
    let postgres = programs.join("postgres").display().to_string();
    let words = [
        &postgres,
        "-D",
        &data,
        "-k",
        &path,
        "-c",
        "listen_addresses=",
        "-c",
        "fsync=off",
        "-c",
        "max_connections=200",
        "-c",
        "shared_buffers=32MB",
    ];
    let quiet = command(as_user, &words).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    quiet.context("could not start PostgreSQL")
}

/// What the way to the server does to a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The commit arrives, its answer is lost.
    Answer,
    /// The commit never arrives.
    Request,
}

/// A way to the server over TCP that can cut the connection at a COMMIT.
#[derive(Debug)]
pub struct Way {
    port: u16,
    armed: Arc<Armed>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Debug, Default)]
struct Armed {
    /// Commits until the cut; none is planned at 0 and below.
    left: AtomicI64,
    loses_request: AtomicBool,
    cuts: AtomicI64,
}

impl Way {
    /// Opens a way to a server.
    ///
    /// # Errors
    /// No port is free.
    pub async fn open(to: &Postgres) -> anyhow::Result<Way> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (port, socket, armed) = (listener.local_addr()?.port(), to.socket(), Arc::new(Armed::default()));
        let inside = armed.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (socket, armed) = (socket.clone(), inside.clone());
                tokio::spawn(async move {
                    if let Ok(server) = UnixStream::connect(&socket).await {
                        // A connection that breaks is what this is for.
                        let _ = carry(client, server, &armed).await;
                    }
                });
            }
        });
        Ok(Way { port, armed, _task: AbortOnDropHandle::new(task) })
    }

    /// The address of a database over this way.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://greenroom@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Cuts at the n-th commit from now on, counted from 1.
    pub fn cut_at(&self, n: u64, cut: Cut) {
        self.armed.loses_request.store(cut == Cut::Request, Ordering::SeqCst);
        self.armed.left.store(n as i64, Ordering::SeqCst);
    }

    /// How often it has cut.
    pub fn cuts(&self) -> i64 {
        self.armed.cuts.load(Ordering::SeqCst)
    }

    /// Plans no cut any more.
    pub fn disarm(&self) {
        self.armed.left.store(0, Ordering::SeqCst);
    }
}

/// Carries both directions until one ends or a commit is cut.
async fn carry(mut client: TcpStream, server: UnixStream, armed: &Armed) -> std::io::Result<()> {
    let (mut from_server, mut to_server) = server.into_split();
    let (mut from_client, mut to_client) = client.split();
    let mut messages = Messages::default();
    let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let read = read?;
                if read == 0 { return Ok(()) }
                let commits = messages.commits(&asked[..read]);
                let is_cut = (0..commits).any(|_| armed.left.fetch_sub(1, Ordering::SeqCst) == 1);
                if !is_cut {
                    to_server.write_all(&asked[..read]).await?;
                    continue;
                }
                armed.cuts.fetch_add(1, Ordering::SeqCst);
                if !armed.loses_request.load(Ordering::SeqCst) {
                    to_server.write_all(&asked[..read]).await?;
                    // Its answer is read, so that it has certainly been made, and thrown away.
                    let _ = tokio::time::timeout(Duration::from_secs(2), from_server.read(&mut answered)).await;
                }
                return Ok(());
            }
            read = from_server.read(&mut answered) => {
                let read = read?;
                if read == 0 { return Ok(()) }
                to_client.write_all(&answered[..read]).await?;
            }
        }
    }
}

/// Finds commits in what a client sends: a simple query that says COMMIT, and the end of an extended query, which
/// commits by itself outside a transaction.
#[derive(Debug, Default)]
struct Messages {
    held: Vec<u8>,
    has_begun: bool,
    in_transaction: bool,
}

impl Messages {
    fn commits(&mut self, bytes: &[u8]) -> usize {
        self.held.extend_from_slice(bytes);
        let mut commits = 0;
        // The first message has no type.
        while let Some((kind, body)) = self.next() {
            let says = |word: &[u8]| body.len() >= word.len() && body[..word.len()].eq_ignore_ascii_case(word);
            match kind {
                b'Q' if says(b"BEGIN") => self.in_transaction = true,
                b'Q' if says(b"COMMIT") => (self.in_transaction, commits) = (false, commits + 1),
                b'Q' if says(b"ROLLBACK") => self.in_transaction = false,
                b'S' if !self.in_transaction => commits += 1,
                _ => {}
            }
        }
        commits
    }

    fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let typed = usize::from(self.has_begun);
        let length: [u8; 4] = self.held.get(typed..typed + 4)?.try_into().ok()?;
        let end = typed + (u32::from_be_bytes(length) as usize).max(4);
        let message = self.held.get(..end)?.to_vec();
        self.held.drain(..end);
        self.has_begun = true;
        Some((if typed == 1 { message[0] } else { 0 }, message[typed + 4..].to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
    }

    #[test]
    fn commits_are_found_in_pieces_and_only_where_something_is_committed() {
        let mut messages = Messages::default();
        let start = [&12u32.to_be_bytes()[..], b"startup!"].concat();
        assert_eq!(messages.commits(&start), 0);
        assert_eq!(messages.commits(&message(b'S', b"")), 1);
        assert_eq!(messages.commits(&message(b'Q', b"BEGIN\0")), 0);
        assert_eq!(messages.commits(&message(b'S', b"")), 0);
        let commit = message(b'Q', b"COMMIT\0");
        assert_eq!(messages.commits(&commit[..5]), 0);
        assert_eq!(messages.commits(&commit[5..]), 1);
    }
}
