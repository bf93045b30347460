{{#if (or (eq role "web") (eq role "control"))}}
<?php

/**
 * @file
 * What the platform tells Drupal: included by the site's own sites/default/settings.php, or in its place.
 *
 * Made by drucloud from the stack; the next configuration of this machine overwrites changes. There are no secrets
 * in it: those are read from memory, where drucloud-secrets puts them.
 */

// Plain reading and no APCu: a changed secret counts from the next request on.
$drucloud_secrets = is_readable('/run/drucloud/secrets.json')
  ? json_decode(file_get_contents('/run/drucloud/secrets.json'), TRUE)
  : NULL;
if (!is_array($drucloud_secrets)) {
  $drucloud_problem = '/run/drucloud/secrets.json is missing; systemctl status drucloud-secrets says why';
  error_log($drucloud_problem);
  if (PHP_SAPI === 'cli') {
    fwrite(STDERR, $drucloud_problem . PHP_EOL);
    exit(1);
  }
  http_response_code(503);
  header('Retry-After: 30');
  header('Cache-Control: no-store');
  exit('The site is not ready yet.');
}

{{#if site.is_7}}
require __DIR__ . '/settings-7.php';
{{else}}
require __DIR__ . '/settings-modern.php';
{{/if}}
unset($drucloud_secrets);
{{/if}}
