//! The page in a real browser, where one is installed: no error, no request, nothing that sticks out.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use drucloud::model::preview::Preview;
use drucloud::ui::html::render_html;

use crate::plans::{change, context, first, large, shipped};

/// The programs that are Chromium, by the names under which systems have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The browser, if there is one.
fn browser() -> Option<&'static str> {
    let runs =
        |name: &&&str| Command::new(name).arg("--version").output().is_ok_and(|done| done.status.success());
    NAMES.iter().find(runs).copied()
}

/// A proxy that lets nothing through and counts who asks.
struct Nobody {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Nobody {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut text = [0; 2048];
                let read = stream.and_then(|mut stream| stream.read(&mut text)).unwrap_or_default();
                // The browser itself asks its makers for updates, whatever one forbids it.
                let asked = String::from_utf8_lossy(&text[..read]).into_owned();
                let own = ["google", "gvt1.com"].iter().any(|host| asked.contains(host));
                if read > 0 && !own {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { address, asked }
    }
}

/// Opens a page; what the browser has logged, and the page as it then is.
fn open(browser: &str, folder: &Path, page: &Path, proxy: &str, dark: bool) -> (String, String) {
    let mut command = Command::new(browser);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ])
        .args(["--enable-logging=stderr", "--v=0", "--dump-dom", "--window-size=1280,1000"])
        .arg(format!("--user-data-dir={}", folder.join(if dark { "dark" } else { "light" }).display()))
        .arg(format!("--proxy-server=http://{proxy}"));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let done = command.arg(format!("file://{}", page.display())).output().expect("the browser runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8_lossy(&done.stderr).into_owned(), String::from_utf8_lossy(&done.stdout).into_owned())
}

/// What the page itself has written to the console.
fn console(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("CONSOLE")).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that was skipped has to say so")]
fn the_page_opens_without_an_error_and_asks_for_nothing() {
    let Some(browser) = browser() else {
        eprintln!("skipped: there is no Chromium here");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let nobody = Nobody::listen();
    let plans =
        [first(&shipped()["drucloud.yaml"]), change(&large(20, 10, 7, "old"), &large(20, 10, 30, "new"))];
    for (index, plan) in plans.iter().enumerate() {
        let page = folder.path().join(format!("{index}.html"));
        fs::write(&page, render_html(&Preview::of(plan), &context(), "drucloud up")).expect("a page");
        for dark in [false, true] {
            let (log, dom) = open(browser, folder.path(), &page, &nobody.address, dark);
            assert_eq!(console(&log), [""; 0], "{log}");
            assert!(dom.contains("<h1>Plan for drucloud/prod</h1>") && dom.contains("</svg>"), "{dom}");
            let entries = dom.matches("<details id=").count() + dom.matches("<p class=\"one\" id=").count();
            assert_eq!(entries, plan.steps.iter().filter(|step| shown(step)).count());
        }
    }
    assert_eq!(nobody.asked.load(Ordering::SeqCst), 0, "the page asked for something");
    // The test would see both: an error, and a request.
    let page = folder.path().join("bad.html");
    let bad = "<img src=\"http://example.org/x.png\"><script>console.error('seen')</script>";
    fs::write(&page, format!("<h1>x</h1>{bad}")).expect("a page");
    let (log, _) = open(browser, folder.path(), &page, &nobody.address, false);
    assert!(console(&log).iter().any(|line| line.contains("seen")), "{log}");
    assert_ne!(nobody.asked.load(Ordering::SeqCst), 0, "a request is seen");
}

/// Whether a step has an entry of its own: what is replaced is told with its successor.
fn shown(step: &drucloud::model::plan::Step) -> bool {
    step.reason != drucloud::model::plan::Reason::Replaced
}
