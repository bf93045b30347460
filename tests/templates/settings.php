<?php

namespace Drupal\Core\Installer {
  class InstallerKernel { public static function installationAttempted(): bool { return FALSE; } }
}
namespace Symfony\Component\HttpFoundation {
  class Request { const HEADER_X_FORWARDED_FOR = 2; const HEADER_X_FORWARDED_PROTO = 8; const HEADER_X_FORWARDED_PORT = 16; }
}
namespace {
  // Includes the settings as Drupal of this version does, and prints what they have set.
  class Loader { public function addPsr4($prefix, $path) {} }
  $version = (int) $argv[1];
  $app_root = '/srv/site/releases/0123abc' . ($version === 7 ? '' : '/web');
  $site_path = 'sites/default';
  define('DRUPAL_ROOT', $app_root);
  $module = $version === 7 ? 'sites/all/modules/contrib/memcache/memcache.inc' : 'modules/contrib/memcache/memcache.services.yml';
  mkdir(dirname("$app_root/$module"), 0755, TRUE);
  touch("$app_root/$module");
  @mkdir('/run/drucloud');
  file_put_contents('/run/drucloud/secrets.json', json_encode(['hash_salt' => 'a salt', 'database' => 'a password']));
  $class_loader = new Loader();
  $databases = $settings = $config = $conf = [];
  $drupal_hash_salt = NULL;
  require '/etc/drucloud/settings.php';
  echo json_encode([
    'databases' => $databases, 'settings' => $settings, 'config' => $config, 'conf' => $conf,
    'salt' => $version === 7 ? $drupal_hash_salt : $settings['hash_salt'],
  ]);
}
