"""What a web node answers: the real nginx and PHP-FPM with their rendered configuration, and a small site."""

from __future__ import annotations

import itertools

import pytest

from site_under_test import Site

FILES = "/srv/files/public"
_numbers = itertools.count()


def new(path: str = "/page") -> str:
    """A path that nobody has asked for yet."""
    return f"{path}-{next(_numbers)}"


# ---------------------------------------------------------------- what nobody may read

BLOCKED = """
/.env /.git/config /.git/HEAD /.htaccess /.htpasswd /.svn/entries /.DS_Store /sites/default/.git/config /.gitignore
/CHANGELOG.txt /core/CHANGELOG.txt /INSTALL.txt /INSTALL.mysql.txt /LICENSE.txt /MAINTAINERS.txt /README.txt
/UPGRADE.txt /core/INSTALL.txt /README.md /modules/contrib/views/README.md /libraries/x/LICENSE.txt
/web.config /composer.json /composer.lock /core/composer.json /package.json /package-lock.json /yarn.lock
/themes/custom/x/package.json /themes/custom/x/gulpfile.js /themes/custom/x/Gruntfile.js /phpunit.xml /core/phpunit.xml.dist
/core/modules/node/node.install /core/modules/node/node.module /core/includes/install.inc /includes/bootstrap.inc
/core/profiles/standard/standard.profile /core/themes/olivero/olivero.theme /core/lib/x.engine /core/modules/node/node.routing.yml
/core/modules/node/node.info.yml /sites/default/services.yml /sites/default/default.services.yml /sites/x.yaml
/core/modules/node/templates/node.html.twig /modules/node/node.tpl.php /modules/x/x.make /sites/all/translations/de.po
/scripts/x.sh /core/scripts/x.sh /dump.sql /backup.mysql /x.pgsql /dump.sql.gz /dump.sql.zip /db.sql.bz2 /x.xtmpl
/sites/default/settings.php /sites/default/settings.php~ /sites/default/settings.php.bak /sites/default/settings.php.orig
/sites/default/settings.php.save /sites/default/settings.php.swp /sites/default/settings.php.swo /sites/default/settings.php.txt
/settings.php_old.bak /index.php.bak /index.php~ /x.inc~ /x.module.bak /x.yml.orig /x.twig.swp /x.theme.save /x.bak /x.old /x.log
/vendor/autoload.php /vendor/bin/drush /core/vendor/autoload.php /vendor/composer/installed.json /node_modules/x/index.js
/patches /patches/core.patch /backup /backup/site.tar /vendor
/xmlrpc.php /cron.php /core/rebuild.php /core/authorize.php /authorize.php /core/modules/statistics/statistics.php
/update.php /install.php /core/install.php /update.php/selection /core/install.php/x /sites/default/evil.php /phpinfo.php
/sites/all/modules/x/evil.php /index.php.php /evil.PHP /x.php/y.css
/sites/default/files/evil.php /sites/default/files/evil.php5 /sites/default/files/evil.phtml /sites/default/files/evil.phar
/sites/default/files/evil.php.txt /sites/default/files/a/evil.PHP /sites/default/files/evil.php/x.css /sites/default/files/styles/x/evil.php
/sites/default/files/private/secret.pdf /sites/default/files/private/a/b.jpg /sites/default/files/php/twig/x/y.html
/sites/default/files/config_abc/sync/system.site.yml /sites/default/files/dump.sql /sites/default/files/backup_migrate/x.mysql.gz
/sites/default/files/.htaccess /sites/default/private/files/x /.well-known/../.git/config /%2egit/config /sites/default/settings%2ephp
//.git/config /x/%2e%2e/web.config /.well-known/evil.php
""".split()


@pytest.mark.parametrize("path", BLOCKED)
def test_nobody_may_read(site: Site, path: str) -> None:
    for method in ("GET", "POST"):
        answer = site.get(path, method)
        assert answer.status == 404, f"{method} {path}: {answer.status} {answer.body[:80]}"
        assert '"site": "index"' not in answer.body and '"site":"index"' not in answer.body, f"{path} reached Drupal"


def test_what_is_really_there_is_blocked_too(site: Site) -> None:
    """The long list asks for names; here the files exist."""
    for name in ["CHANGELOG.txt", "web.config", "composer.json", ".env", "vendor/autoload.php", "core/x.yml", "x.sql"]:
        site.write(site.docroot / name, "a secret")
        answer = site.get(f"/{name}")
        assert answer.status == 404 and "a secret" not in answer.body, name
    for name in ["private/x.pdf", "evil.php", "config_x/sync/a.yml", "x.sql"]:
        site.write(f"{FILES}/{name}", "a secret")
        answer = site.get(f"/sites/default/files/{name}")
        assert answer.status == 404 and "a secret" not in answer.body, name


def test_drupal_7_protects_its_own_kinds_of_files(site: Site) -> None:
    for name in ["/modules/node/node.info", "/modules/node/node.test"]:
        reached = '"site":"index"' in site.get(name).body
        assert reached != site.is_7, f"{name}: Drupal 8 and later have pages with such names"


@pytest.mark.parametrize("path", ["/user/1", "/tag", "/node/1.html", "/about-php", "/index.php", "/index.php/node/1",
                                  "/blog/what-is-mysql", "/v1.2/mysql", "/download/readme", "/system/files/report.txt",
                                  "/en/system/files/private.yml", "/sitemap.xml", "/root", "/entries", "/rss.xml"])
def test_pages_reach_drupal(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status == 200 and answer.told["site"] == "index", path
    assert answer.told["REQUEST_URI"] == path and answer.told["SCRIPT_NAME"] == "/index.php"


def test_public_texts_are_public(site: Site) -> None:
    assert site.get("/robots.txt").body == "User-agent: *\n"
    assert site.get("/ads.txt").told["site"] == "index", "a module makes it"
    for name in ["readme.txt", "list.yml", "report.pdf", "a.info"]:
        site.write(f"{FILES}/{name}", "public")
        assert site.get(f"/sites/default/files/{name}").body == "public", name
    site.write(site.docroot / ".well-known/security.txt", "mail us")
    assert site.get("/.well-known/security.txt").body == "mail us"
    assert site.get("/.well-known/acme-challenge/x").told["site"] == "index"


# ---------------------------------------------------------------- the load balancer, the visitor

def test_the_load_balancer_hears_that_the_node_lives(site: Site) -> None:
    answer = site.get("/.healthz")
    assert (answer.status, answer.body) == (200, "ok\n")
    site.php(on=False)
    try:
        assert site.get("/.healthz").status == 200, "liveness is nginx's own"
    finally:
        site.php(on=True)


def test_php_is_told_the_visitor_and_cannot_be_fooled(site: Site) -> None:
    answer = site.get(new("/user/login"), X_Forwarded_For="203.0.113.9, 198.51.100.7", X_Forwarded_Proto="https",
                      Proxy="http://evil.example", X_Forwarded_Host="evil.example", Accept_Encoding="gzip")
    told = answer.told
    # The test is not in the network of the load balancer, so its own word on the visitor counts for nothing.
    assert told["REMOTE_ADDR"] == "127.0.0.1" and told["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert (told["HTTPS"], told["SERVER_PORT"], told["REQUEST_SCHEME"]) == ("on", "443", "https")
    for name in ["HTTP_PROXY", "HTTP_X_FORWARDED_HOST", "HTTP_ACCEPT_ENCODING"]:
        assert not told.get(name), name
    plain = site.get(new("/user/login"), X_Forwarded_Proto="http").told
    assert "HTTPS" not in plain and plain["SERVER_PORT"] == "80"


def test_php_runs_the_release_and_not_the_link(site: Site) -> None:
    told = site.get(new()).told
    assert told["SCRIPT_FILENAME"] == f"{site.docroot}/index.php" and told["DOCUMENT_ROOT"] == str(site.docroot)


def test_status_pages_are_for_this_machine_only(site: Site) -> None:
    assert "Active connections" in site.get("/nginx-status", port=8081).body
    assert "pool:" in site.get("/fpm-status", port=8081).body
    for path in ["/nginx-status", "/fpm-status", "/fpm-ping"]:
        assert site.get(path).told["site"] == "index", f"{path} is nothing special for visitors"


# ---------------------------------------------------------------- headers

def test_nobody_is_told_versions(site: Site) -> None:
    for path in [new(), "/release.css", "/CHANGELOG.txt", "/robots.txt", "/.healthz"]:
        answer = site.get(path)
        assert answer.header("server") == "nginx", path
        for name in ["x-powered-by", "x-generator", "x-drupal-cache-tags"]:
            assert answer.header(name) is None, f"{path}: {name}"
        assert "nginx/" not in answer.body, path


def test_every_kind_of_answer_has_the_security_headers(site: Site) -> None:
    site.write(f"{FILES}/css/a.css")
    site.write(f"{FILES}/font.woff2")
    site.write(f"{FILES}/a.pdf")
    paths = [new(), "/release.css", "/CHANGELOG.txt", "/robots.txt", "/sites/default/files/css/a.css",
             "/sites/default/files/font.woff2", "/sites/default/files/a.pdf", "/own-policy"]
    for path in paths:
        answer = site.get(path)
        assert answer.header("x-content-type-options") == "nosniff", path
        assert answer.header("referrer-policy") == "strict-origin-when-cross-origin", path
        policy = "default-src 'self'" if path == "/own-policy" else "frame-ancestors 'self'"
        assert answer.header("content-security-policy") == policy, f"{path}: one policy, and Drupal's own goes first"


# ---------------------------------------------------------------- files

def test_files_are_kept_for_a_year(site: Site) -> None:
    site.write(f"{FILES}/a.jpg")
    for path in ["/release.css", "/release.css?v=11.1", "/sites/default/files/a.jpg"]:
        answer = site.get(path)
        assert answer.header("cache-control") == "max-age=31536000, public", path
        assert answer.header("expires"), path


@pytest.mark.parametrize("folder", ["css", "js", "advagg_css", "advagg_js", "optimized/css", "optimized/js"])
def test_aggregates_are_kept_for_ever(site: Site, folder: str) -> None:
    kind = folder[-3:].lstrip("_/")
    site.write(f"{FILES}/{folder}/{folder.replace('/', '_')}_hash.{kind}", "body{}")
    answer = site.get(f"/sites/default/files/{folder}/{folder.replace('/', '_')}_hash.{kind}")
    assert answer.status == 200
    assert answer.header("cache-control") == "max-age=31536000, public, no-transform, immutable"


def test_an_aggregate_that_is_compressed_already_is_sent_so(site: Site) -> None:
    site.write(f"{FILES}/css/z.css", "plain")
    site.run("sh", "-c", f"printf small | gzip > {FILES}/css/z.css.gz")
    answer = site.get("/sites/default/files/css/z.css", Accept_Encoding="gzip")
    assert answer.header("content-encoding") == "gzip" and answer.header("vary") == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/sites/default/files/styles/large/public/a.png",
                                  "/sites/default/files/styles/large/public/a.jpg.webp",
                                  "/sites/default/files/css/css_new.css", "/sites/default/files/js/js_new.js"])
def test_what_is_not_there_yet_is_made_by_drupal_once(site: Site, path: str) -> None:
    first = site.get(path)
    assert (first.status, first.body) == (200, "made by PHP") and first.header("x-cache") == "MISS"
    second = site.get(path)
    assert second.status == 200 and second.header("x-cache") is None, "the second time nginx has the file"
    assert second.header("expires")


def test_styles_of_files_in_s3_reach_drupal(site: Site) -> None:
    assert site.get("/s3/files/styles/large/s3/a.png").body == "made by PHP"


def test_other_pictures_that_are_not_there_reach_drupal(site: Site) -> None:
    assert site.get(new("/module-made") + ".png").told["site"] == "index"
    assert site.get(new("/sites/default/files/lost") + ".webp").told["site"] == "index"


def test_fonts_are_for_the_sites_that_may_use_them(site: Site) -> None:
    for folder, prefix in [(FILES, "/sites/default/files"), (str(site.docroot), "")]:
        for ending in ["woff2", "woff", "ttf", "otf", "eot", "svg"]:
            site.write(f"{folder}/font.{ending}")
            path = f"{prefix}/font.{ending}"
            for origin in ["https://other.example.net", "https://www.example.org"]:
                answer = site.get(path, Origin=origin)
                assert answer.header("access-control-allow-origin") == origin, path
                assert "Origin" in answer.header("vary"), path
            for origin in ["https://evil.example", "https://www.example.org.evil.example"]:
                answer = site.get(path, Origin=origin)
                assert answer.status == 200 and answer.header("access-control-allow-origin") is None, path
                assert "Origin" in answer.header("vary"), "or a cache would give this answer to those who may"


# ---------------------------------------------------------------- the micro-cache

def test_a_page_is_made_once(site: Site) -> None:
    path = new()
    first, second = site.get(path), site.get(path, Cookie="_ga=GA1.2; has_js=1")
    assert (first.header("x-cache"), second.header("x-cache")) == ("MISS", "HIT")
    assert first.header("x-made") == second.header("x-made")
    assert site.get(path, Host="other.example.org").header("x-cache") == "MISS", "another host is another page"
    assert site.get(path, X_Forwarded_Proto="https").header("x-cache") == "MISS", "another scheme is another page"
    assert site.get(path, "HEAD").header("x-cache") == "MISS", "HEAD has no body to keep for GET"


@pytest.mark.parametrize("headers", [
    {"Cookie": "SESS0123456789abcdef=x"}, {"Cookie": "SSESS0123456789abcdef=x"}, {"Cookie": "a=b; SSESSff00=x; c=d"},
    {"Cookie": "NO_CACHE=Y"}, {"Authorization": "Basic YTpi"},
])
def test_a_visitor_who_is_known_goes_past_the_cache(site: Site, headers: dict[str, str]) -> None:
    path = new()
    assert site.get(path).header("x-cache") == "MISS"
    mine = site.get(path, **headers)
    assert mine.header("x-cache") == "BYPASS"
    assert site.get(path).header("x-made") != mine.header("x-made"), "what he got is never kept"


@pytest.mark.parametrize("path", ["/admin", "/admin/content", "/user", "/user/login", "/user/1/edit", "/de/admin/content",
                                  "/pt-br/user/login", "/cart", "/system/ajax", "/system/files/a.pdf", "/batch?id=1&op=do",
                                  "/cron/abc", "/node/add", "/node/1/edit", "/node/1/delete?x=1", "/index.php/user"])
def test_where_people_work_nothing_is_cached(site: Site, path: str) -> None:
    assert [site.get(path).header("x-cache") for _ in range(2)] == ["BYPASS", "BYPASS"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_is_never_answered_from_the_cache(site: Site, method: str) -> None:
    path = new()
    assert site.get(path).header("x-cache") == "MISS"
    assert site.get(path, method).header("x-cache") == "BYPASS"


@pytest.mark.parametrize("path", ["/private-answer", "/kept-for-nobody", "/sets-a-cookie", "/varies"])
def test_what_is_not_for_all_is_not_kept(site: Site, path: str) -> None:
    answers = [site.get(path) for _ in range(2)]
    assert [answer.header("x-cache") for answer in answers] == ["MISS", "MISS"]
    assert answers[0].header("x-made") != answers[1].header("x-made")


def test_redirects_are_kept_too(site: Site) -> None:
    path = new("/moved")
    assert [(a.status, a.header("x-cache")) for a in (site.get(path), site.get(path))] == [(301, "MISS"), (301, "HIT")]


def test_drupals_own_word_on_keeping_reaches_the_cdn(site: Site) -> None:
    answer = site.get(new())
    assert answer.header("cache-control") == "max-age=300, public" and "Cookie" in answer.header("vary")


def test_when_php_fails_the_last_page_is_served(site: Site) -> None:
    path, other = new(), new()
    made = site.get(path).header("x-made")
    code, said = site.run("sleep", "16")  # longer than a page is fresh
    assert code == 0, said
    site.php(on=False)
    try:
        answer = site.get(path)
        assert answer.status == 200 and answer.header("x-made") == made
        assert answer.header("x-cache") in ("STALE", "UPDATING")
        busy = site.get(other)
        assert busy.status == 503 and busy.header("retry-after") == "10" and "busy" in busy.body
        assert busy.header("cache-control") == "no-store"
        assert site.get("/release.css").status == 200, "files need no PHP"
    finally:
        site.php(on=True)
    assert site.get(other).status == 200


def test_a_purge_empties_the_cache(site: Site) -> None:
    path = new()
    made = site.get(path).header("x-made")
    assert site.run("/usr/local/sbin/drucloud-purge") == (0, "")
    assert site.get(path).header("x-made") != made
