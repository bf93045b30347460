<?php

/**
 * @file
 * What a web node serves before the first release: one page that says so, and 503 for all else.
 */

$path = parse_url($_SERVER['REQUEST_URI'] ?? '/', PHP_URL_PATH);
http_response_code($path === '/' ? 200 : 503);
header('Content-Type: text/plain; charset=utf-8');
header('Cache-Control: no-store');
if ($path !== '/') {
  header('Retry-After: 60');
}
echo "No release has been deployed yet. `drucloud deploy` does that.\n";
