<?php

/**
 * @file
 * What the platform's settings expect of Drupal: three names, and the settings themselves.
 */

namespace Symfony\Component\HttpFoundation {

  /**
   * The constants that reverse proxies are described with.
   */
  final class Request {
    const HEADER_X_FORWARDED_FOR = 0b000010;
    const HEADER_X_FORWARDED_PROTO = 0b001000;
    const HEADER_X_FORWARDED_PORT = 0b010000;

  }

}

namespace Drupal\Core\Installer {

  /**
   * Says that nobody is installing the site.
   */
  final class InstallerKernel {

    public static function installationAttempted(): bool {
      return FALSE;
    }

  }

}

namespace Lab {

  /**
   * Stands for Composer's class loader, which the settings tell about modules.
   */
  final class Loader {

    public function addPsr4(string $prefix, string $folder): void {
    }

  }

  /**
   * The site's settings, as Drupal reads them: the variables that sites/default/settings.php leaves behind.
   */
  final class Platform {

    public array $databases = [];
    public array $settings = [];
    public array $config = [];

    public function __construct(public readonly string $root) {
      $app_root = $root;
      $site_path = 'sites/default';
      $class_loader = new Loader();
      $databases = $settings = $config = [];
      require "$app_root/$site_path/settings.php";
      $this->databases = $databases;
      $this->settings = $settings;
      $this->config = $config;
    }

    public function files(): string {
      return $this->root . '/' . $this->settings['file_public_path'];
    }

    /**
     * The page cache's maximum age in seconds.
     */
    public function maxAge(): int {
      return (int) ($this->config['system.performance']['cache']['page']['max_age'] ?? 0);
    }

  }

}
