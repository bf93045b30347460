<?php

/**
 * @file
 * Where the site keeps things: its database, and a cache in front of it that may be gone at any moment.
 */

namespace Lab;

/**
 * The database: sessions, counters and a log, in tables that are made when they are first needed.
 */
final class Database {

  private ?\PDO $connection = NULL;

  public function __construct(private readonly array $target) {
  }

  public function query(string $sql, array $arguments = []): \PDOStatement {
    try {
      return $this->execute($sql, $arguments);
    }
    catch (\PDOException $problem) {
      // 42S02: no such table.
      if ($problem->getCode() !== '42S02') {
        throw $problem;
      }
      $this->install();
      return $this->execute($sql, $arguments);
    }
  }

  private function execute(string $sql, array $arguments): \PDOStatement {
    $statement = $this->connection()->prepare($sql);
    $statement->execute($arguments);
    return $statement;
  }

  private function connection(): \PDO {
    if ($this->connection === NULL) {
      $address = sprintf('mysql:host=%s;port=%d;dbname=%s;charset=utf8mb4', $this->target['host'], $this->target['port'], $this->target['database']);
      $this->connection = new \PDO($address, $this->target['username'], $this->target['password'], [
        \PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION,
        \PDO::ATTR_TIMEOUT => 3,
      ]);
      $this->connection->exec('SET SESSION TRANSACTION ISOLATION LEVEL ' . $this->target['isolation_level']);
    }
    return $this->connection;
  }

  private function install(): void {
    foreach ([
      'CREATE TABLE IF NOT EXISTS sessions (sid VARCHAR(64) PRIMARY KEY, name VARCHAR(60) NOT NULL)',
      'CREATE TABLE IF NOT EXISTS cache_default (cid VARCHAR(190) PRIMARY KEY, data LONGBLOB NOT NULL)',
      'CREATE TABLE IF NOT EXISTS watchdog (wid INT AUTO_INCREMENT PRIMARY KEY, type VARCHAR(60) NOT NULL, message TEXT)',
      'CREATE TABLE IF NOT EXISTS users (uid INT PRIMARY KEY, name VARCHAR(60) NOT NULL)',
      'CREATE TABLE IF NOT EXISTS node (nid INT PRIMARY KEY, title VARCHAR(190) NOT NULL)',
    ] as $sql) {
      $this->connection()->exec($sql);
    }
    for ($number = 1; $number <= 50; $number++) {
      $this->execute('INSERT IGNORE INTO node VALUES (?, ?)', [$number, "Page number $number"]);
    }
  }

}

/**
 * The cache: memcached with the options that the settings give, the database when that does not answer.
 */
final class Cache {

  private ?\Memcached $client = NULL;

  public function __construct(private readonly array $settings, private readonly Database $database) {
    if (!empty($settings['servers'])) {
      $this->client = new \Memcached();
      $this->client->setOptions($settings['options'] ?? []);
      foreach (array_keys($settings['servers']) as $server) {
        [$host, $port] = explode(':', $server) + [1 => 11211];
        $this->client->addServer($host, (int) $port);
      }
    }
  }

  /**
   * The value, and where it was found: `memcached`, `database` or nowhere.
   */
  public function get(string $key): array {
    if ($this->client !== NULL) {
      $value = $this->client->get($this->name($key));
      if ($this->client->getResultCode() === \Memcached::RES_SUCCESS) {
        return [$value, 'memcached'];
      }
    }
    $found = $this->database->query('SELECT data FROM cache_default WHERE cid = ?', [$key])->fetchColumn();
    return $found === FALSE ? [NULL, 'nowhere'] : [unserialize($found, ['allowed_classes' => FALSE]), 'database'];
  }

  /**
   * Keeps a value, and says where: the database is for when memcached does not take it.
   */
  public function set(string $key, mixed $value): string {
    if ($this->client !== NULL && $this->client->set($this->name($key), $value, 300)) {
      return 'memcached';
    }
    $this->database->query('REPLACE INTO cache_default VALUES (?, ?)', [$key, serialize($value)]);
    return 'database';
  }

  private function name(string $key): string {
    return ($this->settings['key_prefix'] ?? '') . ":$key";
  }

}
