<?php

/**
 * @file
 * Stands in for Drupal's index.php: it has Drupal's headers, cookies and habits, and none of its code.
 */

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
header('X-Generator: Drupal 11 (https://www.drupal.org)');
header('X-Powered-By: PHP/' . PHP_VERSION);
header('Expires: Sun, 19 Nov 1978 05:00:00 GMT');
header('Vary: Cookie');
header('Cache-Control: max-age=300, public');
header('Content-Type: text/html; charset=UTF-8');

if (str_starts_with($path, '/private-answer')) {
  header('Cache-Control: no-cache, private');
}
elseif (str_starts_with($path, '/kept-for-nobody')) {
  header('Cache-Control: max-age=0, public');
}
elseif (str_starts_with($path, '/sets-a-cookie')) {
  setcookie('SSESS0123456789abcdef', 'x');
}
elseif (str_starts_with($path, '/varies')) {
  header('Vary: Cookie, Origin');
}
elseif (str_starts_with($path, '/own-policy')) {
  header("Content-Security-Policy: default-src 'self'");
  header('X-Content-Type-Options: nosniff');
}
elseif (str_starts_with($path, '/moved')) {
  header('Location: /', TRUE, 301);
}
elseif (str_starts_with($path, '/slow')) {
  usleep(700000);
}
elseif (preg_match('#/files/(styles|css|js)/#', $path)) {
  // As Drupal does: what is asked for is made, and the next time nginx serves it.
  $file = '/srv/files/public' . substr($path, strpos($path, '/files/') + 6);
  @mkdir(dirname($file), 0775, TRUE);
  file_put_contents($file, 'made by PHP');
  header('Content-Type: image/png');
  exit('made by PHP');
}
header('X-Made: ' . bin2hex(random_bytes(8)));
$told = ['REMOTE_ADDR', 'HTTPS', 'SERVER_PORT', 'REQUEST_SCHEME', 'HTTP_PROXY', 'HTTP_X_FORWARDED_FOR',
  'HTTP_X_FORWARDED_HOST', 'HTTP_ACCEPT_ENCODING', 'SCRIPT_NAME', 'SCRIPT_FILENAME', 'DOCUMENT_ROOT', 'REQUEST_URI'];
echo json_encode(array_intersect_key($_SERVER, array_flip($told)) + ['site' => 'index']);
