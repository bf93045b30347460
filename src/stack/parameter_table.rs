//! The database parameters that may be set: what they take, where they exist, when they take effect.
//!
//! RDS knows some five hundred; these are the ones that an operator of Drupal turns. Sources: the reference
//! manuals of MySQL 5.7, 8.0 and 8.4 and the MariaDB knowledge base for values and versions; RDS's engine
//! defaults for what is static. Where those differ by version it is listed as static, which is always safe.

use super::engine::Engine;
use super::parameters::{Kind, Parameter};

/// A set of engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engines(u8);

impl Engines {
    const MYSQL57: Self = Self(1 << Engine::MySql57 as u8);
    const MYSQL80: Self = Self(1 << Engine::MySql80 as u8);
    const MYSQL84: Self = Self(1 << Engine::MySql84 as u8);
    const MARIADB10: Self = Self(1 << Engine::MariaDb106 as u8 | 1 << Engine::MariaDb1011 as u8);
    const MARIADB11: Self = Self(1 << Engine::MariaDb114 as u8 | 1 << Engine::MariaDb118 as u8);
    const MYSQL8: Self = Self::MYSQL80.and(Self::MYSQL84);
    const MYSQL: Self = Self::MYSQL57.and(Self::MYSQL8);
    const MARIADB: Self = Self::MARIADB10.and(Self::MARIADB11);
    const ALL: Self = Self::MYSQL.and(Self::MARIADB);

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the engine is one of them.
    pub const fn has(self, engine: Engine) -> bool {
        self.0 & (1 << engine as u8) != 0
    }
}

const ALL: Engines = Engines::ALL;
const MYSQL: Engines = Engines::MYSQL;
const MYSQL8: Engines = Engines::MYSQL8;
const MARIADB: Engines = Engines::MARIADB;
/// Those that still have the query cache.
const QUERY_CACHE: Engines = Engines::MYSQL57.and(Engines::MARIADB);
/// Those that call the isolation `tx_isolation`; MariaDB renamed it with 11.1.
const OLD_ISOLATION: Engines = Engines::MYSQL57.and(Engines::MARIADB10);
const NEW_ISOLATION: Engines = Engines::MYSQL8.and(Engines::MARIADB11);
/// Those whose redo log has a file size instead of a capacity.
const LOG_FILES: Engines = Engines::MYSQL57.and(Engines::MYSQL80).and(Engines::MARIADB);

const LEVELS: Kind = Kind::Choice(&["READ-COMMITTED", "REPEATABLE-READ", "READ-UNCOMMITTED", "SERIALIZABLE"]);
const YEAR: i64 = 31_536_000;
const U32: i64 = 4_294_967_295;
const HUGE: i64 = i64::MAX;

const fn dynamic(name: &'static str, kind: Kind, engines: Engines) -> Parameter {
    Parameter { name, kind, engines, dynamic: true }
}

const fn fixed(name: &'static str, kind: Kind, engines: Engines) -> Parameter {
    Parameter { name, kind, engines, dynamic: false }
}

/// All parameters, by name.
#[rustfmt::skip]
pub const PARAMETERS: &[Parameter] = &[
    dynamic("autocommit", Kind::Flag, ALL),
    fixed("back_log", Kind::Integer(1, 65_535), ALL),
    dynamic("binlog_cache_size", Kind::Integer(4_096, HUGE), ALL),
    dynamic("binlog_format", Kind::Choice(&["ROW", "MIXED", "STATEMENT"]), ALL),
    dynamic("binlog_row_image", Kind::Choice(&["full", "minimal", "noblob"]), ALL),
    dynamic("bulk_insert_buffer_size", Kind::Integer(0, HUGE), ALL),
    dynamic("character_set_client", Kind::Word, ALL),
    dynamic("character_set_connection", Kind::Word, ALL),
    dynamic("character_set_database", Kind::Word, ALL),
    dynamic("character_set_results", Kind::Word, ALL),
    dynamic("character_set_server", Kind::Word, ALL),
    dynamic("collation_connection", Kind::Word, ALL),
    dynamic("collation_server", Kind::Word, ALL),
    dynamic("connect_timeout", Kind::Integer(2, YEAR), ALL),
    dynamic("eq_range_index_dive_limit", Kind::Integer(0, U32), ALL),
    dynamic("event_scheduler", Kind::Choice(&["ON", "OFF"]), ALL),
    fixed("explicit_defaults_for_timestamp", Kind::Flag, ALL),
    fixed("ft_max_word_len", Kind::Integer(10, 84), ALL),
    fixed("ft_min_word_len", Kind::Integer(1, 84), ALL),
    dynamic("general_log", Kind::Flag, ALL),
    dynamic("group_concat_max_len", Kind::Integer(4, HUGE), ALL),
    dynamic("init_connect", Kind::Text, ALL),
    dynamic("innodb_adaptive_hash_index", Kind::Flag, ALL),
    fixed("innodb_autoinc_lock_mode", Kind::Choice(&["0", "1", "2"]), ALL),
    dynamic("innodb_buffer_pool_size", Kind::Integer(5_242_880, HUGE), ALL),
    dynamic("innodb_deadlock_detect", Kind::Flag, ALL),
    dynamic("innodb_default_row_format", Kind::Choice(&["dynamic", "compact", "redundant"]), ALL),
    dynamic("innodb_file_per_table", Kind::Flag, ALL),
    dynamic("innodb_flush_log_at_trx_commit", Kind::Choice(&["0", "1", "2"]), ALL),
    fixed("innodb_ft_max_token_size", Kind::Integer(10, 84), ALL),
    fixed("innodb_ft_min_token_size", Kind::Integer(0, 16), ALL),
    dynamic("innodb_io_capacity", Kind::Integer(100, HUGE), ALL),
    dynamic("innodb_io_capacity_max", Kind::Integer(100, HUGE), ALL),
    dynamic("innodb_large_prefix", Kind::Flag, Engines::MYSQL57),
    dynamic("innodb_lock_wait_timeout", Kind::Integer(1, 1_073_741_824), ALL),
    fixed("innodb_log_buffer_size", Kind::Integer(262_144, U32), ALL),
    fixed("innodb_log_file_size", Kind::Integer(4_194_304, 274_877_906_944), LOG_FILES),
    dynamic("innodb_max_dirty_pages_pct", Kind::Number(0.0, 99.999), ALL),
    dynamic("innodb_old_blocks_pct", Kind::Integer(5, 95), ALL),
    dynamic("innodb_old_blocks_time", Kind::Integer(0, U32), ALL),
    dynamic("innodb_online_alter_log_max_size", Kind::Integer(65_536, HUGE), ALL),
    fixed("innodb_open_files", Kind::Integer(10, 2_147_483_647), ALL),
    dynamic("innodb_print_all_deadlocks", Kind::Flag, ALL),
    fixed("innodb_purge_threads", Kind::Integer(1, 32), ALL),
    fixed("innodb_read_io_threads", Kind::Integer(1, 64), ALL),
    dynamic("innodb_redo_log_capacity", Kind::Integer(8_388_608, 137_438_953_472), MYSQL8),
    fixed("innodb_rollback_on_timeout", Kind::Flag, ALL),
    fixed("innodb_sort_buffer_size", Kind::Integer(65_536, 67_108_864), ALL),
    dynamic("innodb_stats_on_metadata", Kind::Flag, ALL),
    dynamic("innodb_stats_persistent", Kind::Flag, ALL),
    dynamic("innodb_stats_persistent_sample_pages", Kind::Integer(1, HUGE), ALL),
    dynamic("innodb_strict_mode", Kind::Flag, ALL),
    dynamic("innodb_thread_concurrency", Kind::Integer(0, 1_000), MYSQL),
    fixed("innodb_write_io_threads", Kind::Integer(1, 64), ALL),
    dynamic("interactive_timeout", Kind::Integer(1, YEAR), ALL),
    dynamic("internal_tmp_mem_storage_engine", Kind::Choice(&["TempTable", "MEMORY"]), MYSQL8),
    dynamic("join_buffer_size", Kind::Integer(128, HUGE), ALL),
    dynamic("key_buffer_size", Kind::Integer(8, HUGE), ALL),
    dynamic("local_infile", Kind::Flag, ALL),
    dynamic("lock_wait_timeout", Kind::Integer(1, YEAR), ALL),
    fixed("log_bin_trust_function_creators", Kind::Flag, ALL),
    dynamic("log_error_verbosity", Kind::Integer(1, 3), MYSQL),
    dynamic("log_output", Kind::Choice(&["FILE", "TABLE", "NONE"]), ALL),
    dynamic("log_queries_not_using_indexes", Kind::Flag, ALL),
    dynamic("log_slow_admin_statements", Kind::Flag, MYSQL),
    dynamic("long_query_time", Kind::Number(0.0, 31_536_000.0), ALL),
    fixed("lower_case_table_names", Kind::Choice(&["0", "1"]), ALL),
    dynamic("max_allowed_packet", Kind::Integer(1_024, 1_073_741_824), ALL),
    dynamic("max_connect_errors", Kind::Integer(1, HUGE), ALL),
    dynamic("max_connections", Kind::Integer(1, 100_000), ALL),
    dynamic("max_execution_time", Kind::Integer(0, U32), MYSQL),
    dynamic("max_heap_table_size", Kind::Integer(16_384, HUGE), ALL),
    dynamic("max_prepared_stmt_count", Kind::Integer(0, 1_048_576), ALL),
    dynamic("max_sort_length", Kind::Integer(4, 8_388_608), ALL),
    dynamic("max_statement_time", Kind::Number(0.0, 31_536_000.0), MARIADB),
    dynamic("max_user_connections", Kind::Integer(0, U32), ALL),
    dynamic("min_examined_row_limit", Kind::Integer(0, U32), ALL),
    dynamic("net_read_timeout", Kind::Integer(1, YEAR), ALL),
    dynamic("net_retry_count", Kind::Integer(1, U32), ALL),
    dynamic("net_write_timeout", Kind::Integer(1, YEAR), ALL),
    dynamic("optimizer_search_depth", Kind::Integer(0, 62), ALL),
    dynamic("optimizer_switch", Kind::Text, ALL),
    fixed("performance_schema", Kind::Flag, ALL),
    dynamic("query_cache_limit", Kind::Integer(0, HUGE), QUERY_CACHE),
    dynamic("query_cache_min_res_unit", Kind::Integer(512, HUGE), QUERY_CACHE),
    dynamic("query_cache_size", Kind::Integer(0, HUGE), QUERY_CACHE),
    fixed("query_cache_type", Kind::Choice(&["0", "1", "2"]), QUERY_CACHE),
    dynamic("range_optimizer_max_mem_size", Kind::Integer(0, HUGE), MYSQL),
    dynamic("read_buffer_size", Kind::Integer(8_192, 2_147_479_552), ALL),
    dynamic("read_rnd_buffer_size", Kind::Integer(1, 2_147_483_647), ALL),
    dynamic("require_secure_transport", Kind::Flag, ALL),
    dynamic("slow_query_log", Kind::Flag, ALL),
    dynamic("sort_buffer_size", Kind::Integer(32_768, HUGE), ALL),
    dynamic("sql_mode", Kind::Text, ALL),
    dynamic("sql_require_primary_key", Kind::Flag, MYSQL8),
    dynamic("sync_binlog", Kind::Integer(0, U32), ALL),
    dynamic("table_definition_cache", Kind::Integer(400, 524_288), ALL),
    dynamic("table_open_cache", Kind::Integer(1, 524_288), ALL),
    fixed("table_open_cache_instances", Kind::Integer(1, 64), ALL),
    dynamic("temptable_max_mmap", Kind::Integer(0, HUGE), MYSQL8),
    dynamic("temptable_max_ram", Kind::Integer(2_097_152, HUGE), MYSQL8),
    dynamic("thread_cache_size", Kind::Integer(0, 16_384), ALL),
    dynamic("time_zone", Kind::Word, ALL),
    fixed("tls_version", Kind::Text, ALL),
    dynamic("tmp_table_size", Kind::Integer(1_024, HUGE), ALL),
    dynamic("transaction_isolation", LEVELS, NEW_ISOLATION),
    dynamic("tx_isolation", LEVELS, OLD_ISOLATION),
    dynamic("wait_timeout", Kind::Integer(1, YEAR), ALL),
];
