<?php

/**
 * @file
 * The pages of the lab's site. They behave to the platform as Drupal's do: its cookie, its headers, its files.
 */

namespace Lab;

final class Site {

  private readonly Database $database;
  private readonly Cache $cache;

  public function __construct(private readonly Platform $platform) {
    $this->database = new Database($platform->databases['default']['default']);
    $this->cache = new Cache($platform->settings['memcache'] ?? [], $this->database);
  }

  public function answer(string $path): void {
    header('X-Generator: Drupal 11 (https://www.drupal.org)');
    header('X-Drupal-Cache-Tags: node_list');
    match (TRUE) {
      $path === '/' => $this->page('The lab'),
      (bool) preg_match('#^/node/(\d+)$#', $path, $found) => $this->node((int) $found[1]),
      $path === '/user/login' => $this->login(),
      $path === '/user' => $this->user(),
      $path === '/basket' => $this->basket(),
      str_starts_with($path, '/admin') => $this->page('Administration'),
      $path === '/slow' => $this->slow(),
      $path === '/state' => $this->state(),
      $path === '/upload' => $this->upload(),
      $path === '/moved' => $this->moved(),
      $path === '/sitemap.xml' => $this->sitemap(),
      $path === '/fails' => throw new \RuntimeException('asked to fail'),
      (bool) preg_match('#/files/styles/([a-z_]+)/public/([a-z0-9-]+)\.png$#', $path, $found) => $this->style($path, $found[1], $found[2]),
      (bool) preg_match('#/files/(css|js)/[a-z]+_[A-Za-z0-9_-]+\.(css|js)$#', $path) => $this->aggregate($path),
      default => $this->missing(),
    };
  }

  /**
   * A page of Drupal's: for everybody with a maximum age, for who is logged in not to be kept.
   */
  private function page(string $title, int $status = 200): void {
    $name = $this->visitor();
    http_response_code($status);
    header('Content-Type: text/html; charset=UTF-8');
    header('Vary: Cookie');
    header('Content-Language: en');
    if ($name === NULL && ($_SERVER['REQUEST_METHOD'] ?? 'GET') !== 'POST') {
      header('Cache-Control: max-age=' . $this->platform->maxAge() . ', public');
      header('X-Drupal-Cache: MISS');
    }
    else {
      header('Cache-Control: must-revalidate, no-cache, private');
      header('X-Drupal-Dynamic-Cache: MISS');
    }
    [$menu, $from] = $this->cache->get('menu');
    if ($menu === NULL || $from === 'database') {
      $this->cache->set('menu', $menu = array_map(fn ($row) => $row['title'], $this->titles()));
    }
    $facts = [
      'made by' => gethostname(),
      'made at' => sprintf('%.6F', microtime(TRUE)),
      'visitor' => $name ?? 'nobody',
      'address' => $_SERVER['REMOTE_ADDR'] ?? '',
      'menu from' => $from,
      'release' => $this->platform->settings['deployment_identifier'] ?? '',
    ];
    print "<!doctype html>\n<html lang=\"en\"><head><title>" . htmlspecialchars($title) . "</title></head><body>\n<h1>" . htmlspecialchars($title) . "</h1>\n<dl>\n";
    foreach ($facts as $fact => $value) {
      print "<dt>$fact</dt><dd>" . htmlspecialchars((string) $value) . "</dd>\n";
    }
    print "</dl>\n<ul>\n<li>" . implode("</li>\n<li>", array_map('htmlspecialchars', $menu)) . "</li>\n</ul>\n</body></html>\n";
  }

  private function titles(): array {
    return $this->database->query('SELECT title FROM node ORDER BY nid')->fetchAll(\PDO::FETCH_ASSOC);
  }

  private function node(int $number): void {
    $title = $this->database->query('SELECT title FROM node WHERE nid = ?', [$number])->fetchColumn();
    $title === FALSE ? $this->missing() : $this->page($title);
  }

  private function missing(): void {
    $this->page('Page not found', 404);
  }

  private function moved(): void {
    http_response_code(301);
    header('Cache-Control: max-age=' . $this->platform->maxAge() . ', public');
    header('Location: /node/1');
  }

  private function sitemap(): void {
    header('Content-Type: application/xml');
    header('Cache-Control: max-age=' . $this->platform->maxAge() . ', public');
    $pages = array_map(fn ($number) => '<url><loc>http://' . ($_SERVER['HTTP_HOST'] ?? '') . "/node/$number</loc></url>", range(1, 10));
    print '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">' . implode('', $pages) . '</urlset>';
  }

  /**
   * The name of the session's cookie, as Drupal makes it from the site's name.
   */
  private function cookie(): string {
    return 'SESS' . substr(hash('sha256', $_SERVER['HTTP_HOST'] ?? 'localhost'), 0, 32);
  }

  /**
   * Who is logged in; the session is in the database, so that every node knows it.
   */
  private function visitor(): ?string {
    $sid = $_COOKIE[$this->cookie()] ?? NULL;
    if (!is_string($sid)) {
      return NULL;
    }
    $key = hash_hmac('sha256', $sid, $this->platform->settings['hash_salt']);
    $name = $this->database->query('SELECT name FROM sessions WHERE sid = ?', [$key])->fetchColumn();
    return $name === FALSE ? NULL : $name;
  }

  private function login(): void {
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
      $this->page('Log in');
      return;
    }
    $sid = bin2hex(random_bytes(32));
    $name = (string) ($_POST['name'] ?? 'somebody');
    $key = hash_hmac('sha256', $sid, $this->platform->settings['hash_salt']);
    $this->database->query('INSERT INTO sessions VALUES (?, ?)', [$key, $name]);
    setcookie($this->cookie(), $sid, ['path' => '/', 'httponly' => TRUE, 'samesite' => 'Lax']);
    header('Cache-Control: must-revalidate, no-cache, private');
    http_response_code(303);
    header('Location: /user');
  }

  private function user(): void {
    $this->page($this->visitor() ?? 'Nobody');
  }

  /**
   * A page for everybody that sets a cookie: a mistake that modules make, and that no cache may keep.
   */
  private function basket(): void {
    setcookie('basket', bin2hex(random_bytes(8)), ['path' => '/']);
    $this->page('Basket');
  }

  private function slow(): void {
    usleep(min(20000, (int) ($_GET['ms'] ?? 1000)) * 1000);
    $this->page('Slow');
  }

  /**
   * What the site reaches, for the lab to ask.
   */
  private function state(): void {
    $value = (string) ($_GET['value'] ?? '');
    $kept = $value === '' ? NULL : $this->cache->set('lab', $value);
    [$found, $from] = $this->cache->get('lab');
    header('Content-Type: application/json');
    header('Cache-Control: must-revalidate, no-cache, private');
    print json_encode([
      'node' => gethostname(),
      'visitor' => $_SERVER['REMOTE_ADDR'] ?? '',
      'scheme' => ($_SERVER['HTTPS'] ?? '') === 'on' ? 'https' : 'http',
      'cache' => ['kept in' => $kept, 'found in' => $from, 'value' => $found],
      'isolation' => $this->database->query('SELECT @@transaction_isolation')->fetchColumn(),
      'opcache' => (bool) (opcache_get_status(FALSE)['opcache_enabled'] ?? FALSE),
      'apcu' => apcu_enabled(),
      'files writable' => is_writable($this->platform->files()),
      'cron' => (int) $this->database->query("SELECT COUNT(*) FROM watchdog WHERE type = 'cron'")->fetchColumn(),
    ]);
  }

  /**
   * Puts a picture among the public files, as an editor does.
   */
  private function upload(): void {
    if ($_SERVER['REQUEST_METHOD'] !== 'POST' || !preg_match('/^[a-z0-9-]+$/', $name = (string) ($_POST['name'] ?? ''))) {
      $this->missing();
      return;
    }
    $picture = imagecreatetruecolor(400, 300);
    imagefilledrectangle($picture, 0, 0, 399, 299, imagecolorallocate($picture, 20, 90, 160));
    if (!imagepng($picture, $this->platform->files() . "/$name.png")) {
      throw new \RuntimeException('the shared files take nothing');
    }
    http_response_code(201);
    header('Cache-Control: must-revalidate, no-cache, private');
  }

  /**
   * An image style: made when it is first asked for, kept beside the original, served by nginx from then on.
   */
  private function style(string $path, string $style, string $name): void {
    $source = $this->platform->files() . "/$name.png";
    if (!is_file($source)) {
      $this->missing();
      return;
    }
    $target = $this->platform->files() . "/styles/$style/public/$name.png";
    @mkdir(dirname($target), 0775, TRUE);
    if (!imagepng(imagescale(imagecreatefrompng($source), 100), $target)) {
      throw new \RuntimeException('the shared files take nothing');
    }
    header('Content-Type: image/png');
    header('X-Made-By: ' . gethostname());
    header('Cache-Control: max-age=31536000, public');
    readfile($target);
  }

  /**
   * An aggregate of styles or scripts, since Drupal 10.1 made when it is first asked for.
   */
  private function aggregate(string $path): void {
    $target = $this->platform->files() . preg_replace('#^.*?/files#', '', $path);
    @mkdir(dirname($target), 0775, TRUE);
    $text = "/* made by " . gethostname() . " */\n" . str_repeat(".lab { color: navy }\n", 100);
    file_put_contents($target, $text, LOCK_EX);
    header('Content-Type: ' . (str_ends_with($path, '.js') ? 'text/javascript' : 'text/css'));
    header('X-Made-By: ' . gethostname());
    header('Cache-Control: max-age=31536000, public');
    print $text;
  }

}
