//! Configuration: flags and environment variables of the same names, checked once into values that
//! cannot be wrong. A bad or misspelt one is an error that names it.

use crate::model::secret::Secret;
use clap::Args;
use std::net::IpAddr;
use std::time::Duration;

/// GitHub's public API.
const GITHUB_API: &str = "https://api.github.com";

/// Settings, as flags and environment variables.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Personal access token: fine-grained with "Actions: read", or classic with "repo" for private repositories.
    #[arg(long, env = "GITHUB_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    github_token: Option<Secret>,
    /// Owner of the repository.
    #[arg(long, env = "GITHUB_OWNER", value_name = "OWNER")]
    github_owner: Option<String>,
    /// Name of the repository.
    #[arg(long, env = "GITHUB_REPO", value_name = "NAME")]
    github_repo: Option<String>,
    /// Several repositories, in addition to the pair above: owner/a,owner/b.
    #[arg(long, env = "GITHUB_REPOSITORIES", value_name = "LIST")]
    github_repositories: Option<String>,
    /// Address of the REST API: GitHub Enterprise Server, or a simulator.
    #[arg(long, env = "GITHUB_API_URL", default_value = GITHUB_API, value_name = "URL")]
    github_api_url: String,
    /// Time a request may take, in milliseconds.
    #[arg(long, env = "GITHUB_API_TIMEOUT", default_value_t = 30_000, value_name = "MS", value_parser = clap::value_parser!(u64).range(100..=600_000))]
    github_api_timeout: u64,
    /// Time between checks of GitHub, in minutes; fractions allowed.
    #[arg(long, env = "POLL_INTERVAL_MINUTES", default_value_t = 5.0, value_name = "MINUTES")]
    poll_interval_minutes: f64,
    /// How far back the first sync goes, in days.
    #[arg(long, env = "INITIAL_SYNC_DAYS", default_value_t = 30, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=400))]
    initial_sync_days: i64,
    /// Artifacts and logs downloaded at the same time.
    #[arg(long, env = "MAX_CONCURRENT_DOWNLOADS", default_value_t = 3, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=32))]
    max_concurrent_downloads: u32,
    /// Try failed processing again by itself, with growing pauses.
    #[arg(long, env = "RETRY_FAILED_RUNS", default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    retry_failed_runs: bool,
    /// Larger files are listed and downloadable, but not looked into.
    #[arg(long, env = "MAX_FILE_SIZE_MB", default_value_t = 100, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_file_size_mb: u64,
    /// Larger artifacts are listed but not downloaded.
    #[arg(long, env = "MAX_ARTIFACT_SIZE_MB", default_value_t = 2048, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_artifact_size_mb: u64,
    /// Content older than this is deleted; metadata and history stay. 0 keeps it for ever.
    #[arg(long, env = "CLEANUP_OLD_FILES_DAYS", default_value_t = 90, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(0..=36_500))]
    cleanup_old_files_days: i64,
    /// sqlite://path or postgres://user:password@host/database.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://data/greenroom.db",
        hide_env_values = true,
        value_name = "URL"
    )]
    database_url: String,
    /// Directory, or s3://bucket/prefix.
    #[arg(long, env = "FILE_STORAGE_PATH", default_value = "./data/files", value_name = "PLACE")]
    file_storage_path: String,
    /// Most that archives and logs may take, in GB; collecting pauses there. Not set: no limit.
    #[arg(long, env = "MAX_STORAGE_GB", value_name = "GB", allow_negative_numbers = true)]
    max_storage_gb: Option<f64>,
    /// Collecting pauses while less than this is free where content is kept, in GB; 0 for no limit. Not set: 2, on
    /// disks of 20 GB and more.
    #[arg(long, env = "MIN_FREE_DISK_GB", value_name = "GB", allow_negative_numbers = true)]
    min_free_disk_gb: Option<f64>,
    /// Collecting pauses while more than this share of the disk is used, in percent; 100 for no limit. Not set: 90, on
    /// disks of 20 GB and more of which less than 20 GB is free.
    #[arg(long, env = "MAX_DISK_PERCENT", value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    max_disk_percent: Option<u8>,
    /// Make the file storage this database's, whatever it was before; for one start.
    #[arg(long, env = "ADOPT_STORAGE", default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    adopt_storage: bool,
    /// Address to listen on.
    #[arg(long, env = "HOST", default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: String,
    /// Port to listen on; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// Host names answered besides the loopback ones, separated by commas (defence against DNS rebinding).
    #[arg(long, env = "ALLOWED_HOSTS", default_value = "", value_name = "LIST")]
    allowed_hosts: String,
    /// Listen on an address that others can reach, although there is no login.
    #[arg(long, env = "ALLOW_OPEN_NETWORK", default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    allow_open_network: bool,
    /// text or json; default: text on a terminal, else json. RUST_LOG sets the level.
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT", value_parser = ["text", "json"])]
    log_format: Option<String>,
}

/// Checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Token of the API.
    pub token: Secret,
    /// Repositories as (owner, name), without duplicates.
    pub repositories: Vec<(String, String)>,
    /// Address of the REST API, without a slash at its end.
    pub api_url: String,
    /// Time a request may take.
    pub api_timeout: Duration,
    /// Time between polls.
    pub poll_interval_ms: i64,
    /// How far back the first sync goes.
    pub initial_sync_days: i64,
    /// Downloads at the same time.
    pub downloads: usize,
    /// Whether failed work is tried again by itself.
    pub retry_failed: bool,
    /// Limit for looking into a file.
    pub max_file_bytes: u64,
    /// Limit for downloading an artifact.
    pub max_artifact_bytes: u64,
    /// Days that content is kept; 0 for ever.
    pub keep_days: i64,
    /// Address of the database.
    pub database_url: String,
    /// Where content is kept.
    pub file_storage: String,
    /// How much room content may take.
    pub room: RoomLimits,
    /// Whether the file storage is made the database's, whatever it was before.
    pub adopt_storage: bool,
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on.
    pub port: u16,
    /// Host names answered besides the loopback ones.
    pub allowed_hosts: Vec<String>,
}

/// How much room content may take. The default is no limit at all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RoomLimits {
    /// Most that all blobs may take together.
    pub max_content_bytes: Option<u64>,
    /// Least that must be free on the disk.
    pub min_free_bytes: Option<DiskLimit>,
    /// Most that may be used of the disk, in percent.
    pub max_used_percent: Option<DiskLimit>,
}

/// A limit of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskLimit {
    /// The limit itself.
    pub limit: u64,
    /// Whether nobody asked for it: then it is for disks of [`LARGE_DISK_BYTES`] and more, of which a percentage
    /// may leave plenty.
    pub is_usual: bool,
}

/// From this size on a disk has limits that nobody asked for. A smaller one may fill up; then downloads wait as well.
pub const LARGE_DISK_BYTES: u64 = 20_000_000_000;

/// What is wrong with the configuration; names the setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct ConfigError {
    /// Name of the environment variable.
    pub setting: String,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

fn wrong(setting: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError { setting: setting.into(), problem: problem.into() }
}

/// Names of all settings, for finding misspelt ones.
pub const NAMES: [&str; 27] = [
    "GITHUB_TOKEN",
    "GITHUB_OWNER",
    "GITHUB_REPO",
    "GITHUB_REPOSITORIES",
    "GITHUB_API_URL",
    "GITHUB_API_TIMEOUT",
    "POLL_INTERVAL_MINUTES",
    "INITIAL_SYNC_DAYS",
    "MAX_CONCURRENT_DOWNLOADS",
    "RETRY_FAILED_RUNS",
    "MAX_FILE_SIZE_MB",
    "MAX_ARTIFACT_SIZE_MB",
    "CLEANUP_OLD_FILES_DAYS",
    "DATABASE_URL",
    "FILE_STORAGE_PATH",
    "MAX_STORAGE_GB",
    "MIN_FREE_DISK_GB",
    "MAX_DISK_PERCENT",
    "ADOPT_STORAGE",
    "HOST",
    "PORT",
    "ALLOWED_HOSTS",
    "ALLOW_OPEN_NETWORK",
    "LOG_FORMAT",
    "RUST_LOG",
    "NO_COLOR",
    "AWS_ENDPOINT",
];

/// A variable of the environment that looks like a misspelt setting: one or two letters off a long
/// name, or a long name whose last word is missing. Short names are left alone, others use those
/// letters too.
pub fn misspelt<'a>(variables: impl Iterator<Item = &'a str>) -> Option<ConfigError> {
    for variable in variables.filter(|variable| variable.len() >= 9 && !NAMES.contains(variable)) {
        let is_meant =
            |name: &&&str| name.len() >= 9 && (distance(variable, name) <= 2 || lacks_last_word(variable, name));
        if let Some(name) = NAMES.iter().find(is_meant) {
            return Some(wrong(variable, format!("there is no such setting; did you mean {name}?")));
        }
    }
    None
}

/// Whether `variable` is `name` without its last word.
fn lacks_last_word(variable: &str, name: &str) -> bool {
    name.rsplit_once('_').is_some_and(|(rest, _)| rest == variable)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

impl Settings {
    /// Format of log lines, if one was asked for.
    pub fn log_format(&self) -> Option<&str> {
        self.log_format.as_deref()
    }

    /// Sets what a demo brings along: where its GitHub is, and where its data goes unless told otherwise.
    #[must_use]
    pub fn for_demo(
        mut self,
        api_url: String,
        token: &str,
        owner: &str,
        name: &str,
        folder: &std::path::Path,
    ) -> Settings {
        self.github_api_url = api_url;
        self.github_token = Some(Secret::new(token));
        self.github_owner = Some(owner.into());
        self.github_repo = Some(name.into());
        self.github_repositories = None;
        self.poll_interval_minutes = 0.1;
        // A demo is small, and shown on machines that are full.
        self.max_storage_gb = None;
        self.min_free_disk_gb = Some(0.0);
        self.max_disk_percent = Some(100);
        self.database_url = format!("sqlite://{}", folder.join("greenroom.db").display());
        self.file_storage_path = folder.join("files").display().to_string();
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// The first setting that is missing or wrong.
    pub fn check(self) -> Result<Config, ConfigError> {
        let token = self.github_token.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            wrong(
                "GITHUB_TOKEN",
                "is not set; GitHub serves logs and artifacts only to a token, even for public repositories",
            )
        })?;
        if !token.expose().chars().all(|c| c.is_ascii_graphic()) {
            return Err(wrong("GITHUB_TOKEN", "contains blanks or characters that no token has"));
        }
        let host = parse_host(&self.host)?;
        if !host.is_loopback() && !self.allow_open_network {
            return Err(wrong(
                "HOST",
                format!(
                    "{host} can be reached by others and there is no login; set ALLOW_OPEN_NETWORK=true if that is meant"
                ),
            ));
        }
        Ok(Config {
            token,
            repositories: repositories(self.github_owner, self.github_repo, self.github_repositories)?,
            api_url: parse_api_url(&self.github_api_url)?,
            api_timeout: Duration::from_millis(self.github_api_timeout),
            poll_interval_ms: parse_minutes(self.poll_interval_minutes)?,
            initial_sync_days: self.initial_sync_days,
            downloads: self.max_concurrent_downloads as usize,
            retry_failed: self.retry_failed_runs,
            max_file_bytes: self.max_file_size_mb << 20,
            max_artifact_bytes: self.max_artifact_size_mb << 20,
            keep_days: self.cleanup_old_files_days,
            database_url: parse_database(self.database_url)?,
            file_storage: parse_storage(self.file_storage_path)?,
            room: RoomLimits {
                max_content_bytes: match self.max_storage_gb {
                    None => None,
                    Some(limit) => Some(parse_gigabytes("MAX_STORAGE_GB", limit).and_then(positive)?),
                },
                min_free_bytes: match self.min_free_disk_gb {
                    None => Some(DiskLimit { limit: 2_000_000_000, is_usual: true }),
                    Some(gigabytes) => asked(parse_gigabytes("MIN_FREE_DISK_GB", gigabytes)?, 0),
                },
                max_used_percent: match self.max_disk_percent {
                    None => Some(DiskLimit { limit: 90, is_usual: true }),
                    Some(percent) => asked(percent.into(), 100),
                },
            },
            adopt_storage: self.adopt_storage,
            host,
            port: self.port,
            allowed_hosts: parse_hosts(&self.allowed_hosts)?,
        })
    }
}

fn repositories(
    owner: Option<String>,
    name: Option<String>,
    list: Option<String>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut found = Vec::new();
    match (owner.filter(|text| !text.is_empty()), name.filter(|text| !text.is_empty())) {
        (Some(owner), Some(name)) => found.push((part("GITHUB_OWNER", &owner)?, part("GITHUB_REPO", &name)?)),
        (Some(_), None) => return Err(wrong("GITHUB_REPO", "is not set, but GITHUB_OWNER is")),
        (None, Some(_)) => return Err(wrong("GITHUB_OWNER", "is not set, but GITHUB_REPO is")),
        (None, None) => {}
    }
    for item in list.unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (owner, name) =
            item.split_once('/').ok_or_else(|| wrong("GITHUB_REPOSITORIES", format!("{item:?} is not owner/name")))?;
        found.push((part("GITHUB_REPOSITORIES", owner)?, part("GITHUB_REPOSITORIES", name)?));
    }
    if found.is_empty() {
        return Err(wrong(
            "GITHUB_OWNER",
            "is not set; name the repository with GITHUB_OWNER and GITHUB_REPO, or several with GITHUB_REPOSITORIES=owner/a,owner/b",
        ));
    }
    let mut unique: Vec<(String, String)> = Vec::new();
    for pair in found {
        if !unique.iter().any(|known| known.0.eq_ignore_ascii_case(&pair.0) && known.1.eq_ignore_ascii_case(&pair.1)) {
            unique.push(pair);
        }
    }
    Ok(unique)
}

/// An owner or a repository name, as GitHub spells them.
fn part(setting: &str, text: &str) -> Result<String, ConfigError> {
    let text = text.trim();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 100 || !text.chars().all(allowed) || matches!(text, "." | "..") {
        return Err(wrong(setting, format!("{text:?} is not a name that GitHub gives")));
    }
    Ok(text.to_owned())
}

fn parse_host(text: &str) -> Result<IpAddr, ConfigError> {
    let text = if text == "localhost" { "127.0.0.1" } else { text };
    text.trim_matches(['[', ']']).parse().map_err(|_| {
        wrong("HOST", format!("{text:?} is not an IP address; use 127.0.0.1 or, to listen on all, 0.0.0.0"))
    })
}

/// Names as they come in a Host header, with a port or without.
fn parse_hosts(list: &str) -> Result<Vec<String>, ConfigError> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '[' | ']');
    names
        .map(|name| match name.chars().all(allowed) {
            true => Ok(name.to_ascii_lowercase()),
            false => Err(wrong("ALLOWED_HOSTS", format!("{name:?} is not a host name such as greenroom.example.com"))),
        })
        .collect()
}

fn parse_api_url(text: &str) -> Result<String, ConfigError> {
    let url = text.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', '@', ' ']) => Ok(url.to_owned()),
        _ => Err(wrong(
            "GITHUB_API_URL",
            format!("{text:?} is not an address such as {GITHUB_API} or https://github.example.com/api/v3"),
        )),
    }
}

fn parse_minutes(minutes: f64) -> Result<i64, ConfigError> {
    if !minutes.is_finite() || !(0.01..=1440.0).contains(&minutes) {
        return Err(wrong("POLL_INTERVAL_MINUTES", format!("{minutes} is not between 0.01 and 1440")));
    }
    Ok((minutes * 60_000.0).round() as i64)
}

fn parse_gigabytes(setting: &str, gigabytes: f64) -> Result<u64, ConfigError> {
    if !gigabytes.is_finite() || !(0.0..=1_000_000.0).contains(&gigabytes) {
        return Err(wrong(setting, format!("{gigabytes} is not a number of gigabytes between 0 and 1000000")));
    }
    Ok((gigabytes * 1e9) as u64)
}

/// A limit that somebody asked for, unless it is the value that means none.
fn asked(limit: u64, none: u64) -> Option<DiskLimit> {
    (limit != none).then_some(DiskLimit { limit, is_usual: false })
}

fn positive(max_content_bytes: u64) -> Result<u64, ConfigError> {
    match max_content_bytes {
        0 => Err(wrong("MAX_STORAGE_GB", "is 0, so that nothing could be kept; leave it out for no limit")),
        bytes => Ok(bytes),
    }
}

fn parse_database(url: String) -> Result<String, ConfigError> {
    if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        Ok(url)
    } else {
        let scheme = url.split(':').next().unwrap_or_default();
        Err(wrong(
            "DATABASE_URL",
            format!("starts with {scheme:?}; expected sqlite://path or postgres://user:password@host/database"),
        ))
    }
}

fn parse_storage(place: String) -> Result<String, ConfigError> {
    if place.trim().is_empty() {
        return Err(wrong("FILE_STORAGE_PATH", "is empty; name a directory or s3://bucket/prefix"));
    }
    match place.split_once("://") {
        Some(("s3", rest)) if !rest.is_empty() => Ok(place),
        Some((scheme, _)) => Err(wrong(
            "FILE_STORAGE_PATH",
            format!("{scheme}:// is not supported; name a directory or s3://bucket/prefix"),
        )),
        None => Ok(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    #[command(args_override_self = true)]
    struct Command {
        #[command(flatten)]
        settings: Settings,
    }

    fn check(flags: &[&str]) -> Result<Config, ConfigError> {
        let base = ["greenroom", "--github-token", "t0ken", "--github-owner", "acme", "--github-repo", "shop"];
        Command::try_parse_from(base.iter().chain(flags)).unwrap().settings.check()
    }

    #[test]
    fn a_bad_value_is_named() {
        let cases: [(&[&str], &str); 12] = [
            (&["--github-token", "a b"], "GITHUB_TOKEN"),
            (&["--github-owner", "a/b"], "GITHUB_OWNER"),
            (&["--github-repositories", "acme"], "GITHUB_REPOSITORIES"),
            (&["--github-api-url", "github"], "GITHUB_API_URL"),
            (&["--poll-interval-minutes", "0"], "POLL_INTERVAL_MINUTES"),
            (&["--database-url", "mysql://x"], "DATABASE_URL"),
            (&["--file-storage-path", "ftp://x"], "FILE_STORAGE_PATH"),
            (&["--max-storage-gb", "0"], "MAX_STORAGE_GB"),
            (&["--max-storage-gb", "NaN"], "MAX_STORAGE_GB"),
            (&["--min-free-disk-gb", "-1"], "MIN_FREE_DISK_GB"),
            (&["--host", "0.0.0.0"], "HOST"),
            (&["--allowed-hosts", "a.example, https://b.example/"], "ALLOWED_HOSTS"),
        ];
        for (flags, setting) in cases {
            assert_eq!(check(flags).unwrap_err().setting, setting, "{flags:?}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_documentation() {
        let config = check(&[]).unwrap();
        assert_eq!(
            (config.poll_interval_ms, config.initial_sync_days, config.downloads, config.keep_days),
            (300_000, 30, 3, 90)
        );
        assert_eq!((config.max_file_bytes, config.max_artifact_bytes), (100 << 20, 2048 << 20));
        let usual = |limit| Some(DiskLimit { limit, is_usual: true });
        let room =
            RoomLimits { min_free_bytes: usual(2_000_000_000), max_used_percent: usual(90), max_content_bytes: None };
        assert_eq!(config.room, room);
        let none = check(&["--min-free-disk-gb", "0", "--max-disk-percent", "100"]).unwrap().room;
        assert_eq!(none, RoomLimits::default());
        assert_eq!((config.host.to_string().as_str(), config.port), ("127.0.0.1", 3000));
    }

    #[test]
    fn repositories_are_listed_once() {
        let config = check(&["--github-repositories", "acme/shop, acme/till,ACME/Shop"]).unwrap();
        assert_eq!(config.repositories, [("acme".into(), "shop".into()), ("acme".into(), "till".into())]);
    }

    #[test]
    fn misspelt_variables_are_found() {
        let error = misspelt(["PATH", "POLL_INTERVALL_MINUTES"].into_iter()).unwrap();
        assert!(error.to_string().contains("POLL_INTERVAL_MINUTES"), "{error}");
        let error = misspelt(["FILE_STORAGE"].into_iter()).unwrap();
        assert!(error.to_string().contains("FILE_STORAGE_PATH"), "{error}");
        assert_eq!(misspelt(["GITHUB_REPOSITORY", "GITHUB_WORKFLOW", "HOME"].into_iter()), None);
    }

    #[test]
    fn the_token_is_never_shown() {
        let shown = format!("{:?}", check(&[]).unwrap());
        assert!(!shown.contains("t0ken"), "{shown}");
    }
}
