//! Stack frames of the common languages, read just closely enough to say which place of the repository a
//! failure came from. What is made of that place is left to `fingerprint`.

use super::mask;

/// Lines of a stack that are looked at.
const MOST_LINES: usize = 200;
/// Parts of paths that belong to a language or its packages rather than to the repository.
const FOREIGN_PATHS: &[&str] = &[
    "node_modules/",
    "node:",
    "internal/",
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    "_pytest/",
    "unittest/",
    "/usr/local/go/",
    "/hostedtoolcache/",
    "/go/pkg/mod/",
    "/rustc/",
    ".cargo/",
    "/rustlib/",
    "/gems/",
    "/lib/ruby/",
    "vendor/",
    "/usr/include/",
    "/usr/lib/",
    "googletest",
    "gtest",
    "<frozen",
    "<string>",
    "<internal:",
];
/// Beginnings of functions that belong to a language or to a test framework.
const FOREIGN_FUNCTIONS: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "org.scalatest.",
    "org.junit.",
    "junit.",
    "org.testng.",
    "org.hamcrest.",
    "org.assertj.",
    "org.mockito.",
    "org.gradle.",
    "org.apache.maven.",
    "org.springframework.",
    "System.",
    "Microsoft.",
    "Xunit.",
    "NUnit.",
    "FluentAssertions.",
    "core::",
    "std::",
    "alloc::",
    "test::",
    "rust_begin_unwind",
    "__rust",
    "PHPUnit\\",
    "testing::",
    "testing.",
    "runtime.",
    "__libc_start",
    "_start",
    "main(",
];
/// Extensions of source files.
const EXTENSIONS: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "py", "pyx", "java", "kt", "kts", "scala",
    "groovy", "clj", "go", "rs", "cs", "fs", "vb", "rb", "feature", "php", "phpt", "c", "cc", "cpp", "cxx", "h", "hh",
    "hpp", "m", "mm", "swift", "dart", "ex", "exs", "erl", "lua", "pl", "t", "sh", "bats", "robot", "hs", "ml", "jl",
    "zig", "nim", "r",
];

/// A place in the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Function, where the frame names one.
    pub function: Option<String>,
    /// File, relative to the repository.
    pub file: Option<String>,
    /// Line within the file.
    pub line: Option<u32>,
    /// Whether the frames of this language come with the innermost last.
    innermost_last: bool,
}

impl Frame {
    /// What names the place while code around it changes: the function, or else ten lines of the file.
    pub fn place(&self) -> String {
        let file = self.file.as_deref().unwrap_or("");
        match (&self.function, self.line) {
            (Some(function), _) => format!("{file}#{function}"),
            (None, Some(line)) => format!("{file}:{}", line / 10),
            (None, None) => file.to_owned(),
        }
    }

    fn is_foreign(&self) -> bool {
        let foreign_path = |file: &str| FOREIGN_PATHS.iter().any(|part| file.contains(part));
        let foreign_function = |name: &str| FOREIGN_FUNCTIONS.iter().any(|begin| name.starts_with(begin));
        self.file.as_deref().is_some_and(foreign_path) || self.function.as_deref().is_some_and(foreign_function)
    }
}

/// The innermost frame of a stack that lies in the repository.
pub fn innermost(stack: &str) -> Option<Frame> {
    let mut first = None;
    let mut last = None;
    for line in stack.lines().take(MOST_LINES) {
        let Some(frame) = read(mask::strip_runner_time(line)).filter(|frame| !frame.is_foreign()) else { continue };
        if frame.innermost_last {
            last = Some(frame);
        } else if first.is_none() {
            first = Some(frame);
        }
    }
    last.or(first)
}

/// Whether a line is a frame, and nothing else.
pub fn is_frame(line: &str) -> bool {
    let line = line.trim();
    let begins =
        line.starts_with("at ") || line.starts_with("File \"") || is_numbered(line) || line.starts_with("# ./");
    begins && read(line).is_some()
}

fn is_numbered(line: &str) -> bool {
    let rest = line.strip_prefix('#').unwrap_or(line);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && (rest[digits..].starts_with(' ') && line.starts_with('#') || rest[digits..].starts_with(": "))
}

/// Reads one line as a frame.
fn read(line: &str) -> Option<Frame> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("File \"") {
        return read_python(rest);
    }
    if let Some(rest) = line.strip_prefix("at ") {
        return read_at(rest.trim_start_matches("async ").trim_start_matches("new "));
    }
    if is_numbered(line) {
        return read_numbered(line);
    }
    if let Some((function, rest)) = line.split_once('@').filter(|(function, _)| is_name(function)) {
        return location(rest).map(|(file, at)| frame(name(function), file, at));
    }
    read_location(line.strip_prefix("# ").unwrap_or(line))
}

fn frame(function: Option<String>, file: &str, line: Option<u32>) -> Frame {
    let file = mask::normalise_path(file);
    let file = mask::mask_name(&file).into_owned();
    Frame { function, file: (!file.is_empty()).then_some(file), line, innermost_last: false }
}

/// `File "tests/test_cart.py", line 12, in test_total`.
fn read_python(rest: &str) -> Option<Frame> {
    let (file, rest) = rest.split_once('"')?;
    let rest = rest.strip_prefix(", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, ""));
    let line = number.trim().parse().ok();
    Some(Frame { innermost_last: true, ..frame(name(function), file, line) })
}

/// What follows `at `: JavaScript, Java, .NET, and the second line of a frame of Rust.
fn read_at(rest: &str) -> Option<Frame> {
    if let Some((signature, place)) = rest.split_once(") in ") {
        let (file, line) = place.rsplit_once(":line ")?;
        return Some(frame(name(before_parenthesis(signature)), file, line.trim().parse().ok()));
    }
    let inside = rest.rsplit_once('(').and_then(|(function, inside)| Some((function, inside.split_once(')')?.0)));
    if let Some((function, inside)) = inside {
        if let Some((file, line)) = location(inside) {
            return Some(frame(name(function), file, line));
        }
        // Java without debug symbols, and .NET without them.
        return name(function).filter(|function| function.contains('.')).map(|name| frame(Some(name), "", None));
    }
    location(rest).map(|(file, line)| frame(None, file, line))
}

/// `#0 /app/Cart.php(12): Cart->total()`, `#1 0x55d0 in total(int) cart.cpp:12:5`, `4: shop::cart::total`.
fn read_numbered(line: &str) -> Option<Frame> {
    let rest = line.trim_start_matches(|c: char| c == '#' || c.is_ascii_digit());
    if let Some(path) = rest.strip_prefix(": ") {
        let path = path.split(" - ").last().unwrap_or(path);
        return path.contains("::").then(|| frame(name(path), "", None));
    }
    let rest = rest.trim_start();
    if let Some((_, named)) = rest.split_once(" in ").filter(|(address, _)| address.starts_with("0x")) {
        let file = named.split_whitespace().next_back().and_then(location);
        return Some(frame(name(before_parenthesis(named)), file.map_or("", |at| at.0), file.and_then(|at| at.1)));
    }
    let (place, function) = rest.split_once(": ")?;
    location(place).map(|(file, line)| frame(name(before_parenthesis(function)), file, line))
}

/// A line that begins with a place: `./spec/cart_spec.rb:12:in 'total'`, `tests/test_cart.py:12: AssertionError`,
/// `cart_test.go:12: total is wrong`, `Error Trace: cart_test.go:12`.
fn read_location(line: &str) -> Option<Frame> {
    let line = line.strip_prefix("Error Trace:").map_or(line, str::trim_start);
    let (_, line) = line.split_once(" panicked at ").unwrap_or(("", line));
    let place = line.split_whitespace().next()?;
    let (file, number) = location(place).filter(|(_, number)| number.is_some())?;
    let function = line.split_once(":in ").and_then(|(_, function)| name(function.trim_matches(['`', '\'', '"'])));
    Some(Frame { innermost_last: file.ends_with(".py"), ..frame(function, file, number) })
}

/// A file of source code with its line: `cart.ts:12:5`, `cart.php(12)`, `Cart.java:12`.
fn location(text: &str) -> Option<(&str, Option<u32>)> {
    let text = text.trim().trim_end_matches([':', ',', ')', ';']);
    let (end, extension) = EXTENSIONS
        .iter()
        .filter_map(|extension| Some((extension_end(text, extension)?, *extension)))
        .min_by_key(|(end, extension)| (*end, std::cmp::Reverse(extension.len())))?;
    let file = &text[..end];
    let begin = file.rfind(|c: char| c.is_whitespace() || c == '"' || c == '\'').map_or(0, |at| at + 1);
    let number: String = text[end..].trim_start_matches([':', '(']).chars().take_while(char::is_ascii_digit).collect();
    (end - begin > extension.len() + 1).then(|| (&file[begin..], number.parse().ok()))
}

/// Where a file with this extension ends, when a line number or nothing follows.
fn extension_end(text: &str, extension: &str) -> Option<usize> {
    text.match_indices('.').find_map(|(at, _)| {
        let rest = text[at + 1..].strip_prefix(extension)?;
        let goes_on = rest.starts_with(':') && rest[1..].starts_with(|c: char| c.is_ascii_digit() || c == 'i')
            || rest.starts_with('(') && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        (rest.is_empty() || goes_on).then_some(at + 1 + extension.len())
    })
}

fn before_parenthesis(text: &str) -> &str {
    text.split_once('(').map_or(text, |(before, _)| before)
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '/' | '<' | '>' | '*'))
}

/// The name of a function without what compilers add; `None` for a function without a name.
fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.rsplit_once(" [as ").map_or(text, |(before, _)| before);
    // Rust: the hash of the crate, and the closures within a function.
    let text = text.split("::{{closure}}").next().unwrap_or(text);
    let text = text.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16).map_or(text, |(before, _)| before);
    // Java: the loader's module, and numbered lambdas.
    let text = text.rsplit_once("//").or_else(|| text.rsplit_once('/')).map_or(text, |(_, after)| after);
    let text = text.split("lambda$").last().unwrap_or(text);
    let cleaned: String =
        text.split('$').filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).collect::<Vec<_>>().join("$");
    let is_nameless = cleaned.is_empty()
        || cleaned.contains("<anonymous>")
        || cleaned.contains("<lambda>")
        || cleaned.contains("<module>")
        || cleaned.contains("<top (required)>")
        || cleaned.starts_with("block ");
    (!is_nameless).then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(stack: &str) -> Option<String> {
        innermost(stack).map(|frame| frame.place())
    }

    #[test]
    fn the_innermost_frame_of_the_repository_is_found_in_every_language() {
        for (language, stack, expected) in [
            (
                "JavaScript",
                "Error: x\n    at expect (node_modules/expect/build/index.js:12:3)\n    at Object.<anonymous> (/home/runner/work/s/s/test/cart.test.ts:42:7)\n    at run (src/a.ts:1:1)",
                "test/cart.test.ts:4",
            ),
            ("JavaScript, named", "    at async Cart.total (src/cart.ts:42:7)", "src/cart.ts#Cart.total"),
            ("JavaScript, bare", "    at file:///home/runner/work/s/s/src/cart.mjs:42:7", "src/cart.mjs:4"),
            ("Firefox", "total@src/cart.js:42:7", "src/cart.js#total"),
            (
                "Python",
                "Traceback (most recent call last):\n  File \"tests/test_cart.py\", line 12, in test_total\n    x()\n  File \"src/cart.py\", line 3, in total\n    y()\n  File \"/usr/lib/python3.12/json/__init__.py\", line 3, in loads",
                "src/cart.py#total",
            ),
            (
                "pytest",
                "def test_total():\n>   assert 1 == 2\nE   assert 1 == 2\n\ntests/test_cart.py:12: AssertionError",
                "tests/test_cart.py:1",
            ),
            (
                "Java",
                "java.lang.IllegalStateException: x\n\tat org.junit.jupiter.api.Assert.fail(Assert.java:12)\n\tat app//shop.Cart.lambda$total$0(Cart.java:42)",
                "Cart.java#total",
            ),
            ("Java, inner", "\tat shop.Cart$Item.total(Cart.java:42)", "Cart.java#shop.Cart$Item.total"),
            ("Kotlin", "\tat shop.CartKt.total(Cart.kt:42)", "Cart.kt#shop.CartKt.total"),
            (
                "Go",
                "panic: x\ngoroutine 7 [running]:\nruntime.gopanic(0x1)\n\t/usr/local/go/src/runtime/panic.go:12 +0x1d\nshop.Total(0x1)\n\t/home/runner/work/s/s/cart.go:42 +0x1d",
                "cart.go:4",
            ),
            ("Go test", "    cart_test.go:42: total is wrong", "cart_test.go:4"),
            ("testify", "\tError Trace:\t/home/runner/work/s/s/cart_test.go:42\n\tError: x", "cart_test.go:4"),
            (
                "Rust",
                "thread 'cart::tests::total' panicked at src/cart.rs:42:5:\nx\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:5:5",
                "src/cart.rs:4",
            ),
            ("Rust, backtrace", "   3: core::ops::call\n   4: shop::cart::total::{{closure}}", "#shop::cart::total"),
            (
                ".NET",
                "   at Xunit.Assert.Equal(Object a) in /src/xunit/Assert.cs:line 3\n   at Shop.CartTests.Total() in D:\\a\\s\\s\\CartTests.cs:line 42",
                "CartTests.cs#Shop.CartTests.Total",
            ),
            (
                ".NET, no symbols",
                "   at System.Int32.Parse(String s)\n   at Shop.Cart.Total(Int32 a, String b)",
                "#Shop.Cart.Total",
            ),
            (
                "Ruby",
                "/opt/gems/rspec/lib/a.rb:12:in `x'\n./spec/cart_spec.rb:42:in `block (2 levels) in <top (required)>'",
                "./spec/cart_spec.rb:4",
            ),
            ("RSpec", "# ./lib/cart.rb:42:in 'total'", "lib/cart.rb#total"),
            (
                "PHP",
                "#0 /home/runner/work/s/s/src/Cart.php(42): Shop\\Cart->total()\n#1 {main}",
                "src/Cart.php#Shop\\Cart->total",
            ),
            ("PHPUnit", "/home/runner/work/s/s/tests/CartTest.php:42", "tests/CartTest.php:4"),
            ("C++, gtest", "src/cart_test.cpp:42: Failure\nExpected: 1", "src/cart_test.cpp:4"),
            (
                "C++, sanitizer",
                "    #0 0x55d0c1 in cart::total(int) /home/runner/work/s/s/cart.cpp:42:5",
                "cart.cpp#cart::total",
            ),
        ] {
            let expected = expected.strip_prefix("./").unwrap_or(expected);
            assert_eq!(place(stack).as_deref(), Some(expected), "{language}");
        }
    }

    #[test]
    fn what_is_no_frame_is_left_alone() {
        for text in ["", "expected 1 to be 2", "at last it broke", "see https://example.com/a.html", "ratio 1:2", "@"] {
            assert_eq!(place(text), None, "{text}");
        }
        assert!(is_frame("   at shop.Cart.total(Cart.java:42)"));
        assert!(!is_frame("cart_test.go:42: total is wrong"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(at |File \"|#1 |2: )?\\PC{0,60}") {
            let _ = (innermost(&text), is_frame(&text));
        }
    }
}
