"""What nobody may read of a site: every one of these files is in the release that the lab deploys.

So a rule that is missing is found by its file being served. The names are those that sites and attackers know.
"""

from __future__ import annotations

# What stands in each of them; a page that contains it has leaked.
SECRET = "nobody may read this"

# In the docroot of the release.
BLOCKED = (
    # Hidden files.
    ".htaccess", ".git/config", ".git/HEAD", ".gitignore", ".gitattributes", ".env", ".env.local", ".svn/entries",
    ".editorconfig", ".eslintrc.json", ".DS_Store", "sites/default/.env", ".lando.yml", ".ht.router.php",
    # What tells versions.
    "CHANGELOG.txt", "core/CHANGELOG.txt", "INSTALL.txt", "core/INSTALL.txt", "core/INSTALL.mysql.txt", "LICENSE.txt",
    "README.txt", "README.md", "core/README.md", "UPGRADE.txt", "MAINTAINERS.txt", "core/USAGE.txt", "COPYRIGHT.txt",
    "modules/contrib/memcache/README.txt", "modules/contrib/memcache/CHANGELOG.md",
    # Dependencies and build files.
    "composer.json", "composer.lock", "core/composer.json", "package.json", "package-lock.json", "yarn.lock",
    "core/package.json", "themes/lab/package.json", "themes/lab/gulpfile.js", "themes/lab/webpack.config.js",
    "core/phpunit.xml.dist", "phpunit.xml", "web.config", "core/web.config", "Makefile", "Dockerfile", "Vagrantfile",
    "vendor/autoload.php", "vendor/composer/installed.json", "core/vendor/autoload.php", "node_modules/lab/index.js",
    "patches/0001.patch", "backup/all.tar",
    # Source and configuration.
    "modules/lab/lab.module", "modules/lab/lab.install", "modules/lab/lab.info.yml", "modules/lab/lab.services.yml",
    "modules/lab/lab.inc", "modules/lab/lab.engine", "modules/lab/lab.make", "modules/lab/lab.profile",
    "modules/lab/lab.po", "modules/lab/install.sh", "modules/lab/lab.sql", "modules/lab/lab.xtmpl",
    "themes/lab/lab.theme", "themes/lab/page.html.twig", "themes/lab/page.tpl.php", "themes/lab/lab.tpl",
    "sites/default/services.yml", "sites/default/default.services.yml", "sites/default/settings.local.php",
    "sites/default/default.settings.php", "sites/example.settings.local.php", "sites/default/private/list.csv",
    # Copies that editors and people leave behind.
    "index.php~", "index.php.bak", "index.php.orig", "index.php.save", "index.php.swp", "index.php.old",
    "sites/default/settings.php.bak", "sites/default/settings.php~", "sites/default/settings.php.orig",
    "sites/default/settings.php.save", "sites/default/settings.php.swp", "sites/default/settings.php.txt",
    "modules/lab/lab.module~", "modules/lab/lab.module.bak", "modules/lab/lab.inc.swp", "composer.json~", "#index.php#",
    "dump.sql", "dump.sql.gz", "database.mysql", "debug.log", "site.phar",
    # Scripts that are not index.php.
    "info.php", "phpinfo.php", "test.php", "xmlrpc.php", "cron.php", "install.php", "authorize.php", "adminer.php",
    "core/authorize.php", "core/rebuild.php", "core/modules/statistics/statistics.php", "core/lib/Drupal.php",
    "modules/lab/run.php", "themes/lab/run.php", "wp-login.php",
)

# Among the public files, which people can upload to.
BLOCKED_FILES = (
    "evil.php", "evil.php5", "evil.phtml", "evil.phar", "evil.php.txt", "evil.pl", "evil.py", "evil.cgi", "evil.sh",
    "styles/evil.php", "css/evil.php", ".htaccess", "dump.sql", "dump.sql.gz", "settings.php.bak",
    "config_x7Yz/sync/system.site.yml", "php/twig/page.php", "private/report.pdf", "backup_migrate/site.tar",
    "translations/lab.po",
)

# What must still be served, so that no rule is wider than it should be.
OPEN = (
    "robots.txt", "core/misc/lab.js", "themes/lab/lab.css", "themes/lab/lab.woff2", "themes/lab/logo.svg",
    "themes/lab/logo.png", "favicon.ico", ".well-known/security.txt", "core/misc/lab.json",
)
OPEN_FILES = ("report.pdf", "list.txt", "photo.jpg", "lab.woff2", "table.csv")
