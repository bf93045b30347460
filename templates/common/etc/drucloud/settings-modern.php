{{#if (and site.modern (or (eq role "web") (eq role "control")))}}
<?php

/**
 * @file
 * The platform's settings for Drupal {{site.drupal}}; settings.php has read the secrets.
 *
 * @var string $app_root
 * @var string $site_path
 * @var \Composer\Autoload\ClassLoader $class_loader
 */

use Drupal\Core\Installer\InstallerKernel;
use Symfony\Component\HttpFoundation\Request;

{{#if database}}
$databases['default']['default'] = [
  'driver' => 'mysql',
  'namespace' => 'Drupal\\mysql\\Driver\\Database\\mysql',
  'autoload' => 'core/modules/mysql/src/Driver/Database/mysql/',
  'host' => {{php database.host}},
  'port' => {{php database.port}},
  'database' => {{php database.name}},
  'username' => {{php database.user}},
  'password' => $drucloud_secrets['database'],
  'prefix' => '',
  'collation' => 'utf8mb4_general_ci',
  'isolation_level' => strtr({{php database.transaction_isolation}}, '-', ' '),
];
{{/if}}
$settings['hash_salt'] = $drucloud_secrets['hash_salt'];
$settings['update_free_access'] = FALSE;
// Code comes by `drucloud deploy` only.
$settings['allow_authorize_operations'] = FALSE;
$settings['skip_permissions_hardening'] = TRUE;
// A release has its own container: the caches of the last one are never mixed with it.
if (preg_match('#^/srv/site/releases/([^/]+)#', (string) realpath($app_root), $drucloud_release)) {
  $settings['deployment_identifier'] = $drucloud_release[1];
}

// nginx has settled who the visitor is, and passes it on. Drupal believes these headers only from the machines of the
// network itself, and no others.
$settings['reverse_proxy'] = TRUE;
$settings['reverse_proxy_addresses'] = [{{php network.cidr}}];
$settings['reverse_proxy_trusted_headers'] = Request::HEADER_X_FORWARDED_FOR
  | Request::HEADER_X_FORWARDED_PROTO
  | Request::HEADER_X_FORWARDED_PORT;
{{#if site.trusted_hosts}}
// The last two are health checks on the machine itself.
$settings['trusted_host_patterns'] = array_merge({{php site.trusted_hosts}}, ['^localhost$', '^127\.0\.0\.1$']);
{{/if}}

$settings['file_public_path'] = 'sites/default/files';
$settings['file_private_path'] = '/srv/files/private';
$settings['file_temp_path'] = '/var/tmp/drupal';
// Compiled templates belong to one machine; on the shared files every page would ask every server for them.
$settings['php_storage']['twig']['directory'] = '/var/lib/drucloud/php';
if (empty($settings['config_sync_directory'])) {
  $settings['config_sync_directory'] = '../config/sync';
}
if (is_file($app_root . '/' . $site_path . '/services.yml')) {
  $settings['container_yamls'][] = $app_root . '/' . $site_path . '/services.yml';
}
$settings['file_scan_ignore_directories'] = ['node_modules', 'bower_components'];
$settings['entity_update_batch_size'] = 50;

// Without this CloudFront keeps no page: Drupal says `no-cache` for a maximum age of 0. nginx keeps pages for seconds,
// whatever is said here.
$config['system.performance']['cache']['page']['max_age'] = 300;
$config['system.performance']['css']['preprocess'] = TRUE;
$config['system.performance']['js']['preprocess'] = TRUE;
$config['system.logging']['error_level'] = 'hide';
// Cron runs on the control server.
$config['automated_cron.settings']['interval'] = 0;

{{#if cache}}
{{#if (eq cache.engine "memcached")}}
// The module's services are named here, so that the cache works from the first request after the module's code is in
// the release until the last before it is gone: a backend that Drupal cannot find is an error on every page.
$drucloud_module = 'modules/contrib/memcache';
if (is_file("$app_root/$drucloud_module/memcache.services.yml") && class_exists('Memcached') && !InstallerKernel::installationAttempted()) {
  $class_loader->addPsr4('Drupal\\memcache\\', "$app_root/$drucloud_module/src");
  $settings['container_yamls'][] = "$app_root/$drucloud_module/memcache.services.yml";
  $settings['memcache']['extension'] = 'Memcached';
  $settings['memcache']['servers'] = array_fill_keys({{php cache.hosts}}, 'default');
  $settings['memcache']['bins'] = ['default' => 'default'];
  $settings['memcache']['key_prefix'] = '{{stack}}-{{environment}}';
  $settings['memcache']['options'] = [
    Memcached::OPT_DISTRIBUTION => Memcached::DISTRIBUTION_CONSISTENT,
    Memcached::OPT_CONNECT_TIMEOUT => 250,
    Memcached::OPT_POLL_TIMEOUT => 1000,
    Memcached::OPT_SERVER_FAILURE_LIMIT => 2,
    Memcached::OPT_REMOVE_FAILED_SERVERS => TRUE,
    Memcached::OPT_RETRY_TIMEOUT => 5,
  ];
  $settings['cache']['default'] = 'cache.backend.memcache';
  // A form that is being filled in must survive; a cache may forget.
  $settings['cache']['bins']['form'] = 'cache.backend.database';
}
{{else}}
// The module's services are named here, so that the cache works from the first request after the module's code is in
// the release until the last before it is gone: a backend that Drupal cannot find is an error on every page.
$drucloud_module = 'modules/contrib/redis';
if (is_file("$app_root/$drucloud_module/redis.services.yml") && extension_loaded('redis') && !InstallerKernel::installationAttempted()) {
  $class_loader->addPsr4('Drupal\\redis\\', "$app_root/$drucloud_module/src");
  $settings['container_yamls'][] = "$app_root/$drucloud_module/redis.services.yml";
  $settings['redis.connection']['interface'] = 'PhpRedis';
  $settings['redis.connection']['host'] = '{{#if cache.tls}}tls://{{/if}}' . {{php cache.first_host}};
  $settings['redis.connection']['port'] = {{php cache.port}};
  $settings['cache_prefix'] = '{{stack}}-{{environment}}';
  $settings['cache']['default'] = 'cache.backend.redis';
  $settings['cache']['bins']['form'] = 'cache.backend.database';
}
{{/if}}
{{/if}}
{{#if search}}

// For the server of Search API whose machine name is `solr`.
$config['search_api.server.solr']['backend_config']['connector_config'] = [
  'scheme' => 'http',
  'host' => {{php search.host}},
  'port' => {{php search.port}},
  'path' => '/',
  'core' => {{php search.core}},
];
{{/if}}
{{#if media}}
{{#if media.s3fs}}

// Files in S3, with the role of the machine: there are no keys.
$config['s3fs.settings']['bucket'] = {{php media.bucket}};
$config['s3fs.settings']['region'] = {{php region}};
$config['s3fs.settings']['use_https'] = TRUE;
$settings['s3fs.use_s3_for_public'] = TRUE;
$settings['s3fs.upload_as_private'] = TRUE;
{{/if}}
{{/if}}
{{#if mail}}

$config['system.site']['mail'] = {{php mail.from}};
{{/if}}

// `site.config` of the stack: keys of maps, accounts for social tags and whatever else is configuration.
foreach ({{php site.config}} as $drucloud_name => $drucloud_values) {
  $config[$drucloud_name] = array_replace_recursive($config[$drucloud_name] ?? [], (array) $drucloud_values);
}
{{/if}}
