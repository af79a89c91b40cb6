//! Every abuse case that Greenroom is held against, by its id: what is done, what must come of it, and whether that is
//! tested. The tests themselves carry the id in their names; `abuse.rs` compares, and writes the table of
//! `docs/security.md` from this list.

/// Whether a case is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// At least one test is named by the case.
    Tested,
    /// What it concerns does not exist, and why.
    NotApplicable(&'static str),
    /// It concerns what exists, and nothing tests it yet; why.
    Open(&'static str),
}

/// An abuse case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// A letter and a number; for good.
    pub id: &'static str,
    /// What is done, and what must come of it.
    pub text: &'static str,
    /// Whether it is tested.
    pub state: State,
}

/// What the letters stand for.
pub const FAMILIES: &[(char, &str)] = &[
    ('Z', "Archives"),
    ('X', "Reports, logs and pictures"),
    ('W', "Content in the browser"),
    ('N', "The network and other web sites"),
    ('G', "GitHub and what stands between"),
    ('H', "Webhooks"),
    ('O', "Secrets, operators, storage"),
];

const NO_LOGIN: State = State::NotApplicable("there is no login yet");
/// The server has no limits of its own on what the case concerns, or a part of it.
const NO_LIMIT: State = State::Open("the server has no limit of its own for it yet: a proxy in front has to");
const NO_TEST: State = State::Open("no test is named by it yet");
const NO_WEBHOOKS: State = State::NotApplicable("there are no webhooks yet: polling alone keeps the mirror");

const fn tested(id: &'static str, text: &'static str) -> Case {
    Case { id, text, state: State::Tested }
}

const fn other(id: &'static str, text: &'static str, state: State) -> Case {
    Case { id, text, state }
}

/// All of them, in order.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    tested("Z1", "Names that climb (`../x`), are absolute, hold backslashes or a drive: flagged `unsafe-name`, readable by position, never a path"),
    tested("Z2", "A symbolic link, whatever it points to: listed as a link whose content is its target's text; not followed"),
    tested("Z3", "A link `d` and then `d/x`: two entries that have nothing to do with each other"),
    tested("Z4", "The same name twice or a thousand times: every one listed, flagged and readable with its own bytes"),
    tested("Z5", "The local header names another file than the directory: flagged `inconsistent`, shown by the directory's name"),
    tested("Z6", "A thousand entries over one body: refused as `overlap` within a second, nothing inflated"),
    tested("Z7", "Kilobytes that inflate to hundreds of megabytes: listed `too-large`, downloadable, memory flat"),
    tested("Z8", "Archives in archives, `.tar.gz`, `.zst`: files like any other, never unpacked by themselves"),
    tested("Z9", "A declared size that is smaller or larger than the content: `size-mismatch`"),
    tested("Z10", "One of fifty entries garbled or with a wrong checksum: that one `corrupt`, the others whole"),
    tested("Z11", "Half a million entries: refused with the reason, archive kept; below the limit listed page by page"),
    tested("Z12", "Claims of 2^40 entries or offsets of 2^63: refused at once"),
    tested("Z13", "Cut anywhere: never listed as if it were whole; with a digest rejected, without one fetched again first"),
    tested("Z14", "Bytes before or after the archive, two end records: the last end record that reads counts, and the artifact says that readers may differ"),
    tested("Z15", "An encrypted entry: listed as `encrypted`, not served"),
    tested("Z16", "A method nobody knows, AES, LZMA: listed as `unsupported-method`, not served"),
    tested("Z17", "Names with NUL, line ends, quotes, markup, escape codes, text direction, 3,000 bytes, no UTF-8, nothing, `CON`, a dot, other case or accents: one id each, exact bytes back"),
    tested("Z18", "A file `a` and a file `a/b`: both there"),
    tested("Z19", "A name of ten thousand segments: listed like any other, nothing recurses"),
    tested("Z20", "Impossible dates and malformed extra fields: no harm"),
    tested("Z21", "Nothing, a web page, JSON or a tar where a zip should be: rejected, and the reason quotes how it begins, escaped"),

    tested("X1", "A document type with external entities or parameter entities in any XML format: nothing read from disk, nothing fetched"),
    tested("X2", "Entities that double, quadratic growth, floods of references: within two seconds and bounded memory"),
    tested("X3", "800,000 attributes on one element, 100,000 namespaces: within two seconds"),
    tested("X4", "A million nested elements or arrays: ends with a problem, not with the stack"),
    tested("X5", "Control characters, wrong encodings, UTF-16, byte order marks: results are still read"),
    tested("X6", "Eleven megabytes of tiny objects: no tree is built, memory flat"),
    tested("X7", "Numbers that are none, endless or negative, dates out of range: clamped or left out, counts unchanged"),
    tested("X8", "A report with more cases than are kept: the first are kept, all are counted, and it says so"),
    tested("X9", "One test ten thousand times: kept as repetitions, in linear time"),
    tested("X10", "Names of ten megabytes, with markup, escape codes, NUL or text direction: cut, and text wherever they are shown"),
    tested("X11", "Attachments that point outside the artifact, to files of the machine or to addresses: resolve within the artifact or not at all"),
    tested("X12", "Mixed and unknown formats, claims of 2^63 failures: counts come from the cases that were read"),
    tested("X13", "A log without a line end, millions of colours, links, cursor movements, forged groups and carriage returns: streamed, nothing hidden, links only to the web"),
    tested("X14", "Pictures that decode to gigabytes, 100,000 frames, bombs in their metadata: the header is judged first, the preview refused, the download works"),
    tested("X15", "PDF, video, office files, fonts: never parsed here, offered for download"),
    tested("X16", "A reader that aborts, overflows its stack, allocates without end or loops: costs its artifact, after three counted tries"),
    tested("X17", "A reader that uses up its time: ended, and told as such"),
    tested("X18", "Expressions and texts made to be slow to search for: linear time, refused above a length"),

    tested("W1", "A hostile HTML report, opened every way: no request to the dashboard or others, no cookie, the dashboard's tab stays"),
    tested("W2", "SVG with scripts, foreign objects and references, as picture and directly: the same"),
    tested("W3", "XHTML, styled XML, feeds, MathML: the same"),
    tested("W4", "Scripts, styles, WebAssembly and JSON of an artifact used by another page: refused by type"),
    tested("W5", "HTML in disguise, polyglots: shown only where content and name agree, else a download"),
    tested("W6", "HTML in UTF-7 or UTF-16 under a name of text: shown as text"),
    tested("W7", "An artifact that registers a worker or a manifest: refused"),
    tested("W8", "Floods of forged messages, openers, names of windows: the application listens to its own frame only"),
    tested("W9", "A frame that navigates, opens, submits, downloads, asks for devices: blocked or without effect"),
    tested("W10", "Markdown with HTML, scripts as links, remote pictures: no markup, no remote load"),
    tested("W11", "Names of branches, commits, people, steps with markup and text direction: text everywhere"),
    tested("W12", "The sandbox words of the application's frames: a constant; never scripts beside the own origin"),
    tested("W13", "A report that loops, allocates gigabytes or weighs 200 MB: the application stays usable"),
    tested("W14", "A report that guesses addresses of other artifacts or of the API: nothing without its token"),
    tested("W15", "File names in titles, crumbs and downloads: text, never a path"),
    tested("W16", "Addresses GitHub is said to have sent with another scheme or host: not a link"),
    other("W17", "Cells of an export that a spreadsheet would run", State::NotApplicable("nothing is exported as CSV or TSV")),
    tested("W18", "Download names with quotes, line ends, parameters, other scripts, 3 KB: one header, 255 bytes, extension kept"),
    tested("W19", "Error pages that could echo the request: JSON or text, not sniffed, no scripts"),
    tested("W20", "Answers behind a shared cache: private, with the right `Vary`"),
    tested("W21", "A view address for one artifact rewritten for another, another time, shifted fields: refused"),
    tested("W22", "A view address after its time: refused (logout and permissions do not exist yet)"),
    tested("W23", "Viewers that fail on broken pictures, JSON or traces with markup in the error: text, no violation"),

    tested("N1", "A foreign, missing or doubled Host: refused before the application"),
    tested("N2", "Changing requests from other sites or with odd bodies: refused, no effect"),
    tested("N3", "Crawling every GET: the database does not change"),
    tested("N4", "Unknown methods and headers that override the method: refused, ignored"),
    other("N5", "Endless bodies to every address: cut at the limit, memory flat", NO_LIMIT),
    other("N6", "Slow headers and bodies on many sockets: closed, others are served", NO_LIMIT),
    other("N7", "Readers at a trickle on a huge file: little memory each, reset when stalled", NO_LIMIT),
    other("N8", "Thousands of idle connections: closed", NO_LIMIT),
    tested("N9", "Thousands of live streams from one address: refused above a cap, others served"),
    other("N10", "Tricks of HTTP/2: not spoken, or closed", State::NotApplicable("only HTTP/1.1 is spoken")),
    other("N11", "Encoded and doubly encoded climbing paths, NUL, 64 KB: 400 or 404, never a file", NO_TEST),
    tested("N12", "Absurd pages, limits, cursors, dates and filters: 400 that names the field"),
    other("N13", "Searches of 100 KB, of wildcards, of one letter: bounded time", NO_TEST),
    other("N14", "Ranges without end or sense: 416 or the whole", NO_TEST),
    other("N15", "Two lengths, folded headers, bad chunks: 400 and closed", NO_TEST),
    other("N16", "A viewer asks for what another may see", NO_LOGIN),
    other("N17", "Guessed passwords, fixed sessions, cookies, logout", NO_LOGIN),
    other("N18", "OAuth without state, replayed, for a stranger", NO_LOGIN),
    other("N19", "Redirects to other hosts by a parameter: only local paths, or no redirects at all", NO_TEST),
    other("N20", "A new route without a word about who may ask it: a test fails", NO_TEST),
    other("N21", "Addresses that resemble public ones: only exact ones count", NO_TEST),
    tested("N22", "Preflights of other origins: no permission"),
    other("N23", "Forged forwarding headers: ignored", NO_TEST),
    other("N24", "Health, readiness, metrics and version: no names, no secrets", NO_TEST),

    tested("G1", "The redirect to the blob store: followed without the token"),
    tested("G2", "Redirects to loopback in every spelling, link-local metadata, private networks, names that resolve there, other schemes, circles: no connection, no token"),
    tested("G3", "Addresses in GitHub's JSON or headers on another host: not followed with the token"),
    tested("G4", "Link headers in circles, of megabytes, malformed, to other hosts, pages without end: bounded, and an error that says so"),
    tested("G5", "JSON without end, bombs in its encoding, wrong types, unknown words, ids of 2^63, items twice: bounded; bad items are skipped and counted, others kept"),
    tested("G6", "Bytes that do not match their digest are refused and tried again; without a digest the own hash is kept"),
    tested("G7", "Cut, reset or stalled at any place, a page instead of content: resumed or started again, never taken as whole"),
    tested("G8", "401, 403, 404, 410, 451: states of their own; a refused token stops all calls"),
    tested("G9", "Limits with every kind of wait, also absurd ones: no request inside the window, waits capped"),
    tested("G10", "Clocks that differ or jump: waits follow the server, leases end by themselves"),
    tested("G11", "A repository renamed, or deleted and made anew under its name: history follows the id, the new one begins its own"),
    tested("G12", "Re-runs of runs and jobs, deleted, cancelled, stuck and very long runs: attempts apart, content kept"),
    tested("G13", "Runs and artifacts that come while pages are read, more than a listing shows, equal times: none missed, none twice"),
    tested("G14", "An artifact that expires before its download: `expired`, not asked for again"),
    tested("G15", "An artifact deleted and uploaded again under its name: two ids, both kept"),
    tested("G16", "A fork's pull request with the names of the main branch: marked, and left out of trends, verdicts and badges"),
    tested("G17", "A certificate for another name, expired or self-signed: refused, with no switch to accept it"),

    other("H1", "Missing or wrong signatures", NO_WEBHOOKS),
    other("H2", "How signatures are compared", NO_WEBHOOKS),
    other("H3", "No secret configured", NO_WEBHOOKS),
    other("H4", "Broken bodies under a good signature", NO_WEBHOOKS),
    other("H5", "One delivery a thousand times", NO_WEBHOOKS),
    other("H6", "Unknown events and foreign repositories", NO_WEBHOOKS),
    other("H7", "A body that contradicts the API", NO_WEBHOOKS),
    other("H8", "A thousand a second", NO_WEBHOOKS),
    other("H9", "Earlier than what it tells of can be seen", NO_WEBHOOKS),
    other("H10", "Out of order", NO_WEBHOOKS),
    other("H11", "None for a day", NO_WEBHOOKS),

    tested("O1", "Canaries in every secret setting, every error forced: found in no output, in no encoding"),
    other("O2", "Line ends and control characters in names: one line of log an event, escaped", NO_TEST),
    other("O3", "A token that may write, or expires soon: `doctor` warns", NO_TEST),
    other("O4", "A secret file that everybody can read: refused", State::NotApplicable("secrets are read from the environment, not from files")),
    tested("O5", "Listening for others without a login: refused without a word for it"),
    tested("O6", "Misspelt, doubled and malformed settings: named, with the one that was meant"),
    tested("O7", "Another instance's or an emptied place for content, a database older than its content: refused or told"),
    tested("O8", "A second process on one SQLite file: refused, names the holder"),
    tested("O9", "A database newer than the program: refused, names both versions"),
    tested("O10", "A full disk at any step: collection pauses, reading goes on, resumes by itself"),
    tested("O11", "Retention of nothing, of negative days or shorter than the sync window: refused; a dry run shows counts"),
    tested("O12", "Restoring over something, from a backup with a flipped bit or a missing piece: refused and named"),
    tested("O13", "Killed during migration, restore, collection of garbage or retention: the next start goes on or back"),
    tested("O14", "Purging what leaked a secret: found nowhere afterwards, and written down"),
    tested("O15", "Network file systems, few file descriptors, wrong clocks: `doctor` warns"),
    other("O16", "A proxy that buffers, strips headers or mounts below a path: `doctor` says so", NO_TEST),
    other("O17", "Default credentials", State::NotApplicable("there is no login, and so none to guess")),
];
