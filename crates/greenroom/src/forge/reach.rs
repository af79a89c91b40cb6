//! Where content may be fetched from. GitHub's redirects name other hosts, and whoever can forge an answer could name
//! ones that only this machine reaches: itself, its neighbours, a cloud's metadata. An address is looked at twice:
//! in the URL, and once its name is resolved, so that a name cannot lead elsewhere the second time.

use super::ForgeError;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Which hosts content may lie on, judged by where the API is.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The API's own host, which is always within reach.
    home: String,
    /// Whether neighbours in private networks are: a GitHub of one's own keeps its content there.
    is_private: bool,
    /// Whether content must come over TLS, as the API does.
    is_secure: bool,
}

impl Reach {
    /// The reach of an API at `base`.
    pub fn of(base: &Url) -> Reach {
        let home = host(base);
        let is_public = ["github.com", "ghe.com"]
            .iter()
            .any(|known| home.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
        let is_loopback = is_local_name(&home) || home.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        Reach { home, is_private: !is_public && !is_loopback, is_secure: base.scheme() == "https" }
    }

    /// Refuses an address that names something out of reach. A name may still resolve to such a thing; see [`Resolve`].
    pub fn check(&self, url: &Url) -> Result<(), ForgeError> {
        if url.scheme() != "https" && (self.is_secure || url.scheme() != "http") {
            return Err(refused("without TLS"));
        }
        let host = host(url);
        if host == self.home {
            return Ok(());
        }
        match host.parse::<IpAddr>() {
            Ok(address) if !self.allows(address) => Err(refused("at an address that only this machine reaches")),
            Err(_) if host.is_empty() || is_local_name(&host) => Err(refused("on this machine")),
            _ => Ok(()),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        let address = plain(address);
        is_public(address) || self.is_private && is_private(address)
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_home = name.as_str().eq_ignore_ascii_case(&reach.home);
            let within: Vec<SocketAddr> = found.filter(|address| is_home || reach.allows(address.ip())).collect();
            if within.is_empty() {
                return Err("the name leads to addresses that only this machine reaches".into());
            }
            Ok::<Addrs, _>(Box::new(within.into_iter()))
        })
    }
}

fn refused(what: &str) -> ForgeError {
    ForgeError::Invalid { reason: format!("the content is said to be {what}, where none is fetched from") }
}

/// The host without what marks it as an IPv6 address or as complete.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Names that mean this machine everywhere.
fn is_local_name(host: &str) -> bool {
    host.strip_suffix("localhost").is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// An IPv6 address that only carries an IPv4 address becomes that: mapped, compatible, 6to4, NAT64.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let four = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] if v6 != Ipv6Addr::LOCALHOST && !v6.is_unspecified() => four(high, low),
        [0x2002, high, low, ..] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => four(high, low),
        _ => address,
    }
}

/// Addresses of somebody's own network.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || matches!(v4.octets(), [100, 64..=127, ..]),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

/// Addresses that everybody reaches; the registries of special-purpose addresses name all others.
fn is_public(address: IpAddr) -> bool {
    if is_private(address) || address.is_loopback() || address.is_unspecified() || address.is_multicast() {
        return false;
    }
    match address {
        IpAddr::V4(v4) => {
            let is_special = matches!(v4.octets(), [0, ..] | [192, 0, 0, _] | [198, 18..=19, ..] | [240..=255, ..]);
            !is_special && !v4.is_link_local() && !v4.is_documentation()
        }
        IpAddr::V6(v6) => !matches!(
            v6.segments(),
            [0xfe80..=0xfeff, ..] | [0x2001, 0xdb8, ..] | [0x64, 0xff9b, 1, ..] | [0x100, 0, 0, 0, ..]
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(base: &str, url: &str) -> bool {
        Reach::of(&Url::parse(base).unwrap()).check(&Url::parse(url).unwrap()).is_ok()
    }

    #[test]
    fn g2_of_the_public_github_only_public_content_over_tls_is_fetched() {
        let api = "https://api.github.com";
        assert!(within(api, "https://productionresultssa0.blob.core.windows.net/x?sig=1"));
        assert!(within(api, "https://140.82.112.3/x") && within(api, "https://[2606:50c0:8000::153]/x"));
        for url in [
            "http://productionresultssa0.blob.core.windows.net/x",
            "https://10.0.0.1/x",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:169.254.169.254]/",
            "https://[2002:a9fe:a9fe::1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::]/",
            "https://localhost./",
            "https://a.localhost/",
        ] {
            assert!(!within(api, url), "{url}");
        }
    }

    #[test]
    fn g2_a_github_of_ones_own_may_keep_its_content_next_door_but_not_here() {
        let api = "https://github.corp.example/api/v3";
        for url in [
            "https://10.1.2.3/x",
            "https://storage.corp.example/x",
            "https://github.corp.example/x",
            "https://[fd00::5]/",
        ] {
            assert!(within(api, url), "{url}");
        }
        for url in ["http://10.1.2.3/x", "https://127.0.0.1/", "https://169.254.169.254/", "https://localhost/"] {
            assert!(!within(api, url), "{url}");
        }
        assert!(within("http://127.0.0.1:5000", "http://127.0.0.1:5001/x"), "a simulator");
        assert!(!within("http://127.0.0.1:5000", "http://127.0.0.2:5001/x"));
        assert!(!within("https://github.com.evil.example", "https://127.0.0.1/x"));
    }

    #[tokio::test]
    async fn g2_a_name_that_leads_to_this_machine_is_not_followed() {
        let resolve = |base: &str| Reach::of(&Url::parse(base).unwrap()).resolve("localhost".parse().unwrap());
        assert!(resolve("https://api.github.com").await.is_err());
        assert!(resolve("https://github.corp.example").await.is_err());
        assert!(resolve("http://localhost:5000").await.is_ok());
    }
}
