<?php

/**
 * @file
 * The front controller of the lab's site.
 */

require __DIR__ . '/../src/platform.php';
require __DIR__ . '/../src/store.php';
require __DIR__ . '/../src/site.php';

try {
  (new Lab\Site(new Lab\Platform(__DIR__)))->answer(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');
}
catch (Throwable $problem) {
  error_log((string) $problem);
  http_response_code(500);
  header('Cache-Control: no-store');
  print "The website encountered an unexpected error.\n";
}
