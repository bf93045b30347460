{{#if (and site.is_7 (or (eq role "web") (eq role "control")))}}
<?php

/**
 * @file
 * The platform's settings for Drupal 7; settings.php has read the secrets.
 */

{{#if database}}
$databases['default']['default'] = array(
  'driver' => 'mysql',
  'host' => {{php database.host}},
  'port' => {{php database.port}},
  'database' => {{php database.name}},
  'username' => {{php database.user}},
  'password' => $drucloud_secrets['database'],
  'prefix' => '',
  'charset' => 'utf8mb4',
  'collation' => 'utf8mb4_general_ci',
  // Drupal 7 knows no `isolation_level`. With the server's own, its locks on gaps stop cache clears and cron.
  'init_commands' => array(
    'isolation_level' => 'SET SESSION TRANSACTION ISOLATION LEVEL ' . strtr({{php database.transaction_isolation}}, '-', ' '),
  ),
);
{{/if}}
$drupal_hash_salt = $drucloud_secrets['hash_salt'];
$update_free_access = FALSE;

// The visitor's address and scheme are settled by nginx, which alone knows whom to believe. Drupal 7 knows no ranges of
// addresses, so it believes nobody.
$conf['reverse_proxy'] = FALSE;
{{#if site.trusted_hosts}}
// Drupal 7 has no trusted hosts of its own: a foreign name could get into mails and into the cache.
$drucloud_host = isset($_SERVER['HTTP_HOST']) ? preg_replace('/:\d+$/', '', strtolower($_SERVER['HTTP_HOST'])) : NULL;
if ($drucloud_host !== NULL && PHP_SAPI !== 'cli') {
  $drucloud_trusted = FALSE;
  foreach (array_merge({{php site.trusted_hosts}}, array('^localhost$', '^127\.0\.0\.1$')) as $drucloud_pattern) {
    $drucloud_trusted = $drucloud_trusted || preg_match('{' . $drucloud_pattern . '}i', $drucloud_host);
  }
  if (!$drucloud_trusted) {
    header('HTTP/1.1 400 Bad Request');
    exit('The name of this host is not one of the site.');
  }
}
{{/if}}

// Pages for visitors without a session: kept by Drupal, by nginx for seconds and by the CDN for five minutes.
$conf['cache'] = 1;
$conf['block_cache'] = 1;
$conf['cache_lifetime'] = 0;
$conf['page_cache_maximum_age'] = 300;
$conf['preprocess_css'] = 1;
$conf['preprocess_js'] = 1;
// nginx compresses.
$conf['page_compression'] = 0;

$conf['file_public_path'] = 'sites/default/files';
$conf['file_private_path'] = '/srv/files/private';
$conf['file_temporary_path'] = '/var/tmp/drupal';
// Code comes by `drucloud deploy` only, and cron from the control server.
$conf['allow_authorize_operations'] = FALSE;
$conf['cron_safe_threshold'] = 0;

{{#if cache}}
{{#if (eq cache.engine "memcached")}}
foreach (array('sites/all/modules/contrib/memcache', 'sites/all/modules/memcache') as $drucloud_module) {
  if (!is_file(DRUPAL_ROOT . '/' . $drucloud_module . '/memcache.inc') || !class_exists('Memcached')) {
    continue;
  }
  $conf['cache_backends'][] = $drucloud_module . '/memcache.inc';
  $conf['lock_inc'] = $drucloud_module . '/memcache-lock.inc';
  $conf['memcache_stampede_protection'] = TRUE;
  // What is small and quick to make again: a stampede on it is cheaper than its lock (README of the module).
  $conf['memcache_stampede_protection_ignore'] = array(
    'cache_bootstrap' => array('module_implements', 'variables', 'lookup_cache', 'schema:runtime:*', 'theme_registry:runtime:*'),
    'cache_path',
  );
  $conf['cache_default_class'] = 'MemCacheDrupal';
  // A form that is being filled in must survive; a cache may forget.
  $conf['cache_class_cache_form'] = 'DrupalDatabaseCache';
  $conf['memcache_extension'] = 'Memcached';
  $conf['memcache_servers'] = array_fill_keys({{php cache.hosts}}, 'default');
  $conf['memcache_bins'] = array('cache' => 'default');
  $conf['memcache_key_prefix'] = '{{stack}}-{{environment}}';
  $conf['memcache_options'] = array(
    Memcached::OPT_DISTRIBUTION => Memcached::DISTRIBUTION_CONSISTENT,
    Memcached::OPT_CONNECT_TIMEOUT => 250,
    Memcached::OPT_POLL_TIMEOUT => 1000,
    Memcached::OPT_SERVER_FAILURE_LIMIT => 2,
    Memcached::OPT_REMOVE_FAILED_SERVERS => TRUE,
    Memcached::OPT_RETRY_TIMEOUT => 5,
  );
  break;
}
{{else}}
foreach (array('sites/all/modules/contrib/redis', 'sites/all/modules/redis') as $drucloud_module) {
  if (!is_file(DRUPAL_ROOT . '/' . $drucloud_module . '/redis.autoload.inc') || !extension_loaded('redis')) {
    continue;
  }
  $conf['cache_backends'][] = $drucloud_module . '/redis.autoload.inc';
  $conf['lock_inc'] = $drucloud_module . '/redis.lock.inc';
  $conf['redis_client_interface'] = 'PhpRedis';
  $conf['redis_client_host'] = {{php cache.first_host}};
  $conf['redis_client_port'] = {{php cache.port}};
  $conf['cache_prefix'] = '{{stack}}-{{environment}}';
  $conf['cache_default_class'] = 'Redis_Cache';
  $conf['cache_class_cache_form'] = 'DrupalDatabaseCache';
  break;
}
{{/if}}
{{/if}}
{{#if search}}

// For the server of Search API whose machine name is `solr`, by the module search_api_override, and for the environment
// `solr` of Apache Solr Search.
$conf['search_api_override_mode'] = 'load';
$conf['search_api_override_servers']['solr']['options'] = array(
  'scheme' => 'http',
  'host' => {{php search.host}},
  'port' => {{php search.port}},
  'path' => '/solr/' . {{php search.core}},
);
$conf['apachesolr_environments']['solr']['url'] = 'http://{{search.host}}:{{search.port}}/solr/{{search.core}}';
{{/if}}
{{#if media}}
{{#if media.s3fs}}

// Files in S3, with the role of the machine: there are no keys.
$conf['s3fs_bucket'] = {{php media.bucket}};
$conf['s3fs_region'] = {{php region}};
$conf['s3fs_use_instance_profile'] = TRUE;
$conf['s3fs_use_https'] = TRUE;
$conf['s3fs_use_s3_for_public'] = TRUE;
// Aggregated files stay on the nodes, where nginx serves them with its own headers.
$conf['s3fs_no_rewrite_cssjs'] = TRUE;
{{/if}}
{{/if}}
{{#if mail}}

$conf['site_mail'] = {{php mail.from}};
{{/if}}

// `site.config` of the stack: keys of maps, accounts for social tags and whatever else is a variable.
foreach ({{php site.config}} as $drucloud_name => $drucloud_value) {
  $conf[$drucloud_name] = is_array($drucloud_value) && isset($conf[$drucloud_name]) && is_array($conf[$drucloud_name])
    ? array_replace_recursive($conf[$drucloud_name], $drucloud_value)
    : $drucloud_value;
}
{{/if}}
