//! What begins with `https://` or `http://`.

use clawpair_core::text::sanitised;
use url::Url;

use super::recognise::token;
use super::report::{Kind, Report};

/// Symbols of the code in a join URL.
const JOIN_CODE: usize = 22;

/// A server's address, or a link that leads to more.
pub(super) fn recognise(text: &str) -> Report {
    let Ok(url) = Url::parse(text) else {
        let hint = Some("Write https://, a host, and a port if it is not the usual one.");
        return Report::of(Kind::ServerUrl).problem("malformed", "This is no address of the web.", hint);
    };
    let place = origin(&url, text);
    if let Some(report) = join_url(&url) {
        return report.leads_to([place]);
    }
    if let Some(report) = url.fragment().and_then(token) {
        return report.leads_to([place]);
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = "It carries a user or password, which does not belong into an address.";
        return Report::of(Kind::ServerUrl).leads_to([place]).problem(
            "credentials_in_url",
            message,
            Some("Leave out what stands before the @."),
        );
    }
    if carries_a_token(&url) {
        let message =
            "It carries the gateway's token, which may do everything there. It stays in the browser's history and in chats.";
        return Report::of(Kind::DashboardUrl).leads_to([place]).grants("everything at the gateway").remark(
            "token_in_url",
            message,
            Some("Open the dashboard with openclaw dashboard instead, and pass a setup code on."),
        );
    }
    server(&url, &place)
}

/// `https://host:port`, without anything that could be secret.
fn origin(url: &Url, text: &str) -> String {
    let host = url.host_str().map(sanitised).unwrap_or_default();
    // A port that is the scheme's own is left out by the parser, and says here that it is not a server's usual one.
    let own = url.port_or_known_default().filter(|port| text.contains(&format!(":{port}")));
    let port = url.port().or(own).map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", url.scheme())
}

/// `…/j/` and 22 symbols.
fn join_url(url: &Url) -> Option<Report> {
    let mut segments = url.path_segments()?.rev().filter(|segment| !segment.is_empty());
    let (code, before) = (segments.next()?, segments.next()?);
    if before != "j" {
        return None;
    }
    let report = Report::of(Kind::JoinUrl)
        .grants("one device to lend its abilities to the gateway's agents; it cannot use or manage the gateway")
        .ends("it does not say; it is good once, and usually for ten minutes")
        .next_step("On the device: npx openclaw connect with this URL. Do not open it in a browser or send it through a chat that shows previews: that uses it up.");
    let whole = code.len() == JOIN_CODE && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let report = if whole {
        report
    } else {
        let message =
            format!("Its code has {} characters in the place of {JOIN_CODE}; it is cut off or was changed.", code.chars().count());
        report.problem("damaged", message, Some("Copy the whole URL, or make a new one: openclaw devices join-code."))
    };
    Some(if url.scheme() == "http" && !is_loopback(url) {
        report.remark(
            "clear_text",
            "It is not encrypted: whoever shares the network can take it first.",
            Some("Use the https:// address."),
        )
    } else {
        report
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// OpenClaw's dashboard takes its token behind `#` or `?`.
fn carries_a_token(url: &Url) -> bool {
    let named = |part: &str| part.split(['&', '?']).any(|pair| pair.starts_with("token=") || pair.starts_with("password="));
    url.query().is_some_and(named) || url.fragment().is_some_and(named)
}

fn server(url: &Url, place: &str) -> Report {
    let report = Report::of(Kind::ServerUrl).leads_to([place.to_owned()]);
    if url.scheme() == "http" && !is_loopback(url) {
        let message = "It is not encrypted: an API key sent there could be read on the way.";
        return report.problem("clear_text", message, Some("Write https://."));
    }
    let report = report.next_step(format!("For a Clawpair server: clawpair platforms add NAME --url {place}"));
    if url.path() == "/" && url.query().is_none() {
        return report;
    }
    report.remark("path", "What stands behind the host is not needed, and was left out.", None)
}
